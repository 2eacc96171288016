"""Ways to feed bytes to the core, recorded bytes of a real switch, and a small fake switch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from gevent import socket
from gevent.queue import Queue
from gevent.server import StreamServer

from controller.eventsocket.framing import Frame, Framer
from controller.switch_address import SwitchAddress

DATA = Path(__file__).parent / "data"
HALF_A_FRAME = b"Content-Length: 5\nContent-Type: text/event-json\n\n{"


def frame(content_type: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a frame."""
    lines = [f"Content-Type: {content_type}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\n".join(lines).encode() + b"\n\n" + body


def event(name: str, headers: dict[str, str] | None = None) -> bytes:
    """The frame of an event; a name with `::` is the subclass of a CUSTOM event."""
    start = {"Event-Subclass": name, "Event-Name": "CUSTOM"} if "::" in name else {"Event-Name": name}
    return frame("text/event-json", json.dumps(start | (headers or {}), separators=(",", ":")).encode())


@pytest.fixture(name="event")
def _event() -> Callable[..., bytes]:
    return event


@pytest.fixture(name="frame")
def _frame() -> Callable[..., bytes]:
    return frame


@pytest.fixture
def recording() -> Callable[[str], bytes]:
    """A function that returns the bytes of a file of data/: some frames, recorded from FreeSWITCH 1.10.12."""
    return lambda name: (DATA / name).read_bytes()


@pytest.fixture
def payloads(recording: Callable[[str], bytes]) -> Callable[[str], list[bytes]]:
    """A function that returns the event bodies in a file of data/."""

    def read(name: str) -> list[bytes]:
        framer = Framer()
        framer.receive_data(recording(name))
        return [bytes(frame.body) for frame in iter(framer.next_frame, None)]

    return read


@pytest.fixture(params=["whole", "byte by byte", "with trailing data"])
def split(request: pytest.FixtureRequest) -> Callable[[bytes], Iterator[bytes]]:
    """A function that splits a stream into the pieces in which it arrives."""

    def pieces(data: bytes) -> Iterator[bytes]:
        if request.param == "byte by byte":
            yield from (data[i : i + 1] for i in range(len(data)))
        else:
            yield data + (HALF_A_FRAME if request.param == "with trailing data" else b"")

    return pieces


@pytest.fixture
def frames(split: Callable[[bytes], Iterator[bytes]]) -> Callable[[bytes], list[Frame]]:
    """A function that returns all frames of a stream, for each way of splitting it."""

    def read(data: bytes) -> list[Frame]:
        framer, found = Framer(), []
        for piece in split(data):
            framer.receive_data(piece)
            found += iter(framer.next_frame, None)
        return found

    return read


@pytest.fixture
def within() -> Iterator[None]:
    """Fails a test that waits too long."""
    with gevent.Timeout(60):
        yield


class FakeSwitch:
    """Listens on a port of its own, logs clients in, and gives prepared answers.

    The key of `answers` is the beginning of a command. The value is bytes, or a function of the command's
    lines that returns bytes, or None for no answer.
    """

    def __init__(self) -> None:
        self.greeting = frame("auth/request")
        self.answers: dict[str, bytes | Callable[[list[str]], bytes] | None] = {
            "auth ClueCon": frame("command/reply", Reply_Text="+OK accepted"),
            "auth": frame("command/reply", Reply_Text="-ERR invalid"),
            "event json": frame("command/reply", Reply_Text="+OK event listener enabled json"),
            "api status": frame("api/response", b"UP 0 years"),
            "bgapi": lambda lines: frame(
                "command/reply", Reply_Text="+OK Job-UUID", Job_UUID=lines[1].removeprefix("Job-UUID: ")
            ),
            "exit": frame("command/reply", Reply_Text="+OK bye"),
        }
        self.commands: Queue[list[str]] = Queue()
        self.clients: list[socket.socket] = []
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()

    @property
    def address(self) -> SwitchAddress:
        return SwitchAddress("127.0.0.1", self._server.server_port, "ClueCon")

    def next_command(self, start: str) -> list[str]:
        """Wait for a command that begins with `start`; earlier commands are skipped."""
        while True:
            lines = self.commands.get()
            if lines[0].startswith(start):
                return lines

    def say(self, data: bytes) -> None:
        self.clients[-1].sendall(data)

    def hang_up(self) -> None:
        self.clients[-1].shutdown(socket.SHUT_RDWR)
        self.clients[-1].close()

    def stop(self) -> None:
        self._server.stop()
        for client in self.clients:
            client.close()

    def _serve(self, client: socket.socket, _: object) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as mod_event_socket.c does
        self.clients.append(client)
        try:
            client.sendall(self.greeting)
            pieces: list[bytes] = []
            while data := client.recv(1_000_000):
                pieces.append(data)
                if data.endswith(b"\n"):
                    *commands, rest = b"".join(pieces).split(b"\n\n")
                    pieces = [rest]
                    for command in commands:
                        self._answer(client, command.decode().split("\n"))
        except OSError:
            pass

    def _answer(self, client: socket.socket, lines: list[str]) -> None:
        self.commands.put(lines)
        answer = next((a for start, a in self.answers.items() if lines[0].startswith(start)), b"")
        client.sendall(answer(lines) if callable(answer) else answer or b"")


@pytest.fixture
def switch(within: None) -> Iterator[FakeSwitch]:
    """A fake switch that accepts our login."""
    switch = FakeSwitch()
    yield switch
    switch.stop()
