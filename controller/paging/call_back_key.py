"""The key with which a refused pager asks for a call back.

Group controllers may see it. The dialplan schedules a task on the switch: the controller that deletes the
task keeps the call back (`caller.first`). In every other case the pager hears the reorder tone.
"""

from __future__ import annotations

from functools import partial

import structlog

from controller.errors import Rejected, StoreError, SwitchError
from controller.eventsocket.events import Event
from controller.paging.call_backs import CallBacks
from controller.paging.request import Request, read_refused
from controller.switch import caller, keys
from controller.switch.queries import SwitchQueries
from controller.switch.runner import CommandRunner
from controller.switch.trust import NOBODY, Trust

#: The name of the key in its event (dialplan/whisperpage.xml, `pressed`).
PRESSED = "call_back"

_log = structlog.get_logger(__name__)


class CallBackKey:
    """Takes the key on one switch."""

    def __init__(
        self,
        runner: CommandRunner,
        queries: SwitchQueries,
        call_backs: CallBacks,
        trust: Trust = NOBODY,
    ) -> None:
        self._runner = runner
        self._queries = queries
        self._call_backs = call_backs
        self._trust = trust

    def on_key(self, event: Event) -> None:
        """Take the key of a refused pager; called by the link, never waits."""
        if event.get(keys.HEADER) == PRESSED:
            self._runner.spawn(partial(self._take, read_refused(event, self._trust)))

    def _take(self, request: Request) -> None:
        answer = self._runner.ask(caller.first(request.pager_leg))
        if not answer.done or answer.text.strip().endswith(" 0"):
            return
        self._runner.run(caller.noted(request.pager_leg, done=self._keep(request)))

    def _keep(self, request: Request) -> bool:
        if not self._call_backs.on or request.pager is None or request.target is None:
            _log.warning("call_back.refused", leg=request.pager_leg, error="nobody has asked for it")
            return False
        try:
            target = self._queries.named(request.target) or request.target
            self._call_backs.ask(request.feature, request.pager, target)
        except (StoreError, SwitchError, Rejected) as error:
            _log.warning("call_back.refused", leg=request.pager_leg, error=str(error))
            return False
        return True
