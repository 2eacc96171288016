"""Time, for whatever waits: the real one here; tests have another, on which no wait takes long."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

import gevent
from gevent.event import AsyncResult, Event


class Clock(Protocol):
    """What time it is, and waits of greenlets. All seconds are the clock's own."""

    def monotonic(self) -> float:
        """Seconds that only go forward; only differences mean something."""

    def time(self) -> float:
        """Seconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Let others run for so many seconds."""

    def timeout(self, seconds: float, error: BaseException | Literal[False] | None = None) -> gevent.Timeout:
        """A limit for what is done in `with`, as gevent.Timeout: past it `error` is raised there.

        None stands for the timeout itself, False for leaving the block without an error.
        """

    def later(self, seconds: float, work: Callable[[], object]) -> gevent.Greenlet[[], object]:
        """Have work done in a greenlet of its own, so many seconds from now."""

    def wait(self, event: Event | AsyncResult[Any], seconds: float | None) -> bool:
        """Wait for an event or a result, for so many seconds at most; whether it has come."""

    def outside(self) -> AbstractContextManager[None]:
        """Says that what is done in `with` waits for something that this clock does not move: a thread."""


class RealClock:
    """The time of the machine."""

    def monotonic(self) -> float:
        """Seconds since some moment (time.monotonic)."""
        return time.monotonic()

    def time(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Let others run for so many seconds."""
        gevent.sleep(seconds)

    def timeout(self, seconds: float, error: BaseException | Literal[False] | None = None) -> gevent.Timeout:
        """A limit for what is done in `with`."""
        return gevent.Timeout(seconds, error)  # type: ignore[arg-type]  # the types know no False

    def later(self, seconds: float, work: Callable[[], object]) -> gevent.Greenlet[[], object]:
        """Have work done in a greenlet of its own, so many seconds from now."""
        return gevent.spawn_later(seconds, work)

    def wait(self, event: Event | AsyncResult[Any], seconds: float | None) -> bool:
        """Wait for an event or a result, for so many seconds at most; whether it has come."""
        event.wait(seconds)
        return event.ready()

    def outside(self) -> AbstractContextManager[None]:
        """The machine's time goes on by itself."""
        return nullcontext()


#: The machine has one time, and it has no state of ours.
REAL = RealClock()


def date(clock: Clock) -> datetime:
    """The date and time of day, in UTC."""
    return datetime.fromtimestamp(clock.time(), UTC)
