"""Wakes the clients that a message is for, a few at a time.

A message for hundreds of clients is hundreds of answers to write. In one go that would hold the event loop
for as long as several decisions take; so others have their turn between the groups of clients.
"""

from __future__ import annotations

from itertools import islice

from gevent import Greenlet
from gevent.event import Event

from controller.clock import Clock

#: The clients of a group, and the seconds between two groups.
GROUP, PAUSE = 20, 0.004


class Waking:
    """The clients that are still to be woken, in their order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asleep: dict[Event, None] = {}
        self._at_work: Greenlet[[], object] | None = None

    def wake(self, news: Event) -> None:
        """Set the event of a client soon; once, however often it is asked for meanwhile."""
        if not news.is_set():
            self._asleep[news] = None
            if self._at_work is None:
                self._at_work = self._clock.later(0, self._wake_all)

    def _wake_all(self) -> None:
        while self._asleep:
            for news in tuple(islice(self._asleep, GROUP)):
                del self._asleep[news]
                news.set()
            self._clock.sleep(PAUSE)
        self._at_work = None
