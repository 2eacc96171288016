"""A switch and a client that do anything they may in any order: the client is never out of step."""

from __future__ import annotations

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from controller.eventsocket.commands import Command
from controller.eventsocket.events import Event
from controller.eventsocket.outcome import Status
from controller.eventsocket.protocol import Answered, Protocol, Sent


class Wire(RuleBasedStateMachine):
    """Commands go out; answers and events come back in pieces of any size."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol = Protocol(lambda key: key != "UNWANTED")
        self.waiting: list[tuple[Sent, str]] = []
        self.due: list[tuple[Sent, str, Status]] = []
        self.told: list[str] = []
        self.stream = b""
        self.heard: list[str] = []
        self.numbers = 0

    # -- the client ----------------------------------------------------------------------------------------

    @rule(kind=st.sampled_from(["api", "bgapi", "other"]))
    def asks(self, kind: str) -> None:
        self.numbers += 1
        headers = (("Job-UUID", f"job-{self.numbers}"),) if kind == "bgapi" else ()
        line = f"filter add n {self.numbers}" if kind == "other" else f"{kind} echo {self.numbers}"
        sent, data = self.protocol.send(Command(line, headers))
        assert data.count(b"\n\n") == 1
        self.waiting.append((sent, kind))

    @precondition(lambda self: self.stream)
    @rule(data=st.data())
    def hears(self, data: st.DataObject) -> None:
        """Let some of the sent bytes arrive."""
        size = data.draw(st.integers(1, len(self.stream)))
        self.protocol.receive_data(self.stream[:size])
        self.stream = self.stream[size:]
        while (message := self.protocol.next_message()) is not None:
            if isinstance(message, Answered):
                sent, text, status = self.due.pop(0)
                assert message.sent is sent
                assert (message.outcome.status, message.outcome.text) == (status, text)
            elif isinstance(message, Event):
                self.heard.append(message["Number"])

    # -- the switch ----------------------------------------------------------------------------------------

    @precondition(lambda self: self.waiting)
    @rule(denied=st.booleans(), text=st.text(st.characters(codec="utf-8"), max_size=20))
    def answers(self, denied: bool, text: str) -> None:
        sent, kind = self.waiting.pop(0)
        body = f"{text} 1".encode()
        if denied:
            self._reply("-ERR permission denied")
            self.due.append((sent, "-ERR permission denied", Status.REFUSED))
        elif kind == "api":
            self.stream += b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(body), body)
            status = Status.REFUSED if text.startswith(("-ERR", "-USAGE")) else Status.DONE
            self.due.append((sent, f"{text} 1", status))
        else:
            job = dict(sent.command.headers).get("Job-UUID", "")
            self._reply("+OK", f"Job-UUID: {job}\n" if job else "")
            self.due.append((sent, "+OK", Status.DONE))

    @rule(wanted=st.booleans(), value=st.text(st.characters(codec="utf-8"), max_size=20))
    def tells(self, wanted: bool, value: str) -> None:
        self.numbers += 1
        headers = {
            "Event-Name": "WANTED" if wanted else "UNWANTED",
            "Said": value,
            "Number": str(self.numbers),
        }
        body = json.dumps(headers, separators=(",", ":"), ensure_ascii=False).encode()
        self.stream += b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (len(body), body)
        if wanted:
            self.told.append(str(self.numbers))

    def _reply(self, text: str, more: str = "") -> None:
        self.stream += f"Content-Type: command/reply\nReply-Text: {text}\n{more}\n".encode()

    # -- always --------------------------------------------------------------------------------------------

    @invariant()
    def no_command_is_forgotten(self) -> None:
        assert self.protocol.unanswered == len(self.waiting) + len(self.due)

    @invariant()
    def events_come_in_their_order_and_once(self) -> None:
        assert self.heard == self.told[: len(self.heard)]

    def teardown(self) -> None:
        """Assert that everything that was sent has arrived in the end."""
        if self.stream:
            self.protocol.receive_data(self.stream)
        heard = list(iter(self.protocol.next_message, None))
        assert sum(isinstance(message, Answered) for message in heard) == len(self.due)


Wire.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestWire = Wire.TestCase
