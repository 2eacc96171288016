"""Follows pages and calls that others made: another controller beside us, or one that was here before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import structlog
from structlog.contextvars import bound_contextvars

from controller.errors import SwitchTrouble
from controller.paging.attempt import Attempt
from controller.paging.board import Board, Live, now
from controller.paging.history import History
from controller.paging.page import Ending, IntercomCall, WhisperPage
from controller.paging.survey import Survey
from controller.store.values import PageRecord, Treatment
from controller.switch.keys import Key
from controller.switch.leg import Leg
from controller.switch.pagelegs import PageMark
from controller.switch.sequences import Order

_log = structlog.get_logger(__name__)


class Following:
    """Takes into the board what is up on one switch. `act` sends orders without making the caller wait."""

    def __init__(
        self,
        name: str,
        survey: Survey,
        board: Board,
        history: History,
        digits: Mapping[Key, str],
        act: Callable[[Iterable[Order]], None],
    ) -> None:
        self._name = name
        self._survey = survey
        self._board = board
        self._history = history
        self._digits = digits
        self._act = act

    def has(self, page_id: str) -> bool:
        """Whether this page or call is followed already."""
        return self._board.follows(page_id)

    def adopt(self, mark: PageMark, relay: Leg | None = None, *, muted: bool = False) -> Live:
        """Follow a page that is up, whoever made it; `relay` is its relay as last seen. Never waits."""
        record = PageRecord(
            page_id=mark.page,
            switch=self._name,
            pager=mark.pager,
            target=mark.target,
            treatment=Treatment.WHISPER,
            started_at=moment(relay.created if relay else 0),
            answered_at=moment(relay.bridged if relay else 0),
        )
        page = WhisperPage(mark, self._digits, up=True)
        live = self._board.follow(page, record)
        self._history.keep(record)
        with bound_contextvars(page=mark.page):
            self._act(page.equip(muted=muted))
        _log.info("page.followed", page=mark.page, pager=mark.pager, target=mark.target)
        return live

    def attempt(self, record: PageRecord, pager_leg: str) -> None:
        """Follow an attempt that another has taken, from where it is; raises SwitchTrouble."""
        whisper = record.treatment is Treatment.WHISPER
        course = Attempt(pager_leg) if whisper else IntercomCall(pager_leg, record.page_id, ())
        live = self._board.follow(course, record)
        leg = self._survey.leg(pager_leg)
        if course.ending:
            return  # an event has told meanwhile
        if leg is None or leg.ending:
            self._board.lose(live)
        elif isinstance(course, IntercomCall) and leg.partner:
            course.go_on(leg.partner)
            self._board.up(live, moment(leg.bridged))
            target = self._survey.leg(leg.partner)
            if course.ending is None and (target is None or target.ending):
                self._board.over(live, Ending.TARGET_HUNG_UP)

    def check(self, live: Live) -> None:
        """End a page in which something is that would have refused it; for what no event has told us."""
        page = live.course
        if not isinstance(page, WhisperPage):
            return
        try:
            target, relay = self._survey.leg(page.mark.target_leg), self._survey.leg(page.mark.relay)
        except SwitchTrouble as error:
            _log.warning("page.unchecked", page=page.mark.page, error=str(error))
            return
        if target and relay:
            self._act(page.judge(target, relay))


def moment(microseconds: int) -> datetime:
    """A time as the switch tells it, in microseconds since 1970; 0 is now."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC) if microseconds else now()
