"""Lets short work in another thread go before the handling of events.

Python runs one thread at a time. A thread that asks the database for a decision would wait for its turn again
and again while the events of busy switches are handled: for half a millisecond each time (`THREAD_TURN`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from gevent.event import Event

#: Seconds after which events are handled again, though the work is not done.
LONGEST = 0.005


class Precedence:
    """Work that goes first, and events that wait for it a little."""

    def __init__(self) -> None:
        self._at_work = 0
        self._until = 0.0
        self._done = Event()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Go first within this block, for at most LONGEST."""
        if not self._at_work:
            self._until = time.monotonic() + LONGEST
            self._done.clear()
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._done.set()

    def give(self) -> None:
        """Wait for the work that goes first."""
        if self._at_work and (left := self._until - time.monotonic()) > 0:
            self._done.wait(left)


#: One for the process, as the lock of Python is.
DECISIONS = Precedence()
