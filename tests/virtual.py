"""A clock whose waits take no time: it jumps to the next of them when there is nothing else to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any, Literal

import gevent
from gevent.event import AsyncResult, Event
from gevent.hub import Waiter

from controller.clock import RealClock


class Timer:
    """A moment of a virtual clock; what gevent.Timeout needs to know of a timer of libev's."""

    def __init__(self, clock: VirtualClock, seconds: float) -> None:
        self._clock, self._seconds = clock, max(seconds, 0.0)
        self.call: Callable[[], object] | None = None
        self.pending = False

    @property
    def active(self) -> bool:
        return self.call is not None

    def start(self, function: Callable[..., object], *arguments: Any, **_: Any) -> None:
        self.call = lambda: function(*arguments)
        self._clock.put(self._seconds, self)

    def stop(self) -> None:
        self.call = None

    def close(self) -> None:
        self.stop()


#: Real seconds in which something else must happen while no timer is set, or while somebody is outside; and
#: the virtual seconds that one test may take. Only what hangs spends them.
STILL, AWAY, LONGEST = 10.0, 120.0, 6 * 3600.0


class VirtualClock:
    """The time of one test, in one thread. Made in the greenlet of the test.

    There is nothing else to do when no greenlet can run, no socket of this process has bytes to be read, and
    nobody is `outside`. On the loopback bytes are there as soon as they are sent, unless Nagle's algorithm
    holds them back. So a wait of 30 s costs nothing, and is never too short, however busy the machine is.

    A test that would hang fails instead, with an AssertionError that says why.
    """

    def __init__(self, *, still: float = STILL, away: float = AWAY, longest: float = LONGEST) -> None:
        self._now, self._began = 1000.0, time.time() - 1000.0
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._outside = 0
        self._closed = False
        self._still, self._away, self._end = still, away, self._now + longest
        self._test = gevent.getcurrent()
        loop = gevent.get_hub().loop
        self._idle, self._patience = loop.idle(), loop.timer(0.0)

    def close(self) -> None:
        """Stand still; whoever still waits waits for ever."""
        self._closed = True
        self._timers.clear()
        for watcher in (self._idle, self._patience):
            watcher.stop()
            watcher.close()

    # -- what time it is -----------------------------------------------------------------------------------

    def monotonic(self) -> float:
        return self._now

    def time(self) -> float:
        """No two moments are the same: each look is a microsecond later."""
        self._began += 1e-6
        return self._began + self._now

    def set(self, ahead: float) -> None:
        """Set the time of day, by so many seconds; what is being waited for is the same."""
        self._began += ahead

    # -- waits ---------------------------------------------------------------------------------------------

    def sleep(self, seconds: float) -> None:
        waiter: Waiter[None] = Waiter()
        timer = Timer(self, seconds)
        timer.start(waiter.switch, None)
        try:
            waiter.get()
        finally:
            timer.stop()

    def timeout(self, seconds: float, error: BaseException | Literal[False] | None = None) -> gevent.Timeout:
        timeout = gevent.Timeout(None, error)  # type: ignore[arg-type]
        timeout.seconds = seconds
        timeout.timer = Timer(self, seconds)  # type: ignore[assignment]  # gevent asks no more of it
        return timeout

    def later(self, seconds: float, work: Callable[[], object]) -> gevent.Greenlet[[], object]:
        def begin() -> object:
            self.sleep(seconds)
            return work()

        return gevent.spawn(begin)

    def wait(self, event: Event | AsyncResult[Any], seconds: float | None) -> bool:
        if seconds is None:
            self._watch()
            event.wait()
        else:
            with self.timeout(seconds, False):
                event.wait()
        return event.ready()

    @contextmanager
    def outside(self) -> Iterator[None]:
        self._outside += 1
        if self._outside == 1 and not self._closed:
            self._idle.stop()
            self._give_up_after(
                self._away, f"What is outside the clock has not come back for {self._away:g} s."
            )
        try:
            yield
        finally:
            self._outside -= 1
            self._watch()

    @contextmanager
    def as_the_real_one(self) -> Iterator[None]:
        """Go on as fast as the real time, while another process is at work, which has no other."""
        with self.outside():
            going = gevent.spawn(self._go_along)
            try:
                yield
            finally:
                going.kill()

    # -- its hands -----------------------------------------------------------------------------------------

    def put(self, seconds: float, timer: Timer) -> None:
        heappush(self._timers, (self._now + seconds, next(self._order), timer))
        self._watch()

    def _watch(self) -> None:
        """Jump as soon as there is nothing else to do."""
        if not self._outside and not self._closed:
            self._patience.stop()
            if not self._idle.active:  # type: ignore[attr-defined]  # as every watcher has
                self._idle.start(self._jump)

    def _jump(self) -> None:
        """To the next wait's end; called by the loop when it has nothing to do."""
        if self._now > self._end:
            self._fail("Too much time has passed on the clock, and what the test waits for has not come.")
        elif not self._ring(float("inf")):
            self._idle.stop()
            self._give_up_after(
                self._still, "Somebody waits for what nobody is going to do: no timer is set."
            )

    def _give_up_after(self, seconds: float, why: str) -> None:
        """Let the test fail if nothing happens for so many real seconds."""
        self._patience.stop()
        self._patience.close()
        self._patience = gevent.get_hub().loop.timer(seconds)
        self._patience.start(self._fail, why)

    def _fail(self, why: str) -> None:
        self._idle.stop()
        self._test.throw(AssertionError(why))

    def _ring(self, until: float) -> bool:
        """Go to the next wait's end, if it is no later than a moment; whether there was one."""
        while self._timers and self._timers[0][0] <= until:
            due, _, timer = heappop(self._timers)
            if timer.call:
                self._now = max(self._now, due)
                call, timer.call = timer.call, None
                call()
                return True
        return False

    def _go_along(self) -> None:
        before = time.monotonic()
        while True:
            gevent.sleep(0.002)
            now = time.monotonic()
            before, until = now, self._now + now - before
            gevent.get_hub().loop.run_callback(self._ring_all, until)

    def _ring_all(self, until: float) -> None:
        while self._ring(until):
            pass
        self._now = max(self._now, until)


