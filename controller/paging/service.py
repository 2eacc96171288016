"""Runs the feature against one switch: takes requests, makes pages, follows them to their end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from uuid import uuid4

import structlog
from gevent.pool import Pool

from controller.eventsocket.api import ApiCall, uuid_kill
from controller.eventsocket.events import Event
from controller.eventsocket.outcome import Outcome, Status
from controller.paging import dialling
from controller.paging.decider import Decider
from controller.paging.guard import Intercom, Whisper
from controller.paging.history import History
from controller.paging.page import Ending, IntercomCall, State, WhisperPage, bridged
from controller.paging.refusal import Reason, Refusal
from controller.paging.request import Request, read
from controller.paging.timed import TimedSwitch
from controller.store.naming import UserName
from controller.store.values import PageRecord, Treatment
from controller.switch import sequences
from controller.switch.pagelegs import PageMark
from controller.switch.sequences import Step

#: Requests that are worked on at once; what waits longer than its dialplan does hears reorder from there.
AT_ONCE = 200

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class Live:
    """A page or call that is going on, and what the history will say of it."""

    course: WhisperPage | IntercomCall
    record: PageRecord


class Service:
    """The feature, on one switch. `deadline` in seconds is for each call to the switch."""

    def __init__(
        self, switch: TimedSwitch, name: str, decider: Decider, history: History, deadline: float
    ) -> None:
        self._switch = switch
        self._name = name
        self._decider = decider
        self._history = history
        self._deadline = deadline
        self._by_leg: dict[str, Live] = {}
        self._work = Pool(AT_ONCE)

    def drain(self, deadline: float) -> None:
        """Wait until everything that was begun is done, for at most `deadline` seconds."""
        self._work.join(timeout=deadline)

    # -- events: called by the link, one at a time, and never waiting --------------------------------------

    def on_request(self, event: Event) -> None:
        """A call waits to be taken."""
        self._work.spawn(self._take, read(event), monotonic())

    def on_leg(self, event: Event) -> None:
        """Something happened to a leg; it matters if the leg is of a page."""
        uuids = {event.get("Unique-ID", "")}
        if event.name in ("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"):
            uuids |= bridged(event)
        for live in {self._by_leg[uuid] for uuid in uuids if uuid in self._by_leg}:
            self._observe(live, event)

    def _observe(self, live: Live, event: Event) -> None:
        for call in live.course.observe(event):
            self._work.spawn(self._call, call)
        if isinstance(live.course, IntercomCall):
            self._follow_call(live, live.course)
        elif live.course.state is State.ENDED:
            self._close(live)

    def _follow_call(self, live: Live, call: IntercomCall) -> None:
        if call.answered and live.record.answered_at is None:
            live.record = replace(live.record, answered_at=_now())
            self._history.keep(live.record)
            self._watch(live)
        if call.ending is not None:
            self._close(live)

    # -- taking a request ----------------------------------------------------------------------------------

    def _take(self, request: Request, arrived: float) -> None:
        treatment = self._decider.treatment(request)
        record = PageRecord(
            page_id=str(uuid4()),
            switch=self._name,
            pager=str(request.pager) if request.pager else None,
            target=str(request.target) if request.target else request.dialled,
            treatment=Treatment.REFUSED,
            started_at=_now(),
        )
        log = _log.bind(page=record.page_id, pager=record.pager, target=record.target)
        if isinstance(treatment, Whisper) and request.target:
            treatment = self._whisper(request, request.target, treatment, record) or treatment
        elif isinstance(treatment, Intercom) and request.target:
            treatment = self._intercom(request, request.target, treatment, record) or treatment
        if isinstance(treatment, Refusal):
            self._refuse(request, treatment, record)
        log.info(
            "page.taken",
            treatment=type(treatment).__name__.lower(),
            reason=treatment.reason.value if isinstance(treatment, Refusal) else None,
            own_ms=round(1000 * (monotonic() - arrived - self._switch.waited), 1),
            switch_ms=round(1000 * self._switch.waited, 1),
        )

    def _whisper(
        self, request: Request, target: UserName, treatment: Whisper, record: PageRecord
    ) -> Refusal | None:
        mark = PageMark(
            page=record.page_id,
            pager=str(request.pager),
            target=str(target),
            pager_leg=request.pager_leg,
            target_leg=treatment.leg.uuid,
            far_leg=treatment.far.uuid if treatment.far else "",
        )
        if mark.relay in self._by_leg:
            return Refusal(Reason.ALREADY_PAGED)
        page = WhisperPage(mark, treatment.leg.read_rate)
        live = Live(page, replace(record, treatment=Treatment.WHISPER))
        self._watch(live)
        failed = self._run(page.steps())
        if failed is None and page.state is State.UP:
            live.record = replace(live.record, answered_at=_now())
            self._history.keep(live.record)
            return None
        return self._abandon(live, page, failed)

    def _abandon(self, live: Live, page: WhisperPage, failed: tuple[Step, Outcome] | None) -> Refusal | None:
        """A page that could not be made: undo what there is of it, and say why."""
        step, outcome = failed or (None, None)
        if step is not None and step.name == "relay":
            # the relay's uuid may be another page's, so it may not be hung up by it; one that came to be
            # after all, and that nobody bridges, hangs itself up after a few seconds
            self._unwatch(live)
            return self._no_relay(outcome)
        for call in page.end(Ending.FAILED):
            self._call(call)
        if page.ending is Ending.PAGER_HUNG_UP:
            return None
        changed = page.ending is not Ending.FAILED or (step is not None and step.name in ("speak", "watch"))
        self._unwatch(live)
        return Refusal(Reason.CALL_CHANGED if changed else Reason.SWITCH_TROUBLE)

    def _no_relay(self, outcome: Outcome | None) -> Refusal:
        if outcome is None or outcome.status in (Status.NOT_SENT, Status.UNKNOWN):
            return Refusal(Reason.SWITCH_TROUBLE)
        if outcome.done:
            self._call(uuid_kill(outcome.text.removeprefix("+OK ").strip()))
            return Refusal(Reason.ALREADY_PAGED)
        return Refusal(Reason.CALL_CHANGED)

    def _intercom(
        self, request: Request, target: UserName, treatment: Intercom, record: PageRecord
    ) -> Refusal | None:
        dial = dialling.dial(treatment, target)
        if not dial:
            return Refusal(Reason.NOT_REGISTERED)
        kind = Treatment.INTERCOM if treatment.automatic else Treatment.CALL
        call = IntercomCall(
            request.pager_leg, record.page_id, sequences.call(request.pager_leg, record.page_id, dial)
        )
        live = Live(call, replace(record, treatment=kind))
        self._watch(live)
        if self._run(call.steps()):
            self._unwatch(live)
            return Refusal(Reason.SWITCH_TROUBLE)
        self._history.keep(live.record)
        return None

    def _refuse(self, request: Request, refusal: Refusal, record: PageRecord) -> None:
        cause = refusal.hangup_cause
        self._history.keep(
            replace(record, treatment=Treatment.REFUSED, reason=refusal.reason.value, cause=cause)
        )
        self._run(sequences.refuse(request.pager_leg, cause))

    # -- the switch ----------------------------------------------------------------------------------------

    def _run(self, steps: Iterable[Step]) -> tuple[Step, Outcome] | None:
        """Run steps until one fails; which, and what became of it."""
        for step in steps:
            ask = self._switch.bgapi if step.slow else self._switch.api
            outcome = ask(step.call, self._deadline)
            if not outcome.done or step.answer not in outcome.text:
                _log.warning("step.failed", step=step.name, status=outcome.status.value, answer=outcome.text)
                return step, outcome
        return None

    def _call(self, call: ApiCall) -> None:
        outcome = self._switch.api(call, self._deadline)
        if not outcome.done:
            _log.info("call.not_done", call=call.text, status=outcome.status.value, answer=outcome.text)

    # -- the pages that are up -----------------------------------------------------------------------------

    def adopt(self, mark: PageMark, rate: int) -> None:
        """Take over a page that is up, whoever made it."""
        record = PageRecord(
            page_id=mark.page,
            switch=self._name,
            pager=mark.pager,
            target=mark.target,
            treatment=Treatment.WHISPER,
            started_at=_now(),
            answered_at=_now(),
        )
        self._watch(Live(WhisperPage(mark, rate, up=True), record))
        _log.info("page.taken_over", page=mark.page, pager=mark.pager, target=mark.target)

    def forget(self) -> None:
        """The switch is out of sight: what is up there will be found again by its marks."""
        self._by_leg.clear()

    def _watch(self, live: Live) -> None:
        for uuid in live.course.legs:
            self._by_leg[uuid] = live

    def _unwatch(self, live: Live) -> None:
        for uuid in [uuid for uuid, each in self._by_leg.items() if each is live]:
            del self._by_leg[uuid]

    def _close(self, live: Live) -> None:
        self._unwatch(live)
        course = live.course
        if course.ending is None or live.record.ended_at is not None:
            return
        cause = course.cause if isinstance(course, IntercomCall) else None
        live.record = replace(live.record, ended_at=_now(), ending=course.ending.value, cause=cause or None)
        self._history.keep(live.record)
        _log.info("page.ended", page=live.record.page_id, ending=course.ending.value)


def _now() -> datetime:
    return datetime.now(UTC)
