"""Time in the simulated switch: waits can be told to take less than they say."""

from __future__ import annotations

import time

import gevent
from gevent.event import Event


class Clock:
    """`speed` 10 makes a wait of 4 seconds take 0.4; what the switch says of dates stays true.

    The speed may be changed while somebody waits: what is left of the wait then takes as long as the new one
    says.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._changed = Event()
        self._then, self._since = 0.0, time.monotonic()
        self._speed = _forward(speed)

    @property
    def speed(self) -> float:
        """Simulated seconds in one second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._then, self._since = self.now(), time.monotonic()
        self._speed = _forward(speed)
        changed, self._changed = self._changed, Event()
        changed.set()

    def now(self) -> float:
        """Seconds of simulated time; only differences mean something."""
        return self._then + (time.monotonic() - self._since) * self._speed

    def date(self) -> int:
        """Microseconds since 1970, as FreeSWITCH stamps its events (switch_micro_time_now, switch_time.c)."""
        return time.time_ns() // 1000

    def sleep(self, seconds: float) -> None:
        """Let others go on for so many simulated seconds."""
        until = self.now() + seconds
        gevent.sleep(0)
        while (left := until - self.now()) > 0:
            self._changed.wait(left / self._speed)

    def wait(self, event: Event, seconds: float | None) -> bool:
        """Wait for an event, for so many simulated seconds at most; whether it came."""
        if seconds is None:
            return event.wait()
        until = self.now() + seconds
        while not event.is_set() and (left := until - self.now()) > 0:
            if event in gevent.wait((event, self._changed), left / self._speed, 1):
                return True
        return event.is_set()


def _forward(speed: float) -> float:
    if speed <= 0:
        raise ValueError("A clock must go forward.")
    return speed
