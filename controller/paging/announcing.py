"""Messages to idle targets: their phones ring, and the one that is answered plays the sound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from uuid import uuid4

import structlog
from gevent.pool import Group

from controller.domain.decision import Intercom
from controller.domain.record import Ending, PageRecord
from controller.domain.refusal import Reason, Refusal
from controller.eventsocket import api
from controller.eventsocket.outcome import Outcome, Status
from controller.paging import dialling
from controller.paging.deciding import Decider
from controller.paging.live import LivePage, LivePages
from controller.paging.message import MessageCall
from controller.paging.replies import Replies
from controller.switch import keys
from controller.switch.keys import Key
from controller.switch.pagelegs import PREFIX, into
from controller.switch.queries import Switch
from controller.switch.runner import CommandRunner

#: Seconds that the target's phones ring; desk phones first, then the others.
RINGING = 20
#: The variable of the leg of an idle target: the message's id.
MESSAGE = PREFIX + "message"

_log = structlog.get_logger(__name__)


class Announcements:
    """Calls the phones of one switch; `deadline` in seconds is the limit for each call to it.

    `digits` are the targets' keys. `decider` knows what they do since a decision.
    """

    def __init__(
        self,
        switch: Switch,
        deadline: float,
        runner: CommandRunner,
        live: LivePages,
        replies: Replies,
        digits: Mapping[Key, str],
        decider: Decider,
    ) -> None:
        self._switch = switch
        self._deadline = deadline
        self._runner = runner
        self._live = live
        self._replies = replies
        self._digits = {Key.END: digits[Key.END]} if Key.END in digits else {}
        self._decider = decider
        self._ringing = Group()

    def call(self, sound: str, treatment: Intercom, record: PageRecord) -> Refusal | None:
        """Call the target of a record; what comes of it is known later."""
        assert record.pager
        assert record.target
        dialled: list[dict[str, str]] = []
        for group in treatment.groups:
            legs = {str(uuid4()): device for device in group}
            phones = {
                leg: dialling.phone(device, record.target, {"origination_uuid": leg})
                for leg, device in legs.items()
            }
            if rung := {leg: phone for leg, phone in phones.items() if phone}:
                dialled.append(rung)
        if not dialled:
            return Refusal(Reason.NOT_REGISTERED)
        replies = self._replies.of(record.target)
        ours = [leg for each in dialled for leg in each]
        taken = partial(self._decider.taken, treatment, record.target, ours)
        if taken():
            return Refusal(Reason.CALL_CHANGED)
        call = MessageCall(ours)
        call.offer(replies)
        live = self._live.follow(call, record)
        variables = {
            MESSAGE: record.page_id,
            PREFIX + "pager": str(record.pager),
            PREFIX + "target": str(record.target),
            PREFIX + "sound": sound,
            PREFIX + "bind": keys.words(self._digits, replies) or "none",
            "origination_caller_id_name": f"Message from {record.pager.extension}",
            "origination_caller_id_number": record.pager.extension,
            "ignore_early_media": "true",  # else an announcement counts as an answer (switch_ivr_originate.c)
            "originate_timeout": str(RINGING),
        }
        self._ringing.spawn(self._ring, live, call, dialled, variables, taken)
        return None

    def stop(self) -> None:
        """Stop following the phones that ring; the switch goes on."""
        self._ringing.kill()

    def _ring(
        self,
        live: LivePage,
        call: MessageCall,
        dialled: Sequence[Mapping[str, str]],
        variables: Mapping[str, str],
        taken: Callable[[], bool],
    ) -> None:
        """Ring one group of phones after the other, until one is answered or the target has taken a call."""
        outcome = Outcome(Status.NOT_SENT, "")
        for phones in dialled:
            order = api.ring(list(phones.values()), into("announce"), variables)
            outcome = self._switch.bgapi(order, RINGING + self._deadline)
            if call.over:
                return  # events have told its end before the answer came
            if outcome.done:
                call.answered_on(next((leg for leg in phones if leg in outcome.text), ""))
                if call.over:
                    self._live.over(live, call.ending or Ending.TARGET_HUNG_UP)
                return
            if call.ending or outcome.status is not Status.REFUSED or taken():
                break
        if outcome.status is Status.UNKNOWN and call.up:
            return  # events have told what the answer would
        if outcome.status is Status.UNKNOWN and not self._hung_up(call.legs):
            self._live.drop(live)  # if it comes up, it is found by its event; else it is closed (unended.py)
            _log.warning("message.unknown", page=live.record.page_id, target=live.record.called)
            return
        call.cause = outcome.cause
        self._live.over(live, call.ending or Ending.UNANSWERED)

    def _hung_up(self, legs: Sequence[str]) -> bool:
        """Hang up legs; whether the switch has said that none of them is there any more."""
        told = [self._runner.ask(api.uuid_kill(leg)).status for leg in legs]
        return all(each in (Status.DONE, Status.REFUSED) for each in told)
