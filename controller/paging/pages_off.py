"""Whisper Page Off by feature code or key: a user switches off pages to itself, and hears the result.

Group controllers may see the same code or key. The dialplan schedules a task on the switch for each. The
controller that deletes the task carries out the change (`caller.first`).
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
    """Handles the code and the key on one switch."""

    def __init__(self, runner: CommandRunner, live: LivePages, blocked: BlockedUsers) -> None:
        self._runner = runner
        self._live = live
        self._blocked = blocked

    def take(self, request: Request) -> None:
        """Take the code: switch pages to its caller off, or on again."""
        leg = request.pager_leg
        if not self._first(leg):
            return
        done = self._toggle(request.pager)
        if isinstance(done, Refusal):
            self._runner.run(caller.refuse(leg, done.hangup_cause))
        else:
            self._runner.run(caller.confirm(leg, off=done))
        _log.info("pages_off.dialled", user=str(request.pager), off=str(done))

    def on_key(self, event: Event) -> None:
        """Take a key of a page's target; called by the link, never waits."""
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
            _log.error("pages_off.no_store", user=str(user), error=str(error))
            return Refusal(Reason.STORE_TROUBLE)

    def _by_key(self, mark: PageMark) -> None:
        """Switch off pages to the target, which hears the result in its call; the switch ends the page."""
        if not self._first(mark.target_leg):
            return
        try:
            done = self._blocked.block(mark.target, Toggle.ON)
        except (StoreError, Rejected) as error:
            _log.error("pages_off.no_store", user=str(mark.target), error=str(error))
            done = False
        self._runner.send([keys.confirm_off(mark, done=done)])
        _log.info("pages_off.pressed", user=str(mark.target), done=done)

    def _first(self, leg: str) -> bool:
        answer = self._runner.ask(caller.first(leg))
        return answer.done and not answer.text.strip().endswith(" 0")
