"""Sends messages to targets on one switch: into a call as a whisper, to an idle phone as an intercom call.

It is decided as a page is. Its sender is a user, or a name that a program sends by; the directory of the
switch need not know it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid4, uuid5

import structlog
from structlog.contextvars import bound_contextvars

from controller.clock import REAL, Clock, date
from controller.domain.decision import ForOne, Intercom, Whisper, for_one
from controller.domain.message import Message
from controller.domain.names import UserName, text_of
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason, Refusal
from controller.errors import Rejected, SpeechError, StoreError
from controller.paging.announcing import Announcements
from controller.paging.deciding import Decider
from controller.paging.events import Bus, PageRefused, RefusedAgain, RequestTaken
from controller.paging.limits import Limits
from controller.paging.live import LivePages
from controller.paging.setup import WhisperSetup
from controller.paging.sounds import Sounds
from controller.speech import LONGEST
from controller.switch.identity import SwitchName
from controller.switch.runner import CommandRunner

#: Seconds in which a message comes up that another controller sends.
TAKEN = 1.0
#: Seconds after a message was asked for in which the decision on it counts. Later it is taken anew.
AGED = 0.5

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sending:
    """A message to be sent to one target.

    `sender` is None if nobody was authenticated, `target` if what was dialled is not an extension, and
    `message` if there is none. `dialled` is what was dialled, for people to read. `page_id` is given if
    several controllers may send it, and else empty. `patience` in seconds is for a text that is not spoken
    yet.
    `counted`: it was counted on another switch.
    """

    sender: UserName | None
    target: UserName | None
    message: Message | None
    dialled: str = ""
    page_id: str = ""
    patience: float = 2 * LONGEST
    counted: bool = False


def message_id(leg: str) -> str:
    """The id of the message that is sent from this leg, the same on every controller."""
    return str(uuid5(NAMESPACE_URL, f"whisperpage:message:{leg}"))


class Messages:
    """The messages on the switch `name`; `claim` writes the first record of one."""

    def __init__(
        self,
        name: SwitchName,
        decider: Decider,
        limits: Limits,
        claim: Callable[[PageRecord], bool],
        setup: WhisperSetup,
        runner: CommandRunner,
        live: LivePages,
        announcements: Announcements,
        sounds: Sounds,
        events: Bus,
        *,
        clock: Clock = REAL,
    ) -> None:
        self._name = name
        self._decider = decider
        self._limits = limits
        self._claim = claim
        self._setup = setup
        self._runner = runner
        self._live = live
        self._announcements = announcements
        self._sounds = sounds
        self._events = events
        self._clock = clock

    def send(self, sending: Sending) -> PageRecord | str | None:
        """Have a target hear a message; return the record of what has become of it by now.

        Or the name of another switch, if it must be sent there. None if another controller sends it.
        """
        arrived, waited = self._clock.monotonic(), self._runner.waited
        shut = None if sending.counted else self._limits.ask(sending.sender)
        if shut and shut.record:
            self._limits.again(shut)
            self._events.publish(RefusedAgain(shut.refusal.reason))
            return shut.record
        record = self._record(sending)
        with bound_contextvars(page=record.page_id):
            treatment: ForOne
            record, treatment = (record, shut.refusal) if shut else self._decide(record, sending.message)
            if treatment.switch and not isinstance(treatment, Refusal):
                if not sending.counted:
                    return treatment.switch
                treatment = Refusal(Reason.CALL_CHANGED)  # it has left this switch meanwhile
            record = _treated(record, treatment)
            if shut:
                shut.record = record
            record, claimed = self._claimed(sending, record, treatment)
            if claimed is None and sending.page_id:
                return None
            # without an id that others know, another controller can only have shut the sender out
            treatment = claimed or Refusal(Reason.TOO_OFTEN)
            record = self._carry_out(sending, record, treatment, arrived)
            seconds = self._clock.monotonic() - arrived
            self._events.publish(RequestTaken(record, seconds, seconds - (self._runner.waited - waited)))
            _log.info(
                "message.sent",
                sender=text_of(record.pager),
                target=record.called,
                treatment=record.treatment,
                reason=record.reason,
            )
        return record

    def refuse(self, sending: Sending, refusal: Refusal) -> PageRecord | None:
        """Note that a message is refused; None if another controller has done so."""
        record, refused = self._claimed(sending, _treated(self._record(sending), refusal), refusal)
        if refused is None and sending.page_id:
            return None
        self._events.publish(RequestTaken(record, 0.0, 0.0))
        return record

    def stop(self) -> None:
        """Stop following the phones that ring; the switch goes on."""
        self._announcements.stop()

    def _record(self, sending: Sending) -> PageRecord:
        return PageRecord(
            page_id=sending.page_id or str(uuid4()),
            switch=str(self._name),
            pager=sending.sender,
            target=sending.target,
            treatment=Treatment.REFUSED,
            started_at=date(self._clock),
            dialled="" if sending.target else sending.dialled,
            message=sending.message.name if sending.message else "",
        )

    def _decide(self, record: PageRecord, message: Message | None) -> tuple[PageRecord, ForOne]:
        """The record, with its target's own name in place of an alias, and the decision on it."""
        if record.pager is None:
            return record, Refusal(Reason.NOT_AUTHENTICATED)
        if record.target is None:
            return record, Refusal(Reason.MALFORMED)
        judgement = self._decider.judge(Feature.WHISPER, record.pager, record.target, pager_known=True)
        decision, target = for_one(judgement.decision), judgement.target or record.target
        record = replace(record, target=target)
        if isinstance(decision, Refusal) or decision.switch:
            return record, decision
        if message is None:
            return record, Refusal(Reason.NO_MESSAGE)
        return record, decision if self._limits.page(target) else Refusal(Reason.PAGED_TOO_OFTEN)

    def _claimed(
        self, sending: Sending, record: PageRecord, treatment: ForOne
    ) -> tuple[PageRecord, ForOne | None]:
        """Write the first record, without which there is no message; None if another controller has."""
        try:
            return record, treatment if self._claim(record) else None
        except (StoreError, Rejected) as error:
            _log.error("claim.no_store", error=str(error))
            if sending.page_id and self._live.comes_up(record.page_id, TAKEN):
                return record, None  # the database of another controller answers
            return replace(record, reason=None), Refusal(Reason.STORE_TROUBLE)

    def _carry_out(
        self, sending: Sending, record: PageRecord, treatment: ForOne, arrived: float
    ) -> PageRecord:
        """Do as is decided when the text is spoken; the record of what has become of it."""
        if not isinstance(treatment, Refusal):
            assert sending.message  # or the decision would have been a refusal
            try:
                sound = self._sounds.of(sending.message, sending.patience)
            except (SpeechError, Rejected) as error:
                _log.error("message.unspoken", message=sending.message.name, error=str(error))
                treatment = Refusal(Reason.NOT_SPOKEN)
            else:
                treatment = self._now(record, treatment, arrived)
                if not isinstance(treatment, Refusal):
                    record = _treated(record, treatment)
                treatment = self._make(sound, treatment, record, arrived) or treatment
        if isinstance(treatment, Refusal) and record.reason is None:
            record = _treated(record, treatment)
            self._events.publish(PageRefused(record))
        return record

    def _now(self, record: PageRecord, treatment: ForOne, arrived: float) -> ForOne:
        """The decision as it is now: to speak a text for the first time takes seconds."""
        assert record.pager  # or the decision would have been a refusal
        assert record.target
        aged = self._clock.monotonic() - arrived > AGED
        return self._decider.now(Feature.WHISPER, record.pager, treatment, record.target, aged=aged)

    def _make(self, sound: str, treatment: ForOne, record: PageRecord, arrived: float) -> Refusal | None:
        if isinstance(treatment, Whisper):
            return self._tell(sound, treatment, record, arrived)
        if isinstance(treatment, Intercom):
            return self._announcements.call(sound, treatment, record)
        return None

    def _tell(self, sound: str, treatment: Whisper, record: PageRecord, arrived: float) -> Refusal | None:
        refusal = self._setup.tell(sound, treatment, record, arrived)
        if refusal is None and not self._live.find(record.page_id):
            # if it comes up, it is found by its event; else it is closed (unended.py)
            _log.warning("message.unknown", page=record.page_id, target=record.called)
        return refusal


def _treated(record: PageRecord, decision: ForOne) -> PageRecord:
    """The record with a decision on it."""
    if isinstance(decision, Refusal):
        reason, cause = decision.reason.value, decision.hangup_cause
        return replace(record, treatment=Treatment.REFUSED, reason=reason, cause=cause)
    if isinstance(decision, Whisper):
        return replace(record, treatment=Treatment.WHISPER)
    return replace(record, treatment=Treatment.INTERCOM if decision.automatic else Treatment.CALL)
