"""Refuses pagers: what they hear, and who is told of it."""

from __future__ import annotations

from dataclasses import replace

from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Refusal
from controller.eventsocket.outcome import Status
from controller.paging.call_backs import CallBacks
from controller.paging.events import Bus, PageRefused, RefusedAgain
from controller.paging.request import Request
from controller.switch import caller
from controller.switch.runner import CommandRunner


class Refusals:
    """Refuses the pagers of one switch. Each hears the reorder tone, and its phone gets the cause."""

    def __init__(self, runner: CommandRunner, call_backs: CallBacks, events: Bus) -> None:
        self._runner = runner
        self._call_backs = call_backs
        self._events = events

    def refuse(self, request: Request, refusal: Refusal, record: PageRecord) -> None:
        """Refuse a request, with an offer to call back if that is possible.

        It is published if `record`, which the history has, is not of a refusal.
        """
        offer = self._call_backs.offer(request, refusal)
        failed = self._runner.run(caller.refuse(request.pager_leg, refusal.hangup_cause, offer))
        if record.reason is not None:
            return
        if failed and failed[1].status is Status.NOT_SENT:
            return  # its result is found out when the switch is connected again
        self._events.publish(PageRefused(refused(record, refusal)))

    def again(self, pager_leg: str, refusal: Refusal) -> None:
        """Refuse a pager that is shut out and has its row; another controller may refuse it as well."""
        self.turn_away(pager_leg, refusal)
        self._events.publish(RefusedAgain(refusal.reason))

    def turn_away(self, pager_leg: str, refusal: Refusal) -> None:
        """Refuse a pager whose attempt has a row already, or gets none."""
        self._runner.run(caller.refuse(pager_leg, refusal.hangup_cause))


def refused(record: PageRecord, refusal: Refusal) -> PageRecord:
    """The record of the same attempt as a refusal."""
    reason, cause = refusal.reason.value, refusal.hangup_cause
    return replace(record, treatment=Treatment.REFUSED, reason=reason, cause=cause)
