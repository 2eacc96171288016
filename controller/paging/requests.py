"""Takes the requests of one switch, and carries out the decision on each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog
from gevent.lock import BoundedSemaphore
from gevent.pool import Pool
from structlog.contextvars import bound_contextvars

from controller.clock import REAL, Clock, date
from controller.domain.crossing import Arrival
from controller.domain.decision import Decision, Group, Intercom, Reverse, Whisper, of_member
from controller.domain.names import text_of
from controller.domain.record import PageRecord
from controller.domain.refusal import Reason, Refusal, of_the_pager
from controller.errors import Rejected, StoreError, SwitchError
from controller.eventsocket.events import Event
from controller.paging.claiming import CLAIMED, Claiming
from controller.paging.crossing import Crossings
from controller.paging.deciding import Decider
from controller.paging.events import Bus, PageRefused, RequestTaken
from controller.paging.following import Following
from controller.paging.group import GroupSetup
from controller.paging.intercom import IntercomSetup
from controller.paging.limits import Limits
from controller.paging.live import LivePages
from controller.paging.outlets import DialledMessages
from controller.paging.pages_off import PagesOff
from controller.paging.refusals import Refusals, refused
from controller.paging.request import Request, first_record, read
from controller.paging.setup import WhisperSetup
from controller.switch.identity import SwitchName
from controller.switch.runner import CommandRunner
from controller.switch.trust import NOBODY, Trust

#: Requests that are handled at the same time, and those that may wait; the dialplan refuses all others.
AT_ONCE, WAITING = 200, 2000
#: Seconds after which a request is no longer handled; the dialplan refuses it then.
PATIENCE = 4.0
#: Seconds after which the decision on a request is taken anew before a phone is rung.
AGED = 1.0
#: Seconds after which the store is asked again about a call that it could not say anything of.
LATER = (1, 2, 4, 8, 16, 32, 64)

_log = structlog.get_logger(__name__)


class Requests:
    """The requests of the switch `name`.

    `claim`, `attempt` and `accept` ask the store, as for Claiming.
    """

    def __init__(
        self,
        name: SwitchName,
        decider: Decider,
        limits: Limits,
        claim: Callable[[PageRecord], bool],
        attempt: Callable[[str], PageRecord | None],
        setup: WhisperSetup,
        calls: IntercomSetup,
        groups: GroupSetup,
        refusals: Refusals,
        runner: CommandRunner,
        live: LivePages,
        following: Following,
        pages_off: PagesOff,
        messages: DialledMessages,
        crossings: Crossings,
        accept: Callable[[str, str, str, datetime], Arrival | None],
        events: Bus,
        *,
        trust: Trust = NOBODY,
        clock: Clock = REAL,
    ) -> None:
        self._trust = trust
        self._name = name
        self._decider = decider
        self._limits = limits
        self._claiming = Claiming(claim, attempt, accept, runner, clock)
        self._attempt = attempt
        self._setup = setup
        self._calls = calls
        self._groups = groups
        self._refusals = refusals
        self._runner = runner
        self._live = live
        self._following = following
        self._pages_off = pages_off
        self._messages = messages
        self._crossings = crossings
        self._events = events
        self._clock = clock
        self._requests = Pool(WAITING)
        self._at_work = BoundedSemaphore(AT_ONCE)

    def drain(self, deadline: float) -> None:
        """Wait at most `deadline` seconds until every request is handled."""
        with self._clock.timeout(deadline, False):
            self._requests.join()

    def on_request(self, event: Event) -> None:
        """Take the event of a call that waits for a decision; called by the link, never waits."""
        if self._requests.full():
            _log.error("request.left_out", waiting=WAITING)  # the dialplan refuses it
        else:
            self._requests.spawn(self._take_in_turn, read(event, self._trust), self._clock.monotonic())

    def _take_in_turn(self, request: Request, arrived: float) -> None:
        with self._at_work, bound_contextvars(page=request.page_id):
            if self._clock.monotonic() - arrived >= PATIENCE:
                return
            if request.off:
                self._pages_off.take(request)
            elif request.message:
                self._messages.take(request, arrived)
            elif request.token:
                self._accept_call(request, arrived)
            else:
                self._take(request, arrived)

    def _take(self, request: Request, arrived: float) -> None:
        shut = None if request.click else self._limits.ask(request.pager)  # a click was counted when it rang
        if shut and shut.record:
            self._limits.again(shut)
            self._refusals.again(request.pager_leg, shut.refusal)
            return
        asked = date(self._clock)
        request, treatment = (request, shut.refusal) if shut else self._decide(request)
        record = first_record(request, treatment, treatment.switch or str(self._name), asked)
        if shut:
            shut.record = record  # before anything waits, so that the next attempt is counted here
        try:
            if not self._claiming.claim(record, request.pager_leg, arrived):
                if shut:
                    shut.ours = False
                self._follow(request)  # another controller has claimed it
                return
        except (StoreError, Rejected) as error:
            _log.error("claim.no_store", error=str(error))
            if self._claiming.taken(request.pager_leg):
                return
            treatment = Refusal(Reason.STORE_TROUBLE)
            record = replace(record, reason=None)  # the history does not have it yet
        if isinstance(treatment, Whisper | Intercom) and treatment.switch:
            if (refusal := self._crossings.send(request, treatment, record)) is None:
                return  # the page is made on the other switch, and is counted there
            treatment = refusal
        self._carry_out(request, treatment, record, arrived)

    def _accept_call(self, request: Request, arrived: float) -> None:
        """Take a call that another switch has sent, if its token counts."""
        try:
            arrival = self._ask_of(request, arrived)
        except (StoreError, Rejected) as error:
            if not self._claiming.taken(request.pager_leg):
                self._turn_away(request, error)
            return
        if arrival:
            self._take_arrived(request, arrival, arrived)
        else:
            self._take(request, arrived)

    def _ask_of(self, request: Request, arrived: float) -> Arrival | None:
        leg, now = request.pager_leg, date(self._clock)
        return self._claiming.accept(request.token, str(self._name), leg, now, arrived)

    def _turn_away(self, request: Request, error: StoreError | Rejected) -> None:
        """Refuse a call that another switch has sent, for want of a database."""
        _log.error("arrival.no_store", error=str(error))
        self._refusals.turn_away(request.pager_leg, Refusal(Reason.STORE_TROUBLE))
        self._requests.spawn(self._account_for, request)

    def _account_for(self, request: Request) -> None:
        """Tell the history of a call that was turned away for want of a database, once that answers."""
        for seconds in LATER:
            self._clock.sleep(seconds)
            try:
                arrival = self._ask_of(request, self._clock.monotonic())
                begun = self._attempt(arrival.crossing.page_id) if arrival else None
            except StoreError:
                continue
            except Rejected:
                return
            if begun:
                self._events.publish(PageRefused(refused(begun, Refusal(Reason.STORE_TROUBLE))))
            return

    def _take_arrived(self, request: Request, arrival: Arrival, arrived: float) -> None:
        """Make the page of a call that another switch has sent; its attempt is in the history already."""
        crossing = arrival.crossing
        request = replace(
            request,
            pager=crossing.pager,
            target=crossing.target,
            feature=crossing.feature,
            reverse=crossing.reverse,
            click=crossing.page_id,
        )
        with bound_contextvars(page=request.page_id):
            if arrival.over:
                self._refusals.turn_away(request.pager_leg, Refusal(Reason.CANCELLED))
                return
            if not arrival.ours:
                self._follow(request)
                return
            try:
                begun = self._claiming.begun(crossing.page_id, arrived)
            except (StoreError, Rejected) as error:
                self._turn_away(request, error)
                return
            request, treatment = self._decider.decide(request)
            part_of = begun.part_of if begun else None
            if part_of:
                treatment = of_member(treatment)
            if not isinstance(treatment, Refusal) and treatment.switch:
                treatment = Refusal(Reason.CALL_CHANGED)  # the target is not here any more
            since = begun.started_at if begun else date(self._clock)
            record = replace(first_record(request, treatment, str(self._name), since), part_of=part_of)
            self._carry_out(request, treatment, replace(record, reason=None, cause=None), arrived)

    def _carry_out(self, request: Request, treatment: Decision, record: PageRecord, arrived: float) -> None:
        if isinstance(treatment, Intercom) and request.pager and request.target:
            users, aged = (request.feature, request.pager), self._clock.monotonic() - arrived > AGED
            member = record.part_of is not None
            treatment = self._decider.now(*users, treatment, request.target, aged=aged, member=member)
            again = first_record(request, treatment, record.switch, record.started_at)
            record = replace(record, treatment=again.treatment)
        if isinstance(treatment, Whisper):
            refusal = self._setup.make(request, treatment, record, arrived)
            if refusal and isinstance(treatment, Reverse):
                refusal = replace(refusal, reason=of_the_pager(refusal.reason))
            treatment = refusal or treatment
        elif isinstance(treatment, Intercom):
            treatment = self._calls.make(request, treatment, record) or treatment
        elif isinstance(treatment, Group):
            treatment = self._groups.make(request, treatment, record, arrived) or treatment
        if isinstance(treatment, Refusal):
            self._refusals.refuse(request, treatment, record)
        self._tell(record, treatment, self._clock.monotonic() - arrived)

    def _decide(self, request: Request) -> tuple[Request, Decision]:
        if request.arrives:
            return request, Refusal(Reason.NOT_HANDED_OVER)
        request, treatment = self._decider.decide(request)
        if isinstance(treatment, Refusal) or request.target is None or self._limits.page(request.target):
            return request, treatment
        return request, Refusal(Reason.PAGED_TOO_OFTEN)

    def _tell(self, record: PageRecord, treatment: Decision, seconds: float) -> None:
        """Publish and log the result of a request, and the seconds it took."""
        if isinstance(treatment, Refusal):
            record = refused(record, treatment)
        waited = self._runner.waited
        self._events.publish(RequestTaken(record, seconds, seconds - waited))
        _log.info(
            "page.taken",
            page=record.page_id,
            pager=text_of(record.pager),
            target=record.called,
            treatment=type(treatment).__name__.lower(),
            reason=record.reason,
            own_ms=round(1000 * (seconds - waited), 1),
            switch_ms=round(1000 * waited, 1),
        )

    def _follow(self, request: Request) -> None:
        try:
            record = self._attempt(request.page_id)
            if record is None:  # a controller has shut the pager out, or another one is just claiming this
                self._clock.sleep(CLAIMED)
                record = self._attempt(request.page_id)
            if record is None:
                self._refusals.turn_away(request.pager_leg, Refusal(Reason.TOO_OFTEN))
            elif record.switch != str(self._name) and self._crossings.lead_to(record.switch):
                self._crossings.follow(record, request.pager_leg)
            elif record.ended_at is None and not self._live.find(record.page_id):
                self._following.attempt(record, request.pager_leg)
        except (StoreError, SwitchError) as error:
            _log.warning("page.not_followed", page=request.page_id, error=str(error))
