"""Faults between a switch and its clients, which a test can switch on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from controller.simulator.events import SwitchEvent


@dataclass
class Faults:
    """The faults of an event socket; all are off until set, and can be set while it runs.

    `cut_after`: a connection is closed after so many sent bytes. `stalled`: no answers and events are sent.
    `delay`: seconds before each answer. `denied`: API calls to which the login has no right. `drops`: whether
    an event is lost. `refused`: every connection is rejected, as by an ACL. `before` is called with each
    command when it comes, `after` when it was run but not yet answered. Their second argument is the number
    of the client; the first to connect is 1. An OSError from one of them ends that connection.
    """

    cut_after: int | None = None
    stalled: bool = False
    delay: float = 0.0
    denied: set[str] = field(default_factory=set)
    drops: Callable[[SwitchEvent], bool] | None = None
    refused: bool = False
    before: Callable[[str, int], None] | None = None
    after: Callable[[str, int], None] | None = None

    def heal(self) -> None:
        """Switch off all faults."""
        self.cut_after, self.stalled, self.delay, self.drops, self.refused = None, False, 0.0, None, False
        self.before, self.after = None, None
        self.denied.clear()
