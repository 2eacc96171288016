"""A clock whose waits take no time: if there is nothing else to do, it jumps to the end of the next wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any, ClassVar, Literal

import gevent
from gevent.event import AsyncResult, Event
from gevent.hub import Waiter

from controller.clock import RealClock


class SetClock:
    """The time for what only reads it, in seconds; a test sets `now`."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Timer:
    """A moment of a virtual clock, with the methods of libev's timers that gevent.Timeout uses."""

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


#: The real seconds after which a test fails, while no timer is set (STILL) or while somebody is outside
#: (AWAY), and the virtual seconds that one test may take (LONGEST). Only a test that hangs takes so long.
STILL, AWAY, LONGEST = 10.0, 120.0, 6 * 3600.0


class VirtualClock:
    """The time of one test, in one thread. The greenlet of the test must construct it.

    There is nothing else to do when no greenlet can run, no socket of this process has bytes to read, and
    nobody is `outside`. On the loopback interface bytes arrive as soon as they are sent, unless Nagle's
    algorithm holds them back. So a wait of 30 s takes no time, and is long enough on the busiest machine.

    A test that would hang fails instead, with an AssertionError that says why. One that leaves its clock open
    fails, too: that clock would fail whichever test comes after it (`open`, tests/conftest.py).
    """

    #: All clocks that are not closed yet.
    open: ClassVar[set[VirtualClock]] = set()

    def __init__(self, *, still: float = STILL, away: float = AWAY, longest: float = LONGEST) -> None:
        self._now, self._began = 1000.0, time.time() - 1000.0
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._outside = 0
        self._stretch = 1.0
        self._closed = False
        self._still, self._away, self._end = still, away, self._now + longest
        self._test = gevent.getcurrent()
        loop = gevent.get_hub().loop
        self._idle, self._patience = loop.idle(), loop.timer(0.0)
        self.open.add(self)

    def close(self) -> None:
        """Stop the clock; a wait that has not ended never ends."""
        self._closed = True
        self.open.discard(self)
        self._timers.clear()
        for watcher in (self._idle, self._patience):
            watcher.stop()
            watcher.close()

    # -- what time it is -----------------------------------------------------------------------------------

    def monotonic(self) -> float:
        return self._now

    def time(self) -> float:
        """Each call returns a later time, by a microsecond, so no two moments are equal."""
        self._began += 1e-6
        return self._began + self._now

    def set(self, ahead: float) -> None:
        """Set the time of day forward by so many seconds; this does not change any wait."""
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
        timeout.timer = Timer(self, seconds)  # type: ignore[assignment]  # gevent uses no other methods
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
    def as_the_real_one(self, stretch: float = 1.0) -> Iterator[None]:
        """Follow the real time, because the test waits for another process or for a thread.

        Waits of a second and more are limits, and end so many times later: what the process must do within
        some seconds may take longer on a busy machine.
        """
        with self.outside():
            self._patience.stop()
            self._stretch = stretch
            going = gevent.spawn(self._go_along)
            try:
                yield
            finally:
                going.kill()
                self._stretch = 1.0

    # -- its hands -----------------------------------------------------------------------------------------

    def put(self, seconds: float, timer: Timer) -> None:
        seconds *= self._stretch if seconds >= 1.0 else 1.0
        heappush(self._timers, (self._now + seconds, next(self._order), timer))
        self._watch()

    def _watch(self) -> None:
        """Have the clock jump as soon as there is nothing else to do."""
        if not self._outside and not self._closed:
            self._patience.stop()
            if not self._idle.active:  # type: ignore[attr-defined]  # every watcher has it
                self._idle.start(self._jump)

    def _jump(self) -> None:
        """Jump to the end of the next wait; the loop calls this when it has nothing to do."""
        if self._now > self._end:
            self._fail("Too much time has passed on the clock, and what the test waits for has not come.")
        elif not self._ring(float("inf")):
            self._idle.stop()
            self._give_up_after(
                self._still, "Somebody waits for what nobody is going to do: no timer is set."
            )

    def _give_up_after(self, seconds: float, why: str) -> None:
        """Fail the test if nothing happens for so many real seconds."""
        self._patience.stop()
        self._patience.close()
        self._patience = gevent.get_hub().loop.timer(seconds)
        self._patience.start(self._fail, why)

    def _fail(self, why: str) -> None:
        self._idle.stop()
        self._test.throw(AssertionError(why))

    def _ring(self, until: float) -> bool:
        """Jump to the end of the next wait, unless it is after `until`; returns whether it has jumped."""
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
    """The clock of one controller that dies in the middle of its work, on the virtual clock of the test.

    After `die` no wait on this clock ends, so the controller does nothing more that needs a wait: no query,
    no change, no connection, no second try. It is as if its process had ended at that moment.
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
        """Let the waits end, so that the controller can be stopped."""
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
    """A clock that a test sets by hand. `sleep` returns at once; `slept` has the seconds of each call."""

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
        """Move the time and the time of day forward by so many seconds."""
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)
