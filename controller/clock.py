"""The clock for all code that waits: real time here; tests have a virtual one, whose waits take no time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

import gevent
from gevent.event import AsyncResult, Event


class Clock(Protocol):
    """The time, and the waits of greenlets. All seconds are those of this clock."""

    def monotonic(self) -> float:
        """Seconds that only go forward; only differences mean something."""

    def time(self) -> float:
        """Seconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Let other greenlets run for so many seconds."""

    def timeout(self, seconds: float, error: BaseException | Literal[False] | None = None) -> gevent.Timeout:
        """A limit for a `with` block, like gevent.Timeout; after that time `error` is raised in it.

        None raises the timeout itself; False leaves the block without an error.
        """

    def later(self, seconds: float, work: Callable[[], object]) -> gevent.Greenlet[[], object]:
        """Run work in a greenlet of its own, so many seconds from now."""

    def wait(self, event: Event | AsyncResult[Any], seconds: float | None) -> bool:
        """Wait at most so many seconds for an event or a result; return whether it has come."""

    def outside(self) -> AbstractContextManager[None]:
        """A `with` block whose code waits for something outside of this clock, such as a thread."""


class RealClock:
    """The time of the machine."""

    def monotonic(self) -> float:
        """Seconds since some moment (time.monotonic)."""
        return time.monotonic()

    def time(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Let other greenlets run for so many seconds."""
        gevent.sleep(seconds)

    def timeout(self, seconds: float, error: BaseException | Literal[False] | None = None) -> gevent.Timeout:
        """A limit for a `with` block."""
        return gevent.Timeout(seconds, error)  # type: ignore[arg-type]  # the types know no False

    def later(self, seconds: float, work: Callable[[], object]) -> gevent.Greenlet[[], object]:
        """Run work in a greenlet of its own, so many seconds from now."""
        return gevent.spawn_later(seconds, work)

    def wait(self, event: Event | AsyncResult[Any], seconds: float | None) -> bool:
        """Wait at most so many seconds for an event or a result; return whether it has come."""
        event.wait(seconds)
        return event.ready()

    def outside(self) -> AbstractContextManager[None]:
        """Do nothing: real time goes on by itself."""
        return nullcontext()


#: One instance for all, since it has no state.
REAL = RealClock()


def date(clock: Clock) -> datetime:
    """The date and time of day, in UTC."""
    return datetime.fromtimestamp(clock.time(), UTC)
