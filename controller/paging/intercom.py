"""Starts intercom and ordinary calls on one switch; from then on the switch runs them by itself."""

from __future__ import annotations

from controller.domain.decision import Intercom
from controller.domain.record import Ending, PageRecord
from controller.domain.refusal import Reason, Refusal
from controller.paging import dialling
from controller.paging.call import IntercomCall
from controller.paging.live import LivePages
from controller.paging.request import Request
from controller.switch import caller
from controller.switch.runner import CommandRunner


class IntercomSetup:
    """Starts the calls."""

    def __init__(self, runner: CommandRunner, live: LivePages) -> None:
        self._runner = runner
        self._live = live

    def make(self, request: Request, treatment: Intercom, record: PageRecord) -> Refusal | None:
        """Start the call of a request, and follow it; None once it is on its way.

        If it is a part of a page to a page group, the phone is called only for RINGING seconds.
        """
        assert request.target  # or the decision would have been a refusal
        more = {"leg_timeout": str(dialling.RINGING)} if record.part_of else {}
        dial = dialling.dial(treatment, request.target, more)
        if not dial:
            return Refusal(Reason.NOT_REGISTERED)
        steps = caller.call(request.pager_leg, record.page_id, dial)
        call = IntercomCall(request.pager_leg, record.page_id, steps)
        live = self._live.follow(call, record)
        if self._runner.run(call.steps()):
            self._live.drop(live)
            if not self._runner.is_gone(request.pager_leg):
                return Refusal(Reason.SWITCH_TROUBLE)
            if call.ending is None:  # else its event came meanwhile
                self._live.over(live, Ending.UNANSWERED)
        return None
