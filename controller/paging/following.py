"""Follows pages and calls that others made, and finds out of any page what events alone do not say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import gevent
import structlog
from gevent.pool import Group
from structlog.contextvars import bound_contextvars

from controller.domain.leg import Leg
from controller.domain.record import Ending, PageRecord, Treatment
from controller.errors import SwitchTrouble
from controller.paging.attempt import Attempt
from controller.paging.call import IntercomCall
from controller.paging.events import Bus, PageCameUp, PageDoubted, PageEnded, PageFound, PageVanished
from controller.paging.live import LivePages, ended, now
from controller.paging.page import WhisperPage
from controller.switch.keys import Key
from controller.switch.pagelegs import PageMark
from controller.switch.queries import SwitchQueries
from controller.switch.runner import CommandRunner

#: Seconds after which all that a page puts on its target must be there.
SETTLED = 3.0

_log = structlog.get_logger(__name__)


class Following:
    """Looks at the pages of one switch, which is called `name`. `digits` are the targets' keys."""

    def __init__(
        self,
        name: str,
        queries: SwitchQueries,
        runner: CommandRunner,
        live: LivePages,
        digits: Mapping[Key, str],
        events: Bus,
    ) -> None:
        self._name = name
        self._queries = queries
        self._runner = runner
        self._live = live
        self._digits = digits
        self._events = events
        self._looks = Group()

    def subscribe(self, events: Bus) -> None:
        """Look at what is published from now on."""
        events.subscribe(PageFound, self.found)
        events.subscribe(PageCameUp, self.came_up)
        events.subscribe(PageDoubted, self.doubted)
        events.subscribe(PageVanished, self.vanished)

    def found(self, event: PageFound) -> None:
        """Follow a page that has just come up; never waits."""
        self.adopt(event.mark)

    def adopt(self, mark: PageMark, relay: Leg | None = None, *, muted: bool = False) -> None:
        """Follow a page that is up, whoever made it; `relay` is its relay as last seen. Never waits.

        Without that, who makes it may be about to give the target its keys: that is looked at later.
        """
        record = PageRecord(
            page_id=mark.page,
            switch=self._name,
            pager=mark.pager,
            target=mark.target,
            treatment=Treatment.WHISPER,
            started_at=moment(relay.created if relay else 0),
            answered_at=moment(relay.bridged if relay else 0),
        )
        page = WhisperPage(mark, self._digits, up=True, muted=muted)
        self._live.follow(page, record)
        if relay and not relay.keyed:
            self._runner.post(page.equip(), mark.page)
        _log.info("page.followed", page=mark.page, pager=mark.pager, target=mark.target)

    def attempt(self, record: PageRecord, pager_leg: str) -> None:
        """Follow an attempt that another has taken, from where it is; raises SwitchTrouble."""
        if record.treatment is Treatment.WHISPER:
            live = self._live.follow(attempt := Attempt(pager_leg), record)
            leg = self._queries.leg(pager_leg)
            if (leg is None or leg.ending) and not attempt.ending:  # else an event has told meanwhile
                self._live.over(live, Ending.LOST)
        else:
            self._call(record, pager_leg)

    def _call(self, record: PageRecord, pager_leg: str) -> None:
        call = IntercomCall(pager_leg, record.page_id, ())
        live = self._live.follow(call, record)
        leg = self._queries.leg(pager_leg)
        if call.ending:
            return  # an event has told meanwhile
        if leg is None or leg.ending:
            self._live.over(live, Ending.LOST)
        elif leg.partner:
            call.answered_on(leg.partner)
            self._live.up(live, moment(leg.bridged))
            target = self._queries.leg(leg.partner)
            if call.ending is None and (target is None or target.ending):
                self._live.over(live, Ending.TARGET_HUNG_UP)

    def came_up(self, event: PageCameUp) -> None:
        """Look once, some seconds from now, whether a whisper page is whole; never waits."""
        if event.mark:
            page_id = event.record.page_id
            self._looks.add(gevent.spawn_later(SETTLED, self.check, page_id, settled=True))

    def doubted(self, event: PageDoubted) -> None:
        """See whether somebody has joined a page; never waits."""
        self._runner.spawn(lambda: self.check(event.record.page_id))

    def check(self, page_id: str, *, settled: bool = False) -> None:
        """End a page in which something is that would have refused it; for what no event has told us.

        `settled`: and one that is not whole, though it is up for seconds; a target that has no keys by then
        gets them.
        """
        live = self._live.find(page_id)
        mark = live.page.mark if live else None
        if live is None or mark is None:
            return
        with bound_contextvars(page=page_id):
            try:
                target, relay = self._queries.leg(mark.target_leg), self._queries.leg(mark.relay)
            except SwitchTrouble as error:
                _log.warning("page.unchecked", error=str(error))
                return
            if target and relay:
                self._runner.post(live.page.judge(target, relay, settled=settled))
                if settled and not relay.keyed:
                    self._runner.post(live.page.equip())

    def vanished(self, event: PageVanished) -> None:
        """See why a page is over; never waits."""
        self._runner.spawn(lambda: self._explain(event))

    def _explain(self, event: PageVanished) -> None:
        try:
            legs = self._queries.leg(event.mark.pager_leg), self._queries.leg(event.mark.target_leg)
            ending = explain(*legs)
        except SwitchTrouble as error:
            _log.warning("page.unexplained", error=str(error))
            ending = Ending.LOST
        self._events.publish(PageEnded(ended(event.record, ending, event.at)))

    def stop(self) -> None:
        """Look no more at what is up."""
        self._looks.kill(block=False)


def moment(microseconds: int) -> datetime:
    """A time as the switch tells it, in microseconds since 1970; 0 is now."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC) if microseconds else now()


def explain(pager: Leg | None, target: Leg | None) -> Ending:
    """How a page ended whose events have not told it, by what there is of its pager's and target's legs.

    With either of them the switch hangs the relay up at once, and sometimes tells of that first.
    """
    if pager is None or pager.ending:
        return Ending.PAGER_HUNG_UP
    return Ending.TARGET_HUNG_UP if target is None or target.ending else Ending.LOST
