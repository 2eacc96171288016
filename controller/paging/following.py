"""Follows pages and calls that others made, and finds out of any page what events alone do not say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import structlog
from gevent.pool import Group
from structlog.contextvars import bound_contextvars

from controller.clock import date
from controller.domain.leg import Leg
from controller.domain.record import Ending, PageRecord, Treatment
from controller.errors import SwitchTrouble
from controller.paging.attempt import Attempt
from controller.paging.board import Board, Live
from controller.paging.history import History
from controller.paging.intercom import IntercomCall
from controller.paging.orders import Orders
from controller.paging.page import WhisperPage
from controller.paging.post import Post
from controller.switch.keys import Key
from controller.switch.pagelegs import PageMark

#: Seconds after which all that a page puts on its target must be there.
SETTLED = 3.0

_log = structlog.get_logger(__name__)


class Following:
    """The eyes of the board on one switch. `digits` are the targets' keys; `changed` is as the board's."""

    def __init__(
        self,
        post: Post,
        history: History,
        orders: Orders,
        digits: Mapping[Key, str],
        changed: Callable[[WhisperPage], None] = lambda page: None,
    ) -> None:
        self._name = post.name
        self._clock = post.clock
        self._survey = post.survey
        self._history = history
        self._orders = orders
        self._digits = digits
        self._looks = Group()
        self.board = Board(history, orders.post, self, post.switch.meters, changed, post.clock)

    def has(self, page_id: str) -> bool:
        """Whether this page or call is followed already."""
        return self.board.follows(page_id)

    def found(self, mark: PageMark) -> None:
        """Follow a page that has just come up; never waits."""
        self.adopt(mark)

    def adopt(self, mark: PageMark, relay: Leg | None = None, *, muted: bool = False) -> Live:
        """Follow a page that is up, whoever made it; `relay` is its relay as last seen. Never waits.

        Without that, who makes it may be about to give the target its keys: that is looked at later.
        """
        record = PageRecord(
            page_id=mark.page,
            switch=self._name,
            pager=mark.pager,
            target=mark.target,
            treatment=Treatment.WHISPER,
            started_at=self._moment(relay.created if relay else 0),
            answered_at=self._moment(relay.bridged if relay else 0),
        )
        page = WhisperPage(mark, self._digits, up=True)
        page.muted = muted
        live = self.board.follow(page, record)
        self._history.keep(record)
        if relay and not relay.keyed:
            self._orders.post(page.equip(), mark.page)
        self.settle(live)
        _log.info("page.followed", page=mark.page, pager=mark.pager, target=mark.target)
        return live

    def attempt(self, record: PageRecord, pager_leg: str) -> None:
        """Follow an attempt that another has taken, from where it is; raises SwitchTrouble."""
        whisper = record.treatment is Treatment.WHISPER
        course = Attempt(pager_leg) if whisper else IntercomCall(pager_leg, record.page_id, ())
        live = self.board.follow(course, record)
        leg = self._survey.leg(pager_leg)
        if course.ending:
            return  # an event has told meanwhile
        if leg is None or leg.ending:
            self.board.lose(live)
        elif isinstance(course, IntercomCall) and leg.partner:
            course.go_on(leg.partner)
            self.board.up(live, self._moment(leg.bridged))
            target = self._survey.leg(leg.partner)
            if course.ending is None and (target is None or target.ending):
                self.board.over(live, Ending.TARGET_HUNG_UP)

    def settle(self, live: Live) -> None:
        """Look once, some seconds from now, whether a page that has come up is whole; never waits."""
        self._looks.add(self._clock.later(SETTLED, partial(self.check, live, settled=True)))

    def doubted(self, live: Live) -> None:
        """See whether somebody has joined a page; never waits."""
        self._orders.spawn(lambda: self.check(live))

    def check(self, live: Live, *, settled: bool = False) -> None:
        """End a page in which something is that would have refused it; for what no event has told us.

        `settled`: and one that is not whole, though it is up for seconds; a target that has no keys by then
        gets them.
        """
        page = live.course
        if not isinstance(page, WhisperPage) or live not in self.board.all():
            return
        with bound_contextvars(page=page.mark.page):
            try:
                target, relay = self._survey.leg(page.mark.target_leg), self._survey.leg(page.mark.relay)
            except SwitchTrouble as error:
                _log.warning("page.unchecked", error=str(error))
                return
            if target and relay:
                self._orders.post(page.judge(target, relay, settled=settled))
                if settled and not relay.keyed:
                    self._orders.post(page.equip())

    def unexplained(self, live: Live, page: WhisperPage) -> None:
        """See why a page is over; never waits."""
        self._orders.spawn(lambda: self._explain(live, page))

    def _explain(self, live: Live, page: WhisperPage) -> None:
        try:
            pager, target = self._survey.leg(page.mark.pager_leg), self._survey.leg(page.mark.target_leg)
        except SwitchTrouble as error:
            _log.warning("page.unexplained", error=str(error))
            self.board.lose(live)
        else:
            self.board.over(live, page.explain(pager, target))

    def stop(self) -> None:
        """Look no more at what is up."""
        self._looks.kill(block=False)

    def _moment(self, microseconds: int) -> datetime:
        """A time as the switch tells it, in microseconds since 1970; 0 is now."""
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC) if microseconds else date(self._clock)
