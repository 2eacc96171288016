"""Rings the pagers that wait for a call back, as soon as their targets can be paged.

A call back is looked at when its pager or target has begun or ended a call or a page, and every few seconds:
the end of one of two calls, or a phone that registers, is no event here. The decision is the same as that on
a request by click. The pager is rung by a click, so the page is then one like any other. Nobody is rung while
a switch is away, or its legs are not read yet: the pager may be on a call there. If the pager takes or makes
another call while its phones ring, they stop, and the call back waits further.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

import structlog
from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore
from gevent.pool import Group

from controller.clock import REAL, Clock, date
from controller.domain.call_back import CallBack
from controller.domain.names import UserName
from controller.domain.refusal import Reason, Refusal
from controller.errors import StoreError, SwitchError
from controller.paging.call_backs import CallBackRows, CallBacks
from controller.paging.choosing import Connected, home
from controller.paging.click import RINGING, Click
from controller.paging.clicks import Clicks
from controller.paging.cluster import Cluster
from controller.paging.deciding import Decider
from controller.paging.events import (
    Bus,
    CallBackAsked,
    PageEnded,
    PageEvent,
    PageLost,
    PresenceChanged,
    SwitchChanged,
)
from controller.paging.limits import Limits
from controller.supervision import Lasting

#: Seconds between two looks at SQL, and at a call back of which nothing was heard; and the maximum of the
#: former while the database does not answer.
EVERY, SELDOM = 10.0, 60.0
#: Call backs that are looked at at a time: a page's own command waits behind no more than their questions.
AT_ONCE = 8
#: Seconds beyond the time of ringing within which the switch says how a click has ended.
PATIENCE = 15.0
#: Seconds between two looks at whether a pager whose phones ring is on a call by now.
LOOK = 0.1
#: The refusals of a click after its pager's phones have rung.
_RUNG = frozenset({Reason.PAGER_UNANSWERED, Reason.CANCELLED})

_log = structlog.get_logger(__name__)


class Place(Connected, Protocol):
    """The parts for one switch."""

    @property
    def decider(self) -> Decider:
        """What decides its requests."""

    @property
    def clicks(self) -> Clicks:
        """What rings its phones."""


class CallingBack:
    """Rings pagers on any of the switches `places`; `cluster` knows who is on a call there."""

    def __init__(
        self,
        call_backs: CallBacks,
        rows: CallBackRows,
        places: Sequence[Place],
        cluster: Cluster,
        limits: Limits,
        events: Bus,
        clock: Clock = REAL,
    ) -> None:
        self._call_backs = call_backs
        self._rows = rows
        self._places = places
        self._cluster = cluster
        self._limits = limits
        self._clock = clock
        self._due: dict[tuple[UserName, UserName], float] = {}
        self._pagers: set[UserName] = set()
        self._rung: dict[tuple[UserName, UserName], datetime] = {}
        self._signal = Signal()
        self._reread = 0.0
        self._asking = BoundedSemaphore(AT_ONCE)
        self._work = Group()
        self._watching = Lasting("call backs", self._watch, clock=clock)
        events.subscribe(CallBackAsked, lambda event: self._touch(event.call_back.pair))
        events.subscribe(PresenceChanged, lambda event: self._touch(each.user for each in event.users))
        events.subscribe(SwitchChanged, lambda event: self._touch_all())
        for kind in (PageEnded, PageLost):
            events.subscribe(kind, self._page_over)

    @property
    def trouble(self) -> str:
        """Why nobody is called back, in one sentence; empty from `start` to `stop`."""
        return self._watching.trouble if self._call_backs.on else ""

    def start(self) -> None:
        """Start to look, unless there are no call backs."""
        if self._call_backs.on:
            self._watching.start()

    def stop(self) -> None:
        """Stop looking. Phones that ring go on, and another controller may claim the page."""
        self._watching.stop()
        self._work.kill()

    def _page_over(self, event: PageEvent) -> None:
        self._touch(each for each in (event.record.pager, event.record.target) if each)

    def _touch_all(self) -> None:
        self._touch(each.pager for each in self._call_backs.waiting())

    def _touch(self, users: Iterable[UserName]) -> None:
        """Look soon at the call backs of these users; never waits."""
        touched = set(users)
        for each in self._call_backs.waiting():
            if not touched.isdisjoint(each.pair):
                self._due.pop(each.pair, None)
                self._signal.set()

    def _watch(self) -> None:
        pause = EVERY
        while True:
            self._signal.clear()
            if self._clock.monotonic() >= self._reread:
                pause = EVERY if self._call_backs.look() else min(2 * pause, SELDOM)
                self._reread = self._clock.monotonic() + pause
                self._due.clear()
            self._write()
            self._look()
            self._clock.wait(self._signal, max(self._reread - self._clock.monotonic(), 0.0))

    def _look(self) -> None:
        now = self._clock.monotonic()
        waiting = self._call_backs.waiting()
        there = {each.pair for each in waiting}
        self._due = {pair: at for pair, at in self._due.items() if pair in there}
        for each in waiting:
            if each.pair in self._rung or each.pager in self._pagers or self._due.get(each.pair, 0.0) > now:
                continue
            self._due[each.pair] = now + EVERY
            if self._cluster.idle(each.pager):
                self._pagers.add(each.pager)
                self._work.spawn(self._consider, each)

    def _consider(self, each: CallBack) -> None:
        """Ring a pager if its target can be paged now."""
        try:
            with self._asking:
                place = home(self._places, each.pager)
                taken_at = self._take(each) if self._can_be_paged(place, each) else None
            if taken_at is not None:
                self._ring(place, each, taken_at)
        except (StoreError, SwitchError) as error:
            _log.warning("call_back.not_now", pager=str(each.pager), error=str(error))
        finally:
            self._pagers.discard(each.pager)
            self._signal.set()

    def _can_be_paged(self, place: Place, each: CallBack) -> bool:
        judgement = place.decider.judge(each.feature, each.pager, each.target)
        decision, _ = place.decider.by_click(judgement, each.pager)
        return not isinstance(decision, Refusal) and self._limits.may_be_paged(each.target)

    def _take(self, each: CallBack) -> datetime | None:
        """Take a call back; None if it is not ours, or if the pager is on a call by now."""
        taken_at = date(self._clock)
        if not self._rows.take(*each.pair, taken_at):
            self._call_backs.forget(*each.pair)  # until it is read again
            return None
        if self._cluster.idle(each.pager):
            return taken_at
        self._rows.give_back(*each.pair, taken_at)
        return None

    def _ring(self, place: Place, each: CallBack, taken_at: datetime) -> None:
        click = place.clicks.page(each.feature, each.pager, each.target, call_back=True)
        self._follow(place, click)
        refusal = None if click.rings else click.outcome.get()
        if refusal is not None and refusal.reason not in _RUNG:
            self._rows.give_back(*each.pair, taken_at)
            return
        self._call_backs.counts.rung += 1
        self._rung[each.pair] = taken_at
        self._write()
        _log.info(
            "call_back.rung",
            page=click.page_id,
            pager=str(each.pager),
            target=str(each.target),
            answered=refusal is None,
        )

    def _follow(self, place: Place, click: Click) -> None:
        """Wait for the end of a click, and call it off if its pager is on a call by another leg."""
        patience = self._clock.monotonic() + RINGING + PATIENCE
        while click.rings and self._clock.monotonic() < patience:
            self._clock.wait(click.outcome, LOOK)
            if click.rings and self._cluster.calls(click.pager, click.legs):
                place.clicks.call_off(click.page_id, Reason.PAGER_ON_CALL)

    def _write(self) -> None:
        """Remove from SQL the call backs whose pagers were rung; what fails is done again later."""
        for pair, taken_at in list(self._rung.items()):
            try:
                self._rows.finish(*pair, taken_at)
            except StoreError as error:
                _log.warning("call_back.unwritten", error=str(error))
                return
            self._call_backs.forget(*pair)
            self._rung.pop(pair, None)
