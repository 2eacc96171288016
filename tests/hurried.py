"""A clock for a switch beside which controllers run in processes of their own, whose time is the real one."""

from __future__ import annotations

import time
from typing import Any

import gevent
from gevent.event import AsyncResult, Event

from controller.clock import RealClock


class HurriedClock(RealClock):
    """`speed` 10 makes a wait of 4 seconds take 0.4; limits and the time of day stay real.

    The speed may be changed while somebody waits: what is left of the wait then takes as long as the new one
    says.
    """

    def __init__(self) -> None:
        self._changed = Event()
        self._then, self._since = 0.0, time.monotonic()
        self._speed = 1.0

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._then, self._since = self.monotonic(), time.monotonic()
        self._speed = speed
        changed, self._changed = self._changed, Event()
        changed.set()

    def monotonic(self) -> float:
        return self._then + (time.monotonic() - self._since) * self._speed

    def sleep(self, seconds: float) -> None:
        until = self.monotonic() + seconds
        gevent.sleep(0)
        while (left := until - self.monotonic()) > 0:
            self._changed.wait(left / self._speed)

    def wait(self, event: Event | AsyncResult[Any], seconds: float | None) -> bool:
        if seconds is None:
            event.wait()
            return True
        until = self.monotonic() + seconds
        while not event.ready() and (left := until - self.monotonic()) > 0:
            gevent.wait((event, self._changed), left / self._speed, 1)
        return event.ready()
