"""Follows pages and calls that other controllers made, and asks the switch where events are not enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import structlog
from gevent.pool import Group
from structlog.contextvars import bound_contextvars

from controller.clock import REAL, Clock, date
from controller.domain.leg import Leg
from controller.domain.record import Ending, PageRecord, Treatment
from controller.errors import SwitchTrouble
from controller.paging.attempt import Attempt
from controller.paging.call import IntercomCall
from controller.paging.endings import explain
from controller.paging.events import (
    Bus,
    MemberFound,
    MessageFound,
    PageCameUp,
    PageDoubted,
    PageEnded,
    PageFound,
    PageRearranged,
    PageVanished,
)
from controller.paging.group_page import GroupPage
from controller.paging.live import LivePage, LivePages, ended, message_of
from controller.paging.member_call import MemberCall
from controller.paging.message import MessageCall, MessagePage
from controller.paging.ongoing import Making
from controller.paging.page import WhisperPage
from controller.paging.replies import Replies
from controller.switch.group import member_of
from controller.switch.identity import SwitchName
from controller.switch.keys import Key
from controller.switch.leg import from_dump, reader
from controller.switch.message import SAID
from controller.switch.pagelegs import PageMark
from controller.switch.queries import SwitchQueries
from controller.switch.runner import CommandRunner

#: Seconds after which a page must have all its media bugs and keys on the target's leg.
SETTLED = 3.0

_log = structlog.get_logger(__name__)


class Following:
    """Checks the pages of the switch `name`.

    `digits` are the targets' keys, and `replies` has those of a target's replies. With `show` the phones
    of pagers show the reply.
    """

    def __init__(
        self,
        name: SwitchName,
        queries: SwitchQueries,
        runner: CommandRunner,
        live: LivePages,
        digits: Mapping[Key, str],
        events: Bus,
        replies: Replies,
        *,
        show: bool = False,
        clock: Clock = REAL,
    ) -> None:
        self._name = name
        self._queries = queries
        self._runner = runner
        self._live = live
        self._digits = digits
        self._replies = replies
        self._show = show
        self._events = events
        self._clock = clock
        self._looks = Group()

    def subscribe(self, events: Bus) -> None:
        """Subscribe to the events that make a check necessary."""
        events.subscribe(PageFound, self.found)
        events.subscribe(MessageFound, self.announced)
        events.subscribe(MemberFound, self.found_member)
        events.subscribe(PageCameUp, self.came_up)
        events.subscribe(PageDoubted, self.doubted)
        events.subscribe(PageRearranged, self.rearranged)
        events.subscribe(PageVanished, self.vanished)

    def found(self, event: PageFound) -> None:
        """Follow a page that has just come up; never waits."""
        self.adopt(event.mark)

    def found_member(self, event: MemberFound) -> None:
        """Follow the call to a member of a page group, whose phone enters the room now; never waits."""
        mark = event.mark
        record = PageRecord(
            page_id=mark.part,
            switch=str(self._name),
            pager=mark.pager,
            target=mark.target,
            treatment=Treatment.INTERCOM,
            started_at=date(self._clock),
            answered_at=date(self._clock),
            part_of=mark.room,
        )
        self._live.follow(MemberCall(mark.pager_leg, mark.room, (mark.leg,), up=True), record)

    def adopt(
        self, mark: PageMark, relay: Leg | None = None, *, muted: bool = False, said: bool = False
    ) -> None:
        """Follow a page that is up, whoever made it; `relay` is its relay as last seen. Never waits.

        Without `relay` the page is new, and its maker may be about to bind the keys; they are checked later.
        """
        record = PageRecord(
            page_id=mark.page,
            switch=str(self._name),
            pager=mark.pager,
            target=mark.target,
            treatment=Treatment.REVERSE if mark.reverse else Treatment.WHISPER,
            started_at=self._moment(relay.created if relay else 0),
            answered_at=self._moment(relay.bridged if relay else 0),
            message=None if mark.pager_leg else "",
            part_of=mark.room or mark.part_of or None,
        )
        page: Making
        if mark.pager_leg:
            page = WhisperPage(mark, self._digits, up=True, muted=muted, show=self._show)
        else:
            page = MessagePage(mark, self._digits, up=True, said=said)
        self._live.follow(page, record)
        self._runner.spawn(lambda: self._offer(page, bind=relay is not None and not relay.keyed))
        _log.info("page.followed", page=mark.page, pager=str(mark.pager), target=str(mark.target))

    def _offer(self, page: Making, *, bind: bool) -> None:
        if not page.mark.reverse:
            page.offer(self._replies.of(page.mark.target))
        if bind:
            self._runner.send(page.equip())

    def announced(self, event: MessageFound) -> None:
        """Follow a message that an idle target begins to hear; never waits."""
        record = PageRecord(
            page_id=event.page_id,
            switch=str(self._name),
            pager=event.pager,
            target=event.target,
            treatment=Treatment.INTERCOM,
            started_at=date(self._clock),
            answered_at=date(self._clock),
            message="",
        )
        self._announced(record, event.leg)

    def _announced(self, record: PageRecord, leg: str, *, said: bool = False) -> None:
        call = MessageCall((leg,), leg, said=said)
        live = self._live.follow(call, record)
        self._runner.spawn(lambda: self._look_at(live, call, leg))

    def _look_at(self, live: LivePage, call: MessageCall, leg: str) -> None:
        """Learn the replies of a message to an idle target, and whether its leg is still there."""
        if live.record.target:
            call.offer(self._replies.of(live.record.target))
        try:
            found = self._queries.leg(leg)
        except SwitchTrouble as error:
            _log.warning("page.unchecked", error=str(error))
            return
        if (found is None or found.ending) and not call.over:
            self._live.over(live, call.ending or Ending.LOST)

    def attempt(self, record: PageRecord, pager_leg: str) -> None:
        """Follow an attempt that another controller has claimed, as it is now; raises SwitchTrouble.

        `pager_leg` is the leg of the member itself, if its phone was called for a page to a page group.
        """
        if record.treatment is Treatment.GROUP:
            self._group(record, pager_leg)
        elif record.part_of and self._member(record, pager_leg):
            return
        elif record.treatment.whispers:
            live = self._live.follow(attempt := Attempt(pager_leg), record)
            leg = self._queries.leg(pager_leg)
            if (leg is None or leg.ending) and not attempt.ending:  # else an event came meanwhile
                self._live.over(live, Ending.LOST)
        else:
            self._call(record, pager_leg)

    def _group(self, record: PageRecord, pager_leg: str) -> None:
        leg = self._queries.leg(pager_leg)
        up = bool(leg and leg.conference)
        live = self._live.follow(GroupPage(pager_leg, record.page_id, ours=False, up=up), record)
        if leg is None or leg.ending or (record.answered_at and not up):
            self._live.over(live, Ending.LOST)
        elif up and record.answered_at is None:
            self._live.up(live)

    def _member(self, record: PageRecord, leg: str) -> bool:
        """Follow the leg of a member that was called; False if it is the pager's, from another switch."""
        dump = self._queries.dump(leg)
        mark = member_of(reader(dump)) if dump else None
        if dump is None or mark is None:
            return False
        call = MemberCall(mark.pager_leg, mark.room, (leg,), up=from_dump(reader(dump)).conference)
        self._live.follow(call, record)
        return True

    def _call(self, record: PageRecord, pager_leg: str) -> None:
        dump = self._queries.dump(pager_leg)
        if dump and message_of(dump):
            self._announced(
                replace(record, message=record.message or ""),
                pager_leg,
                said=dump.variable(SAID, "") == "true",
            )
            return
        call = IntercomCall(pager_leg, record.page_id, ())
        live = self._live.follow(call, record)
        leg = self._queries.leg(pager_leg)
        if call.ending:
            return  # an event came meanwhile
        if leg is None or leg.ending:
            self._live.over(live, Ending.LOST)
        elif leg.partner:
            call.answered_on(leg.partner)
            self._live.up(live, self._moment(leg.bridged))
            target = self._queries.leg(leg.partner)
            if call.ending is None and (target is None or target.ending):
                self._live.over(live, Ending.TARGET_HUNG_UP)

    def came_up(self, event: PageCameUp) -> None:
        """Check in SETTLED seconds whether a whisper page is complete; never waits."""
        if event.mark:
            self._look_later(event.record.page_id, event.mark.seconds_of_window)

    def rearranged(self, event: PageRearranged) -> None:
        """Check in SETTLED seconds whether all of a page's eavesdrops are there again; never waits."""
        live = self._live.find(event.record.page_id)
        mark = live.page.mark if live else None
        self._look_later(event.record.page_id, mark.seconds_of_window if mark else 0.0)

    def _look_later(self, page_id: str, window: float = 0.0) -> None:
        """Check once a page has settled; its eavesdrops begin at the end of its decline window."""
        self._looks.add(self._clock.later(SETTLED + window, partial(self.check, page_id, settled=True)))

    def doubted(self, event: PageDoubted) -> None:
        """Check whether somebody has joined a page; never waits."""
        self._runner.spawn(lambda: self.check(event.record.page_id))

    def check(self, page_id: str, *, settled: bool = False) -> None:
        """End a page if the present state of its legs would have refused it, which no event has shown.

        `settled`: the page has been up for some seconds. It also ends if it is not complete, and a target
        without keys gets them.
        """
        live = self._live.find(page_id)
        mark = live.page.mark if live else None
        if live is None or mark is None:
            return
        with bound_contextvars(page=page_id):
            try:
                legs = (mark.target_leg, mark.relay, mark.pager_leg)
                target, relay, pager = (self._queries.leg(leg) if leg else None for leg in legs)
            except SwitchTrouble as error:
                _log.warning("page.unchecked", error=str(error))
                return
            if target and relay:
                self._runner.post(live.page.judge(target, relay, pager, settled=settled))
                if settled and not relay.keyed:
                    self._runner.post(live.page.equip())

    def vanished(self, event: PageVanished) -> None:
        """Find out why a page has ended; never waits."""
        self._runner.spawn(lambda: self._explain(event))

    def _explain(self, event: PageVanished) -> None:
        try:
            mark = event.mark
            pager = self._queries.leg(mark.pager_leg) if mark.pager_leg else None
            ending = explain(pager, self._queries.leg(mark.target_leg), mark)
        except SwitchTrouble as error:
            _log.warning("page.unexplained", error=str(error))
            ending = Ending.LOST
        self._events.publish(PageEnded(ended(event.record, ending, event.at)))

    def stop(self) -> None:
        """Cancel the checks that are still to come."""
        self._looks.kill(block=False)

    def _moment(self, microseconds: int) -> datetime:
        """The time of a number of microseconds since 1970, as the switch gives it; now for 0."""
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC) if microseconds else date(self._clock)
