"""Whisper Page Off by a code or a key: a user blocks pages to itself, and hears whether that was done.

Several controllers may see the same code or key. The dialplan leaves a task with the switch for each, and who
takes the task away does what is to be done (`caller.first`).
"""

from __future__ import annotations

from functools import partial

import structlog

from controller.domain.names import UserName
from controller.domain.refusal import Reason, Refusal
from controller.errors import Rejected, StoreError
from controller.eventsocket.events import Event
from controller.paging.blocks import Blocks
from controller.paging.board import Board
from controller.paging.orders import Orders
from controller.paging.request import Request
from controller.switch import caller, keys
from controller.switch.keys import Key
from controller.switch.pagelegs import PageMark

_log = structlog.get_logger(__name__)


class Off:
    """The code and the key, on one switch."""

    def __init__(self, orders: Orders, board: Board, blocks: Blocks) -> None:
        self._orders = orders
        self._board = board
        self._blocks = blocks

    def take(self, request: Request) -> None:
        """A caller has dialled the code: pages to it are off from now on, or on again."""
        leg = request.pager_leg
        if not self._first(leg):
            return
        done = self._toggle(request.pager)
        if isinstance(done, Refusal):
            self._orders.run(caller.refuse(leg, done.hangup_cause))
        else:
            self._orders.run(caller.confirm(leg, off=done))
        _log.info("off.dialled", user=str(request.pager), off=str(done))

    def on_key(self, event: Event) -> None:
        """The target of a page has pressed a key; called by the link, and never waits."""
        if event.get(keys.HEADER) == Key.OFF:
            leg = event.get("Unique-ID")
            for mark in [page.mark for page in self._board.pages() if page.mark.target_leg == leg]:
                self._orders.spawn(partial(self._by_key, mark))

    def _toggle(self, user: UserName | None) -> bool | Refusal:
        if user is None:
            return Refusal(Reason.NOT_AUTHENTICATED)
        try:
            return self._blocks.set(user, None)
        except (StoreError, Rejected) as error:
            _log.error("off.no_store", user=str(user), error=str(error))
            return Refusal(Reason.STORE_TROUBLE)

    def _by_key(self, mark: PageMark) -> None:
        """The page ends by the switch; the call goes on, and the target hears in it what was done."""
        if not self._first(mark.target_leg):
            return
        try:
            done = self._blocks.set(UserName.parse(mark.target), True)
        except (StoreError, Rejected) as error:
            _log.error("off.no_store", user=mark.target, error=str(error))
            done = False
        self._orders.send([keys.confirm_off(mark, done=done)])
        _log.info("off.pressed", user=mark.target, done=done)

    def _first(self, leg: str) -> bool:
        answer = self._orders.ask(caller.first(leg))
        return answer.done and not answer.text.strip().endswith(" 0")
