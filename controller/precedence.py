"""Lets short work in another thread go before the handling of events.

Python runs one thread at a time. A thread that asks the database for a decision would wait for its turn again
and again while the events of busy switches are handled: for half a millisecond each time (`THREAD_TURN`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gevent.event import Event

from controller.clock import Clock

#: Seconds after which events are handled again, though the work is not done.
LONGEST = 0.005


class Precedence:
    """Work that goes first, and events that wait for it a little."""

    def __init__(self) -> None:
        self._at_work = 0
        self._late = False  # events have waited for LONGEST
        self._done = Event()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Go first within this block, until events have waited for LONGEST."""
        if not self._at_work:
            self._late = False
            self._done.clear()
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._done.set()

    def give(self, clock: Clock) -> None:
        """Wait for the work that goes first."""
        if self._at_work and not self._late and not clock.wait(self._done, LONGEST):
            self._late = True


#: One for the process, as the lock of Python is.
DECISIONS = Precedence()
