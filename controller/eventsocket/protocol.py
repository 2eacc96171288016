"""The client's side of the event socket, without IO: bytes in, values out; commands in, bytes out.

The rules (mod_event_socket.c):

- The switch reads one command, answers it, then reads the next (`listener_run`): answers come in the order
  of commands, `command/reply` and `api/response` alike, and one queue pairs them. A command keeps its place
  there when nobody waits for its answer any longer, or the next answer would go to the wrong command.
- `api` is answered by `api/response`, or, when the login has no right to it, by `command/reply` with `-ERR`;
  every other command by `command/reply`; and `bgapi` with the Job-UUID it was given. An answer that its
  command cannot have means that the two sides are out of step: ProtocolError.
- A command may also get no answer at all (`api_exec` without its read lock, while the connection ends).
- An address outside the ACL is sent `text/rude-rejection`, everybody else `auth/request` first.
- `text/disconnect-notice` is the last frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from controller.errors import ProtocolError
from controller.eventsocket.commands import Command
from controller.eventsocket.events import EVENT_TYPES, Event
from controller.eventsocket.framing import Frame, Framer
from controller.eventsocket.outcome import Outcome, Status
from controller.eventsocket.tally import Tally

_TYPES = {content_type.encode(): event_type for content_type, event_type in EVENT_TYPES.items()}


class Sent:
    """A command that was sent, by identity: two of the same text are two."""

    __slots__ = ("command",)

    def __init__(self, command: Command) -> None:
        self.command = command


class AuthRequested(NamedTuple):
    """The switch waits for our login."""


class Rejected(NamedTuple):
    """The switch's ACL keeps us out; it closes the connection."""

    text: str


class Disconnected(NamedTuple):
    """The switch says goodbye; it closes the connection."""

    text: str


class Answered(NamedTuple):
    """A command's answer came."""

    sent: Sent
    outcome: Outcome


Message = Event | AuthRequested | Rejected | Disconnected | Answered


class Protocol:
    """One connection's state: what was received but not yet read, and which commands await their answers."""

    def __init__(self, wanted: Callable[[str], bool], tally: Tally | None = None) -> None:
        """Events for whose key (`Event.key`) `wanted` says no are dropped, most by their first bytes."""
        self._wanted = wanted
        self._tally = tally or Tally()
        self._framer = Framer(self._event)
        self._unanswered: deque[Sent] = deque()

    @property
    def unanswered(self) -> int:
        """How many commands have not been answered."""
        return len(self._unanswered)

    def send(self, command: Command) -> tuple[Sent, bytes]:
        """Note that `command` goes out next; gives what its answer will refer to, and the bytes to send."""
        sent = Sent(command)
        self._unanswered.append(sent)
        return sent, command.encode()

    def receive_data(self, data: bytes) -> None:
        """Take the next bytes; then call `next_message` until it gives None."""
        self._framer.receive_data(data)

    def receive_eof(self) -> None:
        """Note the end of the stream; raises ProtocolError in the middle of a frame."""
        self._framer.receive_eof()

    def next_message(self) -> Message | None:
        """The next thing the switch said, or None until more bytes come; raises ProtocolError."""
        while (frame := self._framer.next_frame()) is not None:
            message = self._read(frame) if isinstance(frame, Frame) else frame
            if message is not None:
                return message
        return None

    def _read(self, frame: Frame) -> Message | None:
        content_type = frame.headers.get("Content-Type")
        if content_type is None:
            raise ProtocolError("The switch sent a frame without a Content-Type: check the port.")
        if content_type in EVENT_TYPES:
            return self._event(content_type.encode(), frame.body, 0, len(frame.body))
        match content_type:
            case "api/response":
                return self._answer(frame, str(frame.body, "utf-8", "replace"), is_output=True)
            case "command/reply":
                return self._answer(frame, frame.headers.get("Reply-Text", ""), is_output=False)
            case "auth/request":
                return AuthRequested()
            case "text/rude-rejection":
                return Rejected(_text(frame))
            case "text/disconnect-notice":
                return Disconnected(_text(frame))
        return None  # log/data and the like, which we do not ask for

    def _event(self, content_type: bytes, received: bytes, start: int, end: int) -> Event | None:
        """An event, if somebody wants it: most often its first bytes tell."""
        event_type = _TYPES.get(content_type)
        if event_type is None:
            return None
        self._tally.received += 1
        key = event_type.peek(received, start, end)
        if key is not None and not self._wanted(key):
            return None
        event = event_type(received[start:end])
        return event if key is not None or self._wanted(event.key) else None

    def _answer(self, frame: Frame, text: str, *, is_output: bool) -> Answered:
        if not self._unanswered:
            raise ProtocolError("The switch answered a command that we did not send.")
        sent = self._unanswered.popleft()
        outcome = Outcome.of_answer(text)
        may_be_output = sent.command.line.startswith("api ")
        job = dict(sent.command.headers).get("Job-UUID")
        if is_output != may_be_output and not (may_be_output and outcome.status is Status.REFUSED):
            raise ProtocolError("The switch's answers and our commands are out of step.")
        if job and outcome.done and frame.headers.get("Job-UUID") != job:
            raise ProtocolError("The switch's receipts and our background jobs are out of step.")
        return Answered(sent, outcome)


def _text(frame: Frame) -> str:
    """The first line of a notice."""
    return str(frame.body, "utf-8", "replace").strip().partition("\n")[0]