class MortalClock:
    """The clock of one controller that is to die in mid-work, on the virtual clock of the test.

    From `die` on whoever asks it for a wait waits for ever, so that nothing is done any more that takes a
    wait: no query, no change, no connection, no second try. It is as if the process were gone at that moment.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._alive = Event()
        self._alive.set()

    @property
    def alive(self) -> bool:
        return self._alive.is_set()

    def die(self) -> None:
        self._alive.clear()

    def rise(self) -> None:
        """Let what has stopped go on, in order to be cleared away."""
        self._alive.set()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def time(self) -> float:
        return self._clock.time()

    def sleep(self, seconds: float) -> None:
        self._alive.wait()
        self._clock.sleep(seconds)
        self._alive.wait()

    def timeout(self, seconds: float, error: BaseException | Literal[False] | None = None) -> gevent.Timeout:
        return self._clock.timeout(seconds, error)

    def later(self, seconds: float, work: Callable[[], object]) -> gevent.Greenlet[[], object]:
        def begin() -> object:
            self.sleep(seconds)
            return work()

        return gevent.spawn(begin)

    def wait(self, event: Event | AsyncResult[Any], seconds: float | None) -> bool:
        self._alive.wait()
        came = self._clock.wait(event, seconds)
        self._alive.wait()
        return came

    @contextmanager
    def outside(self) -> Iterator[None]:
        self._alive.wait()
        with self._clock.outside():
            yield


class HandSetClock(RealClock):
    """A clock that a test sets by hand. Who sleeps goes on at once; `slept` has what it meant to wait."""

    def __init__(self, seconds: float = 1000.0, wall: datetime | None = None) -> None:
        self.seconds = seconds
        self.wall = wall or datetime.now(UTC)
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> float:
        return self.wall.timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        gevent.sleep(0)

    def go_on(self, seconds: float) -> None:
        """Let so many seconds pass on both."""
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)
