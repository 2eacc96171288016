"""A page whose target is on another switch: the pager's call is sent there, and the page is made there.

For a member of a page group, it is a leg of its own that is sent, from the pager's room. With the call goes a
token. What counts of the pager is what this switch has authenticated, and what the controllers keep beside
the token (store/crossings.py); no header of the call says who it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar, cast
from uuid import uuid4

import structlog

from controller.clock import REAL, Clock, date
from controller.domain.crossing import Crossing, new_token
from controller.domain.decision import Intercom, Whisper
from controller.domain.policy import Feature
from controller.domain.record import Ending, PageRecord, Treatment, ending_in
from controller.domain.refusal import Reason, Refusal
from controller.errors import Rejected, StoreError
from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.eventsocket.outcome import Status
from controller.paging.cluster import Cluster
from controller.paging.dialling import RINGING
from controller.paging.events import Bus, CrossingEnded, CrossingFailed, PageEnded, SentFound
from controller.paging.live import LivePage, LivePages, ended
from controller.paging.request import Request
from controller.paging.sent import Elsewhere, Sent, SentMember
from controller.switch import caller, dialstring, displays, group
from controller.switch.group import MemberMark
from controller.switch.runner import CommandRunner

#: Seconds within which the other switch must show that the call has arrived.
PROGRESS = 5
#: Seconds after which the call ends on either switch if the other one has died (RFC 4028).
SESSION = 120
#: Seconds within which a member's leg must be answered there, where its phone is called for RINGING.
MEMBER_RINGING = PROGRESS + RINGING
#: Seconds between attempts while the database does not answer how a call has ended.
RETRY = 1.0

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Crossings:
    """Sends the calls of pagers to other switches.

    `begin` keeps a crossing beside its token, with the first record of a member's part, and `give_up` lets
    one not arrive any more; it returns False if that is too late. `attempt` returns the record that the
    history has of an attempt, and `open_parts` those of a page to a page group that have no end. All ask the
    store and raise StoreError.
    """

    def __init__(
        self,
        cluster: Cluster,
        begin: Callable[[str, Crossing, datetime, PageRecord | None], None],
        give_up: Callable[[str], bool],
        attempt: Callable[[str], PageRecord | None],
        open_parts: Callable[[str], tuple[PageRecord, ...]],
        runner: CommandRunner,
        live: LivePages,
        events: Bus,
        *,
        clock: Clock = REAL,
    ) -> None:
        self._cluster = cluster
        self._begin = begin
        self._give_up = give_up
        self._attempt = attempt
        self._open_parts = open_parts
        self._runner = runner
        self._live = live
        self._events = events
        self._clock = clock
        self._sent: dict[str, LivePage] = {}

    def subscribe(self, events: Bus) -> None:
        """Subscribe to the ends of legs that were sent, and to what another controller has sent."""
        events.subscribe(CrossingEnded, self.ended)
        events.subscribe(PageEnded, self.page_ended)
        events.subscribe(SentFound, self.found)

    def send(self, request: Request, treatment: Whisper | Intercom, record: PageRecord) -> Refusal | None:
        """Send a pager's call to the switch of the treatment; None once it is on its way."""
        assert request.pager  # or the decision would have been a refusal
        assert request.target
        crossing = Crossing(
            record.page_id,
            request.pager,
            request.target,
            request.feature,
            treatment.switch,
            request.reverse,
        )
        name, number = displays.paging(request.pager, request.target, reverse=request.reverse)
        if isinstance(treatment, Intercom):
            name = number
        shown = {"origination_callee_id_name": name, "origination_callee_id_number": number}
        way = self._open(crossing, shown=shown)
        if isinstance(way, Refusal):
            return way
        trunk, dial = way
        sent = Sent(request.pager_leg, trunk)
        live = self._sent[record.page_id] = self._live.follow(sent, record)
        rings = isinstance(treatment, Intercom)
        steps = caller.elsewhere(request.pager_leg, record.page_id, dial, rings=rings)
        failed = self._runner.run(steps)
        if failed is None or failed[1].status is Status.NOT_SENT:
            return None  # or what has become of it is found out when the switch is connected again
        if record.page_id in self._sent and self._runner.is_gone(request.pager_leg) and not sent.over:
            self._live.over(live, sent.gone())  # before we saw its events
        if self._sent.pop(record.page_id, None) is None:
            return None  # the pager has hung up meanwhile, and the history has that
        self._live.drop(live)
        return Refusal(Reason.SWITCH_TROUBLE)

    def send_member(self, pager_leg: str, part: PageRecord, shown: Mapping[str, str]) -> Refusal | None:
        """Send a leg from the pager's room to the switch of a member; None once it is on its way.

        `part` is the first record of the member's part, which the history then has.
        """
        assert part.pager
        assert part.target
        room = part.part_of or ""
        crossing = Crossing(part.page_id, part.pager, part.target, Feature.WHISPER, part.switch)
        way = self._open(crossing, part)
        if isinstance(way, Refusal):
            return way
        leg, dial = way
        sent = SentMember(pager_leg, room, leg)
        live = self._sent[part.page_id] = self._live.follow(sent, part)
        if not self._live.find(room):  # the pager has hung up meanwhile
            self._live.over(live, sent.gone())
            return None
        mark = MemberMark(part.page_id, room, part.pager, part.target, pager_leg, part.switch)
        order = group.call(mark, (dial,), shown, MEMBER_RINGING)
        self._runner.spawn(lambda: self._call(order, live, sent))
        return None

    def _open(
        self, crossing: Crossing, part: PageRecord | None = None, shown: Mapping[str, str] | None = None
    ) -> tuple[str, str] | Refusal:
        """Keep a crossing; return the uuid of the leg that will lead there, and its dial string.

        `shown` are variables of that leg with what the pager's phone shows.
        """
        place = self._cluster.place(crossing.switch)
        if place is None:
            return Refusal(Reason.SWITCH_AWAY, switch=crossing.switch)
        token, leg = new_token(), str(uuid4())
        try:
            self._begin(token, crossing, date(self._clock), part)
        except (StoreError, Rejected) as error:
            _log.error("crossing.no_store", error=str(error))
            return Refusal(Reason.STORE_TROUBLE)
        variables = {
            caller.TOKEN: token,
            "origination_uuid": leg,
            "ignore_early_media": "true",
            "leg_progress_timeout": str(PROGRESS),
            "sofia_session_timeout": str(SESSION),
            "sip_update_refresher": "true",  # not by an INVITE, which would settle the codecs anew
            **(shown or {}),
        }
        return leg, dialstring.phone(place.dial, variables)

    def _call(self, order: ApiCall, live: LivePage, sent: SentMember) -> None:
        outcome = self._runner.call_slowly(order, MEMBER_RINGING)
        if outcome.status in (Status.REFUSED, Status.NOT_SENT) and not sent.over:
            sent.unanswered(outcome.cause or Refusal(Reason.NOT_ARRIVED).hangup_cause)
            self._live.over(live, sent.ending or Ending.UNANSWERED)

    def found(self, event: SentFound) -> None:
        """Follow a leg to a member on another switch that another controller has sent; never waits."""
        self.follow_member(event.mark)

    def follow_member(self, mark: MemberMark, *, entered: bool = False) -> None:
        """Follow a leg to a member on another switch; `entered`: it is in its room."""
        record = PageRecord(
            page_id=mark.part,
            switch=mark.switch,
            pager=mark.pager,
            target=mark.target,
            treatment=Treatment.WHISPER,  # if it is another one, the history has that
            started_at=date(self._clock),
            part_of=mark.room,
        )
        sent = SentMember(mark.pager_leg, mark.room, mark.leg, entered=entered)
        self._sent[mark.part] = self._live.follow(sent, record)

    def lead_to(self, switch: str) -> bool:
        """Whether pages go to the switch with this name."""
        return self._cluster.has(switch)

    def follow(self, record: PageRecord, pager_leg: str, trunk: str = "") -> None:
        """Follow a pager's leg whose call another controller has sent, by the leg `trunk`.

        If the attempt is over, the leg hears that, and is not followed.
        """
        if record.ended_at:
            return
        sent = Sent(pager_leg, trunk)
        live = self._sent[record.page_id] = self._live.follow(sent, record)
        there = self._runner.ask(api.uuid_exists(pager_leg))
        if there.done and there.text.strip() != "true" and not sent.over:  # it has ended before
            self._live.over(live, sent.gone())

    def resume(self, page_id: str, pager_leg: str, trunk: str, here: str) -> bool:
        """Follow a pager's leg that is in a page on another switch than `here`; False if it is in none.

        Raises StoreError.
        """
        if not self._cluster.has(here):
            return False
        record = self._attempt(page_id)
        if record is None or record.switch == here or not self.lead_to(record.switch):
            return False
        if record.treatment is Treatment.REFUSED or record.ending not in (None, Ending.LOST.value):
            return False  # it hears its refusal, or the end
        self.follow(replace(record, ended_at=None, ending=None), pager_leg, trunk)
        return True

    def settle(self) -> None:
        """Close the attempts whose pagers' legs have ended while there was no connection; never waits."""
        for page_id, live in tuple(self._sent.items()):
            if self._live.find(page_id) is None:
                ending = cast(Elsewhere, live.page).gone()
                self._end(ended(live.record, ending, live.now()), live)

    def ended(self, event: CrossingEnded) -> None:
        """Find out whether a call whose pager's leg has ended had arrived; never waits."""
        live = self._sent.get(event.record.page_id)
        if live and live.page.over:
            self._end(event.record, live)

    def page_ended(self, event: PageEnded) -> None:
        """Close the parts of a page to a page group that its maker did not come to send; never waits."""
        if event.record.treatment is Treatment.GROUP:
            self._runner.spawn(lambda: self._close_parts(event.record))

    def _close_parts(self, whole: PageRecord) -> None:
        ended_at, ending = whole.ended_at, Ending.PAGER_HUNG_UP.value
        for part in self._insist(partial(self._open_parts, whole.page_id)):
            sent = part.switch != whole.switch and part.page_id not in self._sent
            if sent and self._insist(partial(self._give_up, part.page_id)):
                self._events.publish(CrossingFailed(replace(part, ended_at=ended_at, ending=ending)))

    def _end(self, record: PageRecord, live: LivePage) -> None:
        del self._sent[record.page_id]
        self._runner.spawn(lambda: self._close(record, cast(Elsewhere, live.page)))

    def _close(self, record: PageRecord, sent: Elsewhere) -> None:
        """Write how a call has ended that has not arrived; of others the controllers there know it."""
        if not self._insist(partial(self._give_up, record.page_id)):
            return
        if known := self._insist(partial(self._attempt, record.page_id)):
            record = replace(record, treatment=known.treatment)
        if sent.refused:
            refused = Refusal(Reason.NOT_ARRIVED, sent.refused)
            record = replace(
                record,
                treatment=Treatment.REFUSED,
                reason=refused.reason.value,
                cause=refused.hangup_cause,
                ended_at=None,
                ending=None,
            )
            _log.warning("crossing.not_arrived", page=record.page_id, cause=sent.refused)
        elif sent.ending is Ending.LOST:
            ending = ending_in(record.treatment, Ending.PAGER_HUNG_UP)
            record = replace(record, ending=ending.value)
        self._events.publish(CrossingFailed(record))

    def _insist(self, ask: Callable[[], T]) -> T:
        """Ask the store until it answers. Few wait here: while it is away, no call is sent."""
        while True:
            try:
                return ask()
            except StoreError as error:
                _log.warning("crossing.no_store", error=str(error))
                self._clock.sleep(RETRY)
