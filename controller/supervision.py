"""Work that must go on while its owner lives: what happens when it dies, and how health knows.

The death of such work is logged, and then one of two things happens. Independent work is started again. If
other parts rely on the work, its owner is notified so that it ends these parts: a connection whose events
nobody handles would otherwise look well for ever. If work dies repeatedly, only a new process may help:
`trouble` shows that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import gevent
import structlog

from controller.clock import REAL, Clock

#: Seconds after which work that has died is started again.
AGAIN = 1.0
#: OFTEN deaths within WITHIN seconds are too many.
OFTEN, WITHIN = 3, 60.0

_log = structlog.get_logger(__name__)


class Deaths:
    """The deaths of work that should go on."""

    def __init__(self, clock: Clock = REAL) -> None:
        self._clock = clock
        #: The number of all deaths.
        self.count = 0
        self._last: deque[float] = deque(maxlen=OFTEN)

    def note(self) -> None:
        """Count a death."""
        self.count += 1
        self._last.append(self._clock.monotonic())

    @property
    def trouble(self) -> str:
        """A sentence if there were too many deaths lately, else empty."""
        if len(self._last) == OFTEN and self._clock.monotonic() - self._last[0] < WITHIN:
            return f"It has died {OFTEN} times within {WITHIN:g} s: see the log."
        return ""


class Lasting:
    """Work in a greenlet of its own, from `start` until `stop`, or until it returns and is done.

    It has died if it raises, or if anything but `stop` kills it. Then `died` is called; without `died` the
    work is started again after AGAIN seconds. `name` is for the log.
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
        """Whether it is running."""
        return bool(self._greenlet)

    @property
    def trouble(self) -> str:
        """Why it is not well, in one sentence; empty if it is running well or done."""
        if self.running or self._done:
            return self.deaths.trouble
        return "It is not running: see the log."

    def start(self) -> None:
        """Start the work; returns at once."""
        self._stopped = False
        self._greenlet = gevent.spawn(self._work)
        self._greenlet.link(self._over)

    def stop(self, *, block: bool = True) -> None:
        """End the work for good; with `block` wait until it has ended."""
        self._stopped = True
        for each in (self._again, self._greenlet):
            if each:
                each.kill(block=block)

    def join(self, timeout: float) -> None:
        """Wait at most `timeout` seconds until it is done."""
        if self._greenlet:
            with self._clock.timeout(timeout, False):
                self._greenlet.join()

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in this work's greenlet."""
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
