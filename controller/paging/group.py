"""Makes pages to page groups: the pager's room first, then the parts of all members at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from uuid import NAMESPACE_URL, uuid4, uuid5

import structlog
from gevent.pool import Group as Greenlets
from gevent.pool import Pool
from structlog.contextvars import bound_contextvars

from controller.clock import REAL, Clock
from controller.domain.decision import ForOne, Group, Intercom, Whisper
from controller.domain.names import UserName
from controller.domain.page_group import MOST
from controller.domain.record import Ending, PageRecord, Treatment
from controller.domain.refusal import Reason, Refusal
from controller.errors import StoreError, SwitchError
from controller.eventsocket.outcome import Status
from controller.paging import dialling
from controller.paging.crossing import MEMBER_RINGING, Crossings
from controller.paging.dialling import RINGING
from controller.paging.events import Bus, CrossingEnded, PageEnded, PageRefused, PartBegun
from controller.paging.group_page import GroupPage
from controller.paging.limits import Limits
from controller.paging.live import LivePages
from controller.paging.member_call import MemberCall
from controller.paging.members import MemberVerdicts
from controller.paging.request import Request
from controller.paging.setup import WhisperSetup
from controller.switch import group
from controller.switch.queries import SwitchQueries
from controller.switch.runner import CommandRunner
from controller.switch.wide import RATES

#: Members that are reached at the same time: each costs the switch two commands that run in threads.
AT_ONCE = 16
#: Seconds after which a member is judged anew before it is reached: its call may have been held, or be in a
#: conference by then, which the tables of legs do not tell.
AGED = 2.0
#: Seconds after which each part of a page that another controller makes is known here, or will never be: some
#: are seen only as their legs enter the room, after they have rung or the decline window is over.
KNOWN = MEMBER_RINGING

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Page:
    """A request that came at `arrived`, and the first record of the page.

    `judged` is when its members were first judged (`Clock.monotonic`). `shown` is what their phones show, and
    `room_rate` is the rate of the room in Hz.
    """

    request: Request
    record: PageRecord
    shown: Mapping[str, str]
    arrived: float
    judged: float
    room_rate: int


class GroupSetup:
    """Makes pages to page groups.

    `setup` makes the parts of members that are on a call, and `crossings` brings the pager to members on
    other switches.
    """

    def __init__(
        self,
        verdicts: MemberVerdicts,
        limits: Limits,
        setup: WhisperSetup,
        crossings: Crossings,
        queries: SwitchQueries,
        runner: CommandRunner,
        live: LivePages,
        events: Bus,
        clock: Clock = REAL,
    ) -> None:
        self._verdicts = verdicts
        self._limits = limits
        self._setup = setup
        self._crossings = crossings
        self._queries = queries
        self._runner = runner
        self._live = live
        self._events = events
        self._clock = clock
        self._making: set[str] = set()
        self._made: set[str] = set()
        self._looks = Greenlets()

    def subscribe(self, events: Bus) -> None:
        """Subscribe to the ends of parts."""
        events.subscribe(PageEnded, self.ended)
        events.subscribe(CrossingEnded, self.ended)

    def make(self, request: Request, asked: Group, record: PageRecord, arrived: float) -> Refusal | None:
        """Make a page for a request that came at `arrived`; None once every member was tried.

        None as well if the pager has hung up meanwhile. Members that are left out have their refusals in
        the history.
        """
        assert request.pager  # or the decision would have been a refusal
        try:
            began = self._clock.monotonic()
            verdicts = self._judge(request.pager, asked.members)
            self._runner.count_waiting(self._clock.monotonic() - began)
            shown = dialling.shown(self._queries.caller_id(request.pager), request.pager, "origination")
            page = _Page(request, record, shown, arrived, began, self._room_rate(verdicts.values()))
        except (StoreError, SwitchError) as error:
            return _trouble(error)
        reached: dict[UserName, Whisper | Intercom] = {}
        for member, verdict in verdicts.items():
            if isinstance(verdict, Refusal):
                self._events.publish(PageRefused(_part(record, member, verdict)))
            else:
                reached[member] = verdict
        if not reached:
            return Refusal(Reason.NOBODY_REACHED)
        return self._gather(page, record, reached)

    def ended(self, event: PageEnded | CrossingEnded) -> None:
        """End a page whose last part has ended; never waits."""
        self._made.discard(event.record.page_id)
        if event.record.part_of and event.record.part_of not in self._making:
            self._end_if_alone(event.record.part_of)

    def stop(self) -> None:
        """Cancel the looks at pages that are still to come, and forget which were made here."""
        self._made.clear()
        self._looks.kill(block=False)

    def _judge(self, pager: UserName, members: tuple[UserName, ...]) -> dict[UserName, ForOne]:
        """What becomes of each member. Raises StoreError, SwitchError."""
        verdicts: dict[UserName, ForOne] = dict(self._verdicts.of(pager, members[:MOST]))
        for member, verdict in verdicts.items():
            if not isinstance(verdict, Refusal) and not self._limits.page(member):
                verdicts[member] = Refusal(Reason.PAGED_TOO_OFTEN)
        return dict.fromkeys(members[MOST:], Refusal(Reason.GROUP_FULL)) | verdicts

    def _room_rate(self, verdicts: Iterable[ForOne]) -> int:
        """The rate of the room in Hz, if a member on a call here could hear more than 8 kHz; else 0."""
        here = (each for each in verdicts if isinstance(each, Whisper) and not each.switch)
        return self._queries.room_rate() if any(each.leg.read_rate >= min(RATES) for each in here) else 0

    def _gather(
        self, asked: _Page, record: PageRecord, reached: Mapping[UserName, Whisper | Intercom]
    ) -> Refusal | None:
        page = GroupPage(asked.request.pager_leg, record.page_id)
        live = self._live.follow(page, record, being_made=True)
        self._making.add(record.page_id)
        try:
            failed = self._runner.run(page.steps())
            if failed or page.ending:
                self._live.drop(live)
                if page.ending is not Ending.PAGER_HUNG_UP:
                    return Refusal(Reason.SWITCH_TROUBLE)
                self._live.over(live, page.ending)
                return None
            self._live.up(live)
            self._made.add(record.page_id)
            began, pool = self._clock.monotonic(), Pool(AT_ONCE)
            for member, verdict in reached.items():
                pool.spawn(copy_context().run, self._reach, asked, member, verdict)
            pool.join()
            self._runner.count_waiting(self._clock.monotonic() - began)
        finally:
            self._making.discard(record.page_id)
        self._end_if_alone(record.page_id)
        return None

    def _reach(self, page: _Page, member: UserName, verdict: ForOne) -> None:
        """Reach one member, unless the page is over already."""
        if not self._live.find(page.record.page_id):
            return
        verdict = self._now(page, member, verdict)
        part = _part(page.record, member, verdict)
        with bound_contextvars(page=part.page_id):
            refusal: Refusal | None
            if isinstance(verdict, Refusal):
                refusal = verdict
            elif verdict.switch:
                refusal = self._crossings.send_member(page.request.pager_leg, part, page.shown)
            else:
                self._events.publish(PartBegun(part))
                refusal = self._reach_here(page, part, verdict)
            if refusal:
                _log.info("part.refused", target=part.called, reason=refusal.reason.value)
                self._events.publish(PageRefused(_refused(part, refusal)))

    def _now(self, page: _Page, member: UserName, verdict: ForOne) -> ForOne:
        """The verdict on a member at the moment when it is reached."""
        assert page.request.pager
        aged = self._clock.monotonic() - page.judged > AGED
        try:
            return self._verdicts.now(page.request.pager, member, verdict, aged=aged)
        except (StoreError, SwitchError) as error:
            return _trouble(error)

    def _reach_here(self, page: _Page, part: PageRecord, verdict: Whisper | Intercom) -> Refusal | None:
        if isinstance(verdict, Whisper):
            request = replace(page.request, target=part.target, click=part.page_id, arrives=False)
            return self._setup.make(request, verdict, part, page.arrived, page.room_rate)
        return self._call(page.request, part, verdict, page.shown)

    def _call(
        self, request: Request, part: PageRecord, verdict: Intercom, shown: Mapping[str, str]
    ) -> Refusal | None:
        """Call a member's phones; what comes of it is known later."""
        assert request.pager
        assert part.target
        devices = {str(uuid4()): device for device in verdict.groups[0]}
        phones = {
            leg: dialled
            for leg, device in devices.items()
            if (dialled := dialling.phone(device, part.target, {"origination_uuid": leg}))
        }
        if not phones:
            return Refusal(Reason.NOT_REGISTERED)
        room = part.part_of or ""
        mark = group.MemberMark(part.page_id, room, request.pager, part.target, request.pager_leg)
        call = MemberCall(request.pager_leg, room, phones)
        live = self._live.follow(call, part)
        order = group.call(mark, tuple(phones.values()), shown, RINGING)

        def ring() -> None:
            outcome = self._runner.call_slowly(order, RINGING)
            if outcome.status in (Status.REFUSED, Status.NOT_SENT) and not call.over:
                call.unanswered(outcome.cause)
                self._live.over(live, call.ending or Ending.UNANSWERED)

        self._runner.spawn(ring)
        return None

    def _end_if_alone(self, page_id: str) -> None:
        live = self._live.find(page_id)
        if live is None or self._live.parts(page_id):
            return
        wait = 0.0 if page_id in self._made else KNOWN - live.age
        if wait > 0:
            self._looks.add(self._clock.later(wait, partial(self._end_if_alone, page_id)))
        else:
            self._live.end(live, Ending.TARGET_HUNG_UP)


def _trouble(error: StoreError | SwitchError) -> Refusal:
    """The refusal for what cannot be asked of the database or of the switch."""
    if isinstance(error, StoreError):
        _log.error("group.no_store", error=str(error))
        return Refusal(Reason.STORE_TROUBLE)
    _log.error("group.no_switch", error=str(error))
    return Refusal(Reason.SWITCH_TROUBLE)


def _part(record: PageRecord, member: UserName, verdict: ForOne) -> PageRecord:
    """The first record of a member's part; its id is the same on every controller."""
    part = replace(
        record,
        page_id=str(uuid5(NAMESPACE_URL, f"whisperpage:part:{record.page_id}:{member}")),
        switch=verdict.switch or record.switch,
        target=member,
        treatment=Treatment.WHISPER if isinstance(verdict, Whisper) else Treatment.INTERCOM,
        part_of=record.page_id,
    )
    return _refused(part, verdict) if isinstance(verdict, Refusal) else part


def _refused(record: PageRecord, refusal: Refusal) -> PageRecord:
    reason, cause = refusal.reason.value, refusal.hangup_cause
    return replace(record, treatment=Treatment.REFUSED, reason=reason, cause=cause)
