"""A quick look at the switches, for completion: one question to each, with a short deadline.

By a plain socket, since gevent and what else a connection needs take longer to import than the answer takes.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from time import monotonic
from typing import TypeVar

from controller.config import Settings
from controller.domain.names import UserName
from controller.errors import InvalidValue, SwitchError, SwitchUnreachable
from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.protocol import Answered, AuthRequested, Protocol
from controller.switch_address import SwitchAddress

T = TypeVar("T")

#: Deadline in seconds for all that is asked of one switch.
PATIENCE = 0.5


def users(settings: Settings) -> list[str]:
    """The users in the switches' directories."""
    from controller.cli import directory

    def read(text: str) -> list[str]:
        return [str(name) for name in directory.users(text)]

    return _of_each(settings, api.call("xml_locate", "directory"), read)


def registered(settings: Settings) -> list[str]:
    """The users that have a phone registered."""

    def read(text: str) -> list[str]:
        rows = json.loads(text).get("rows", [])
        return [str(UserName(row["reg_user"], row["realm"])) for row in rows]

    return _of_each(settings, api.call("show", "registrations", "as", "json"), read)


def _of_each(settings: Settings, call: ApiCall, read: Callable[[str], list[str]]) -> list[str]:
    """What all switches answer together; a switch that does not answer is left out."""
    found: set[str] = set()
    for address in settings.addresses:
        try:
            found.update(read(ask(address, call)))
        except (InvalidValue, OSError, SwitchError, ValueError, KeyError, AttributeError):
            continue
    return sorted(found)


def ask(address: SwitchAddress, call: ApiCall) -> str:
    """The output of a call. Raises OSError and SwitchError."""
    login = (
        commands.userauth(address.user, address.password) if address.user else commands.auth(address.password)
    )
    with socket.create_connection((address.host, address.port), PATIENCE) as connection:
        talk = _Talk(connection)
        talk.wait(AuthRequested)
        talk.say(login)
        return talk.say(call.foreground())


class _Talk:
    """A conversation on one connection; PATIENCE is for all of it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._protocol = Protocol(lambda key: False)
        self._until = monotonic() + PATIENCE

    def say(self, command: Command) -> str:
        """Send a command and return its answer; raises SwitchUnreachable if the switch refuses it."""
        _, data = self._protocol.send(command)
        self._connection.sendall(data)
        answer = self.wait(Answered)
        if not answer.outcome.done:
            raise SwitchUnreachable(answer.outcome.text)
        return answer.outcome.text

    def wait(self, kind: type[T]) -> T:
        """The next message of a kind."""
        for message in self._messages():
            if isinstance(message, kind):
                return message
        raise SwitchUnreachable("The connection has ended.")

    def _messages(self) -> Iterator[object]:
        while True:
            while (message := self._protocol.next_message()) is not None:
                yield message
            self._connection.settimeout(max(self._until - monotonic(), 0.001))
            data = self._connection.recv(65536)
            if not data:
                return
            self._protocol.receive_data(data)
