"""Whisper Page Off by a code or a key: a user blocks pages to itself, and hears whether that was done.

Several controllers may see the same code or key. The dialplan leaves a task with the switch for each, and who
takes the task away does what is to be done (`caller.first`).
"""

from __future__ import annotations

from functools import partial

import structlog

from controller.domain.names import UserName
from controller.domain.refusal import Reason, Refusal
from controller.domain.toggle import Toggle
from controller.errors import Rejected, StoreError
from controller.eventsocket.events import Event
from controller.paging.blocked import BlockedUsers
from controller.paging.live import LivePages
from controller.paging.request import Request
from controller.switch import caller, keys
from controller.switch.keys import Key
from controller.switch.pagelegs import PageMark
from controller.switch.runner import CommandRunner

_log = structlog.get_logger(__name__)


class PagesOff:
    """The code and the key, on one switch."""

    def __init__(self, runner: CommandRunner, live: LivePages, blocked: BlockedUsers) -> None:
        self._runner = runner
        self._live = live
        self._blocked = blocked

    def take(self, request: Request) -> None:
        """A caller has dialled the code: pages to it are off from now on, or on again."""
        leg = request.pager_leg
        if not self._first(leg):
            return
        done = self._toggle(request.pager)
        if isinstance(done, Refusal):
            self._runner.run(caller.refuse(leg, done.hangup_cause))
        else:
            self._runner.run(caller.confirm(leg, off=done))
        _log.info("off.dialled", user=str(request.pager), off=str(done))

    def on_key(self, event: Event) -> None:
        """The target of a page has pressed a key; called by the link, and never waits."""
        if event.get(keys.HEADER) == Key.OFF:
            leg = event.get("Unique-ID")
            for mark in [mark for mark in self._live.marks() if mark.target_leg == leg]:
                self._runner.spawn(partial(self._by_key, mark))

    def _toggle(self, user: UserName | None) -> bool | Refusal:
        if user is None:
            return Refusal(Reason.NOT_AUTHENTICATED)
        try:
            return self._blocked.block(user, Toggle.FLIP)
        except (StoreError, Rejected) as error:
            _log.error("off.no_store", user=str(user), error=str(error))
            return Refusal(Reason.STORE_TROUBLE)

    def _by_key(self, mark: PageMark) -> None:
        """The page ends by the switch; the call goes on, and the target hears in it what was done."""
        if not self._first(mark.target_leg):
            return
        try:
            done = self._blocked.block(UserName.parse(mark.target), Toggle.ON)
        except (StoreError, Rejected) as error:
            _log.error("off.no_store", user=mark.target, error=str(error))
            done = False
        self._runner.send([keys.confirm_off(mark, done=done)])
        _log.info("off.pressed", user=mark.target, done=done)

    def _first(self, leg: str) -> bool:
        answer = self._runner.ask(caller.first(leg))
        return answer.done and not answer.text.strip().endswith(" 0")
