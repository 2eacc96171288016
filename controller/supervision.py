"""Work that must go on for as long as its owner lives: what happens when it dies, and how health knows.

What dies is told in the log, and then one of two things happens. Work that stands by itself is begun again.
Of work on which others rely, the owner is told, to end those: a connection whose events nobody handles any
more would look well for ever. Work that dies again and again is not mended by that, but perhaps by a new
process: `trouble` says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import gevent
import structlog

from controller.clock import REAL, Clock

#: Seconds after which what has died is begun again.
AGAIN = 1.0
#: So many deaths within so many seconds are too many.
OFTEN, WITHIN = 3, 60.0

_log = structlog.get_logger(__name__)


class Deaths:
    """How often something has died that should live."""

    def __init__(self, clock: Clock = REAL) -> None:
        self._clock = clock
        #: All of them.
        self.count = 0
        self._last: deque[float] = deque(maxlen=OFTEN)

    def note(self) -> None:
        """Once more."""
        self.count += 1
        self._last.append(self._clock.monotonic())

    @property
    def trouble(self) -> str:
        """That it was too often lately, in one sentence; else empty."""
        if len(self._last) == OFTEN and self._clock.monotonic() - self._last[0] < WITHIN:
            return f"It has died {OFTEN} times within {WITHIN:g} s: see the log."
        return ""


class Lasting:
    """Work in a greenlet of its own, from `start` until `stop`, or until it returns and so is done.

    It has died if it raises, or if anybody but `stop` kills it. Then `died` is called, or where there is none
    the work is begun again, after AGAIN seconds. `name` is for the log.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], None],
        died: Callable[[], None] | None = None,
        *,
        clock: Clock = REAL,
    ) -> None:
        self.deaths = Deaths(clock)
        self._clock = clock
        self._name = name
        self._work = work
        self._died = died
        self._stopped = False
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self._again: gevent.Greenlet[[], object] | None = None

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return bool(self._greenlet)

    @property
    def trouble(self) -> str:
        """Why it is not well, in one sentence; empty if it is, or is done."""
        if self.running or self._done:
            return self.deaths.trouble
        return "It is not at work: see the log."

    def start(self) -> None:
        """Begin; returns at once."""
        self._stopped = False
        self._greenlet = gevent.spawn(self._work)
        self._greenlet.link(self._over)

    def stop(self, *, block: bool = True) -> None:
        """End it for good, and wait until it has ended if `block`."""
        self._stopped = True
        for each in (self._again, self._greenlet):
            if each:
                each.kill(block=block)

    def join(self, timeout: float) -> None:
        """Wait until it is done, for at most `timeout` seconds."""
        if self._greenlet:
            with self._clock.timeout(timeout, False):
                self._greenlet.join()

    @property
    def is_current(self) -> bool:
        """Whether it is this work that asks."""
        return self._greenlet is gevent.getcurrent()

    @property
    def _done(self) -> bool:
        ended = self._greenlet
        return ended is not None and ended.successful() and not isinstance(ended.value, gevent.GreenletExit)

    def _over(self, ended: object) -> None:
        if self._stopped or self._done:
            return
        self.deaths.note()
        _log.error("work.died", work=self._name, deaths=self.deaths.count)
        if self._died:
            self._died()
        else:
            self._again = self._clock.later(AGAIN, self.start)
