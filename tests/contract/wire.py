"""A simple client of an event socket, which sends and receives frames and adds nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from gevent import socket

from controller.clock import REAL, Clock


@dataclass(frozen=True)
class Frame:
    headers: dict[str, str]
    body: str

    @property
    def kind(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def reply(self) -> str:
        return self.body or self.headers.get("Reply-Text", "")


class Wire:
    """One connection; with `login` False the test logs in by itself."""

    def __init__(
        self,
        port: int,
        *,
        login: bool = True,
        host: str = "127.0.0.1",
        password: str = "ClueCon",
        clock: Clock = REAL,
    ) -> None:
        self._clock = clock
        with clock.outside():  # a thread resolves the host name
            self._socket = socket.create_connection((host, port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.events: list[dict[str, str]] = []
        self.greeting = self.frame()
        if login:
            assert self.command(f"auth {password}").reply == "+OK accepted"

    def send(self, text: str) -> None:
        self._socket.sendall(text.encode())

    def frame(self) -> Frame:
        """The next frame; raises EOFError at the end of the stream."""
        while (end := self._buffer.find(b"\n\n")) < 0:
            self._read()
        head = self._buffer[:end].decode().strip().split("\n")
        headers = {name: value for name, _, value in (line.partition(": ") for line in head)}
        size = int(headers.get("Content-Length", "0"))
        while len(self._buffer) < end + 2 + size:
            self._read()
        body, self._buffer = self._buffer[end + 2 : end + 2 + size], self._buffer[end + 2 + size :]
        return Frame(headers, body.decode())

    def answer(self) -> Frame:
        """The next frame that is an answer; events before it are kept."""
        while (frame := self.frame()).kind not in ("command/reply", "api/response"):
            self._keep(frame)
        return frame

    def command(self, text: str) -> Frame:
        self.send(f"{text}\n\n")
        return self.answer()

    def api(self, text: str) -> str:
        return self.command(f"api {text}").reply

    def event(self, matches: Callable[[dict[str, str]], bool], seconds: float = 30) -> dict[str, str]:
        """The next event that matches."""
        with self._clock.timeout(seconds, AssertionError("no such event came")):
            while True:
                while self.events:
                    event = self.events.pop(0)
                    if matches(event):
                        return event
                self._keep(self.frame())

    def none_comes(self, seconds: float) -> bool:
        """Whether no frame comes within so many seconds."""
        with self._clock.timeout(seconds, False):
            self._keep(self.frame())
            return False
        return True

    def close(self) -> None:
        self._socket.close()

    def _keep(self, frame: Frame) -> None:
        if frame.kind == "text/event-json":
            self.events.append(json.loads(frame.body))

    def _read(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise EOFError
        self._buffer += data
