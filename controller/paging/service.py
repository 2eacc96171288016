"""Runs the feature against one switch: takes requests, and makes of each what is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog
from gevent.lock import BoundedSemaphore
from gevent.pool import Pool
from structlog.contextvars import bound_contextvars

from controller.clock import date
from controller.domain.decision import Decision, Intercom, Whisper
from controller.domain.names import UserName
from controller.domain.record import Ending, PageRecord, Treatment
from controller.domain.refusal import Reason, Refusal
from controller.errors import Rejected, StoreError, SwitchError
from controller.eventsocket.events import Event
from controller.eventsocket.outcome import Status
from controller.paging import dialling
from controller.paging.blocks import Blocks
from controller.paging.board import Live
from controller.paging.following import Following
from controller.paging.history import History
from controller.paging.intercom import IntercomCall
from controller.paging.lamps import Lamps
from controller.paging.limits import Limits, ShutOut
from controller.paging.making import Maker
from controller.paging.off import Off
from controller.paging.orders import Orders
from controller.paging.page import WhisperPage
from controller.paging.post import Post
from controller.paging.request import Request, read
from controller.switch import caller
from controller.switch.keys import Key

#: Requests that are worked on at once, and those that may wait for that; the dialplan refuses any others.
AT_ONCE, WAITING = 200, 2000
#: Seconds after which a request is no longer taken: by then the dialplan refuses it.
PATIENCE = 4.0
#: Seconds in which another controller has claimed what it is about to.
CLAIMED = 0.3

_log = structlog.get_logger(__name__)


class Service:
    """The feature, on one switch. `digits` are the targets' keys. `show`: their phones show the page.

    `lamps`: keys of phones are told of it. Without `limits`, everybody may page as often as he likes.
    """

    def __init__(
        self,
        post: Post,
        history: History,
        blocks: Blocks,
        digits: Mapping[Key, str],
        *,
        limits: Limits | None = None,
        show: bool = False,
        lamps: bool = True,
    ) -> None:
        self._post = post
        self._clock = post.clock
        self._history = history
        self._blocks = blocks
        self._limits = limits or Limits(history.keep, clock=post.clock)
        self._requests = Pool(WAITING)
        self._at_work = BoundedSemaphore(AT_ONCE)
        self._orders = Orders(post.switch, post.deadline, post.clock)
        self.following = Following(
            post, history, self._orders, digits, lambda page: self.lamps.touch(page.mark.target)
        )
        self.board = self.following.board
        self.lamps = Lamps(post, self.board, blocks, on=lamps)
        self.off = Off(self._orders, self.board, blocks)
        self._maker = Maker(
            post.survey, self._orders, self.following, blocks, digits, show=show, clock=post.clock
        )
        blocks.tell(self._blocked)

    def drain(self, deadline: float) -> None:
        """Wait until everything that was begun is done, for at most `deadline` seconds."""
        until = self._clock.monotonic() + deadline
        with self._clock.timeout(deadline, False):
            self._requests.join()
        self._orders.drain(max(until - self._clock.monotonic(), 0))
        self.lamps.drain(max(until - self._clock.monotonic(), 0))

    def close(self) -> None:
        """Do nothing more; the pages stay as they are."""
        self.following.stop()
        self.lamps.stop()

    def on_request(self, event: Event) -> None:
        """A call waits to be taken; called by the link, and never waits."""
        if self._requests.full():
            _log.error("request.left_out", waiting=WAITING)  # the dialplan refuses it
        else:
            self._requests.spawn(self._take_in_turn, read(event), self._clock.monotonic())

    # -- what others than the switch ask for; all return at once, and the switch is told meanwhile --------

    def live(self) -> tuple[Live, ...]:
        """The pages and calls that are going on, the oldest first."""
        return self.board.all()

    def mute(self, target: UserName, on: bool | None) -> bool | None:
        """Mute or unmute the whisper page to this target; `on` None: the other of the two.

        The new state, or None if no page to it is up or there is nobody to be muted to.
        """
        pages = [page for page in self._pages_to(target) if page.mutable]
        if not pages:
            return None
        wanted = not pages[0].muted if on is None else on
        for page in pages:
            self._orders.post(page.mute(wanted), page.mark.page)
        self.lamps.touch(str(target))
        return wanted

    def stop(self, target: UserName) -> bool:
        """The target ends the whisper page to itself and keeps its call; False if there is none."""
        stopping = [page for page in self._pages_to(target) if not page.ending]
        for page in stopping:
            self._orders.post(page.end(Ending.STOPPED), page.mark.page)
        return bool(stopping)

    def end(self, page_id: str) -> bool:
        """End a page, an intercom or ordinary call, by its id; False if it is not going on here."""
        courses = [live.course for live in self.live() if live.record.page_id == page_id]
        for course in courses:
            self._orders.post(course.end(Ending.STOPPED), page_id)
        return bool(courses)

    def block(self, user: UserName, off: bool | None) -> bool:
        """Switch pages to this user off or on (None: the other), on every switch; whether they are off now.

        Off ends a whisper page that is up to the user. It is in SQL when this returns; raises StoreError.
        """
        return self._blocks.set(user, off)

    def _blocked(self, user: UserName) -> None:
        self.lamps.touch(str(user))
        if user in self._blocks:
            for page in self._pages_to(user):
                self._orders.post(page.end(Ending.BLOCKED), page.mark.page)

    def _pages_to(self, target: UserName) -> list[WhisperPage]:
        return [page for page in self.board.pages() if page.mark.target == str(target)]

    # -- taking a request ----------------------------------------------------------------------------------

    def _take_in_turn(self, request: Request, arrived: float) -> None:
        with self._at_work, bound_contextvars(page=request.page_id):
            if self._clock.monotonic() - arrived >= PATIENCE:
                return
            if request.off:
                self.off.take(request)
            else:
                self._take(request, arrived)

    def _take(self, request: Request, arrived: float) -> None:
        shut = None if request.click else self._limits.ask(request.pager)  # of a click that asked it already
        if shut and shut.record:
            self._refuse_again(request, shut)
            return
        asked = date(self._clock)
        treatment = shut.refusal if shut else self._decide(request)
        record = _record(request, treatment, self._post.name, asked)
        if shut:
            shut.record = record  # before anything waits, so that whoever comes next counts
        try:
            if not self._post.policies.claim(record):
                if shut:
                    shut.ours = False
                self._follow(request)  # another controller has it
                return
        except (StoreError, Rejected) as error:
            _log.error("claim.no_store", error=str(error))
            treatment = Refusal(Reason.STORE_TROUBLE)
            record = replace(record, reason=None)  # so far nobody has kept a word of it
        if isinstance(treatment, Whisper) and request.target:
            refusal = self._maker.make(request, request.target, treatment, record, arrived)
            treatment = refusal or treatment
            self.lamps.touch(record.target)
        elif isinstance(treatment, Intercom) and request.target:
            treatment = self._intercom(request, request.target, treatment, record) or treatment
        if isinstance(treatment, Refusal):
            self._refuse(request, treatment, record)
        self._tell(record, treatment, self._clock.monotonic() - arrived)

    def _decide(self, request: Request) -> Decision:
        treatment = self._post.decider.decide(request)
        if isinstance(treatment, Refusal) or request.target is None or self._limits.page(request.target):
            return treatment
        return Refusal(Reason.PAGED_TOO_OFTEN)

    def _refuse_again(self, request: Request, shut: ShutOut) -> None:
        """Refuse a pager that is shut out and has its row; another controller may do the same."""
        self._limits.again(shut)
        self._orders.run(caller.refuse(request.pager_leg, shut.refusal.hangup_cause))
        self._post.switch.meters.repeated(shut.refusal.reason)

    def _tell(self, record: PageRecord, treatment: Decision, seconds: float) -> None:
        """Count and log what became of a request, after so many seconds."""
        if isinstance(treatment, Refusal):
            record = _refused(record, treatment)
        meters, waited = self._post.switch.meters, self._post.switch.waited
        meters.attempted(record)
        meters.taken.observe(seconds)
        meters.own.observe(seconds - waited)
        _log.info(
            "page.taken",
            page=record.page_id,
            pager=record.pager,
            target=record.target,
            treatment=type(treatment).__name__.lower(),
            reason=record.reason,
            own_ms=round(1000 * (seconds - waited), 1),
            switch_ms=round(1000 * waited, 1),
        )

    def _follow(self, request: Request) -> None:
        try:
            record = self._post.policies.attempt(request.page_id)
            if record is None:  # one has shut the pager out: had it asked before that, it is being claimed
                self._clock.sleep(CLAIMED)
                record = self._post.policies.attempt(request.page_id)
            if record is None:
                self._orders.run(caller.refuse(request.pager_leg, Refusal(Reason.TOO_OFTEN).hangup_cause))
            elif record.ended_at is None and not self.following.has(record.page_id):
                self.following.attempt(record, request.pager_leg)
        except (StoreError, SwitchError) as error:
            _log.warning("page.not_followed", page=request.page_id, error=str(error))

    def _intercom(
        self, request: Request, target: UserName, treatment: Intercom, record: PageRecord
    ) -> Refusal | None:
        dial = dialling.dial(treatment, target)
        if not dial:
            return Refusal(Reason.NOT_REGISTERED)
        steps = caller.call(request.pager_leg, record.page_id, dial)
        call = IntercomCall(request.pager_leg, record.page_id, steps)
        live = self.board.follow(call, record)
        if self._orders.run(call.steps()):
            self.board.drop(live)
            return Refusal(Reason.SWITCH_TROUBLE)
        return None

    def _refuse(self, request: Request, refusal: Refusal, record: PageRecord) -> None:
        failed = self._orders.run(caller.refuse(request.pager_leg, refusal.hangup_cause))
        if record.reason is not None:
            return  # claimed as refused
        if failed and failed[1].status is Status.NOT_SENT:
            return  # what became of it is looked at when the switch is in sight again
        self._history.keep(_refused(record, refusal))


def _refused(record: PageRecord, refusal: Refusal) -> PageRecord:
    reason, cause = refusal.reason.value, refusal.hangup_cause
    return replace(record, treatment=Treatment.REFUSED, reason=reason, cause=cause)


def _record(request: Request, decided: Decision, switch: str, asked: datetime) -> PageRecord:
    """The first word on an attempt; its id is the same, whoever takes it."""
    treatment, refusal = Treatment.REFUSED, decided if isinstance(decided, Refusal) else None
    if isinstance(decided, Whisper):
        treatment = Treatment.WHISPER
    elif isinstance(decided, Intercom):
        treatment = Treatment.INTERCOM if decided.automatic else Treatment.CALL
    return PageRecord(
        page_id=request.page_id,
        switch=switch,
        pager=str(request.pager) if request.pager else None,
        target=str(request.target) if request.target else request.dialled,
        treatment=treatment,
        started_at=asked,
        reason=refusal.reason.value if refusal else None,
        cause=refusal.hangup_cause if refusal else None,
    )
