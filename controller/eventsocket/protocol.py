"""The client's side of the event socket without IO: converts bytes to messages, and commands to bytes.

The rules (mod_event_socket.c):

- The switch reads one command, answers it, and then reads the next (`listener_run`). So answers come in the
  order of the commands, `command/reply` and `api/response` alike, and one queue pairs them. A command keeps
  its place in the queue even if nobody waits for its answer any more: else its answer would go to the next
  command.
- The answer to `api` is `api/response`, or `command/reply` with `-ERR` if the login has no right to the call.
  The answer to any other command is `command/reply`; that to `bgapi` has the Job-UUID of the command. An
  answer that does not fit its command means that the two sides are out of step: ProtocolError.
- A command may get no answer at all (`api_exec` without its read lock, while the connection ends).
- The first frame is `text/rude-rejection` for an address outside the ACL, and `auth/request` for all others.
- The last frame is `text/disconnect-notice`.
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
    """A command that was sent; compared by identity, since two commands may have the same text."""

    __slots__ = ("command",)

    def __init__(self, command: Command) -> None:
        self.command = command


class AuthRequested(NamedTuple):
    """The switch waits for our login."""


class Rejected(NamedTuple):
    """The switch's ACL rejects our address; the switch closes the connection."""

    text: str


class Disconnected(NamedTuple):
    """The switch announces the end of the connection, and closes it."""

    text: str


class Answered(NamedTuple):
    """The answer to a command came."""

    sent: Sent
    outcome: Outcome


Message = Event | AuthRequested | Rejected | Disconnected | Answered


class Protocol:
    """The state of one connection: received bytes that are not read yet, and commands without an answer."""

    def __init__(self, wanted: Callable[[str], bool], tally: Tally | None = None) -> None:
        """Create the state; events for whose key (`Event.key`) `wanted` returns False are dropped."""
        self._wanted = wanted
        self._tally = tally or Tally()
        self._framer = Framer(self._event)
        self._unanswered: deque[Sent] = deque()

    @property
    def unanswered(self) -> int:
        """The number of commands without an answer."""
        return len(self._unanswered)

    def send(self, command: Command) -> tuple[Sent, bytes]:
        """Note that `command` is sent next; return the value that its answer has, and the bytes to send."""
        sent = Sent(command)
        self._unanswered.append(sent)
        return sent, command.encode()

    def receive_data(self, data: bytes) -> None:
        """Take the next bytes; then call `next_message` until it returns None."""
        self._framer.receive_data(data)

    def receive_eof(self) -> None:
        """Note the end of the stream; raises ProtocolError in the middle of a frame."""
        self._framer.receive_eof()

    def next_message(self) -> Message | None:
        """The next message from the switch, or None until more bytes come; raises ProtocolError."""
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
        return None  # log/data and others, which we do not ask for

    def _event(self, content_type: bytes, received: bytes, start: int, end: int) -> Event | None:
        """The event, if it is wanted; mostly its first bytes decide."""
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
