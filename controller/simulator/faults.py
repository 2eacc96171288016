"""What can go wrong between a switch and its clients, on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from controller.simulator.events import SwitchEvent


@dataclass
class Faults:
    """The faults of an event socket; all are off until set, and can be set while it runs.

    `cut_after` closes a connection when it has been sent so many bytes. `stalled` answers and tells nothing
    more. `delay` in seconds passes before each answer. `denied` are API calls that the login has no right to.
    `drops` says of an event whether it is lost. `refused` turns every connection away, as an ACL does.
    `before` gets each command as it comes, `after` when it was run but not yet answered. Both get the number
    of its client, too: the first to connect is 1. An OSError from one of them ends that connection.
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
        """Set all faults off."""
        self.cut_after, self.stalled, self.delay, self.drops, self.refused = None, False, 0.0, None, False
        self.before, self.after = None, None
        self.denied.clear()
