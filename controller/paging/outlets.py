"""Sends messages on the switch where their targets are, and to those who have dialled their code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from controller.clock import REAL, Clock
from controller.domain.message import Message
from controller.domain.record import PageRecord
from controller.domain.refusal import Reason, Refusal
from controller.errors import StoreError
from controller.eventsocket.link import Link
from controller.paging.messages import Messages, Sending, message_id
from controller.paging.request import Request
from controller.switch import caller
from controller.switch.identity import SwitchName
from controller.switch.runner import CommandRunner

#: Seconds after a code was dialled in which its message must be sent; the dialplan refuses the call then.
PATIENCE = 3.5

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outlet:
    """The messages of one switch."""

    name: SwitchName
    link: Link
    messages: Messages


class Outlets:
    """The messages of all switches. Each station adds its own."""

    def __init__(self) -> None:
        self._outlets: list[Outlet] = []

    def add(self, outlet: Outlet) -> None:
        """Add those of a switch."""
        self._outlets.append(outlet)

    def send(self, first: Messages, sending: Sending) -> PageRecord | None:
        """Send a message by the messages of one switch, or where these say that its target is.

        The record is what has become of it by now; None if another controller sends it.
        """
        sent = first.send(sending)
        if not isinstance(sent, str):
            return sent
        counted = replace(sending, counted=True)
        for each in self._outlets:
            if str(each.name) == sent and each.link.state == "up":
                there = each.messages.send(counted)
                assert not isinstance(there, str)  # what is counted is not sent on
                return there
        return first.refuse(sending, Refusal(Reason.SWITCH_AWAY, switch=sent))


class DialledMessages:
    """The messages that are sent by their code on one switch.

    `read` returns the message for targets of a domain that is called by a number; it raises StoreError.
    """

    def __init__(
        self,
        messages: Messages,
        outlets: Outlets,
        read: Callable[[str, str], Message | None],
        runner: CommandRunner,
        clock: Clock = REAL,
    ) -> None:
        self._messages = messages
        self._outlets = outlets
        self._read = read
        self._runner = runner
        self._clock = clock

    def take(self, request: Request, arrived: float) -> None:
        """Send the message that a caller has dialled at `arrived`, and play to it whether that was done."""
        leg = request.pager_leg
        sending = Sending(
            request.pager,
            request.target,
            None,
            request.dialled,
            message_id(leg),
            PATIENCE - (self._clock.monotonic() - arrived),
        )
        try:
            message = self._read(request.pager.domain, request.message) if request.pager else None
            record = self._outlets.send(self._messages, replace(sending, message=message))
        except StoreError as error:
            _log.error("message.unread", error=str(error))
            record = self._messages.refuse(sending, Refusal(Reason.STORE_TROUBLE))
        if record is None:
            return  # another controller sends it; if it dies, the row is closed as any (unended.py)
        if record.reason:
            self._runner.run(caller.refuse(leg, record.cause or Refusal(Reason(record.reason)).hangup_cause))
        else:
            self._runner.run(caller.sent(leg))
