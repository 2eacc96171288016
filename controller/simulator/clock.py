"""Time in the simulated switch: waits can be told to take less than they say."""

from __future__ import annotations

import time

import gevent
from gevent.event import Event


class Clock:
    """`speed` 10 makes a wait of 4 seconds take 0.4; what the switch says of dates stays true."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("A clock must go forward.")
        self._speed = speed

    def now(self) -> float:
        """Seconds of simulated time; only differences mean something."""
        return time.monotonic() * self._speed

    def date(self) -> int:
        """Microseconds since 1970, as FreeSWITCH stamps its events (switch_micro_time_now, switch_time.c)."""
        return time.time_ns() // 1000

    def sleep(self, seconds: float) -> None:
        """Let others go on for so many simulated seconds."""
        gevent.sleep(seconds / self._speed)

    def wait(self, event: Event, seconds: float | None) -> bool:
        """Wait for an event, for so many simulated seconds at most; whether it came."""
        return event.wait(None if seconds is None else max(seconds, 0) / self._speed)
