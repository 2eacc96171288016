"""Tells a person at a terminal that `serve` waits for a switch, and what there is to see without one."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from controller.cli.program import program
from controller.clock import REAL, Clock
from controller.supervision import Lasting

#: Seconds until the first message, and between the next ones.
SOON, EVERY = 2.0, 60.0

_log = structlog.get_logger(__name__)


class Waiting:
    """Tells it again and again until `met`: whether any switch has been up since the start.

    `terminal` is whether a person may see it; nobody else is told. `soon` and `every` are in seconds.
    """

    def __init__(
        self,
        met: Callable[[], bool],
        *,
        terminal: bool,
        soon: float = SOON,
        every: float = EVERY,
        clock: Clock = REAL,
    ) -> None:
        self._met, self._terminal, self._soon, self._every = met, terminal, soon, every
        self._clock = clock
        self._work = Lasting("waiting", self._tell, clock=clock)

    def start(self) -> None:
        """Begin, if a person may see it; returns at once."""
        if self._terminal:
            self._work.start()

    def join(self, timeout: float) -> None:
        """Wait until there is nothing more to tell, for at most `timeout` seconds."""
        self._work.join(timeout)

    @property
    def running(self) -> bool:
        """Whether it still has something to tell."""
        return self._work.running

    def stop(self) -> None:
        """Tell it no longer."""
        self._work.stop()

    def _tell(self) -> None:
        self._clock.sleep(self._soon)
        while not self._met():
            _log.info(
                "switch.awaited",
                what="It tries again by itself until there is a switch. "
                f"Without one: `{program()} demo` shows a page, and `demo --stay` is for trying commands.",
            )
            self._clock.sleep(self._every)
