"""Closes what stays open in the history: an attempt whose controller has died, or has lost its switch.

Such an attempt has no leg that anything would be heard of, or had none when its switch was taken over: it was
on its way from another switch, or a phone rang. So the open rows are looked at again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from controller.clock import REAL, Clock, date
from controller.domain.record import Ending, PageRecord
from controller.errors import StoreError, SwitchTrouble
from controller.paging.choosing import Connected
from controller.paging.events import Bus, PageLost
from controller.paging.everywhere import LiveEverywhere
from controller.paging.takeover import Takeover
from controller.supervision import Lasting

#: Seconds between two looks at a switch that is up, and at those that are not.
EVERY, SELDOM = 30.0, 3600.0
#: The age of an attempt that is over for sure, though its switch is not reached, or has another name now.
LONG_OVER = timedelta(days=1)

_log = structlog.get_logger(__name__)


class Place(Connected, Protocol):
    """The parts for one switch."""

    @property
    def takeover(self) -> Takeover:
        """What reads its state."""


class Unended:
    """Looks at the open attempts of all switches; `places` are those of this controller.

    `everywhere` has what this controller follows. `begun_before` reads from the store the open
    attempts that began before a moment; it raises StoreError.
    """

    def __init__(
        self,
        places: Sequence[Place],
        everywhere: LiveEverywhere,
        begun_before: Callable[[datetime], tuple[PageRecord, ...]],
        events: Bus,
        clock: Clock = REAL,
    ) -> None:
        self._places = places
        self._everywhere = everywhere
        self._begun_before = begun_before
        self._events = events
        self._clock = clock
        self._seldom = clock.monotonic() + EVERY
        self._work = Lasting("open attempts", self._watch, clock=clock)

    @property
    def trouble(self) -> str:
        """Why it does not look, in one sentence; else empty."""
        return self._work.trouble

    def start(self) -> None:
        """Look regularly; returns at once."""
        self._work.start()

    def stop(self) -> None:
        """Look no more."""
        self._work.stop()

    def _watch(self) -> None:
        while True:
            for place in self._places:
                self._clock.sleep(
                    EVERY / len(self._places)
                )  # one after the other: pages are decided meanwhile
                self._look_at(place)
            if self._clock.monotonic() >= self._seldom:
                self._seldom = self._clock.monotonic() + SELDOM
                self._close_long_over()

    def _look_at(self, place: Place) -> None:
        """Follow or close what nobody follows on a switch, if it is up."""
        if place.link.state != "up":
            return
        try:
            place.takeover.look_again(self._everywhere.follow)
        except SwitchTrouble as error:  # its connection is down soon, or it answers the next time
            _log.warning("takeover.unfinished", error=str(error))

    def _close_long_over(self) -> None:
        """Close what is long over on the switches that are not up."""
        up = {place.name for place in self._places if place.link.state == "up"}
        now = date(self._clock)
        try:
            records = self._begun_before(now - LONG_OVER)
        except StoreError as error:
            _log.warning("history.unread", error=str(error))
            return
        for record in records:
            if record.switch not in up and not self._everywhere.follow(record.page_id):
                self._events.publish(PageLost(replace(record, ended_at=now, ending=Ending.LOST.value)))
