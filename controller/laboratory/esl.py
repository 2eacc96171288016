"""A simple client of the event socket, for tests, benchmarks and the demo.

It is independent of the controller's own client (controller.eventsocket), so that it can check that client's
work.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

from controller.laboratory.office import PASSWORD

#: A frame's head and its body.
Frame = tuple[dict[str, str], bytes]
#: An event as JSON.
Event = dict[str, Any]


class ESL:
    """A blocking connection to 127.0.0.1, one request at a time; events that arrive meanwhile are kept.

    Raises OSError if nobody listens, TimeoutError if nobody answers, ConnectionError for a wrong password,
    and EOFError once the switch has closed the connection.
    """

    def __init__(self, port: int, password: str = PASSWORD) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.buffer = b""
        self.events: list[Frame] = []
        self._frame(10)
        if "accepted" not in self.command(f"auth {password}"):
            self.sock.close()
            raise ConnectionError("event socket: wrong password")

    def command(self, text: str) -> str:
        """Send a command with its headers; return the `Reply-Text`."""
        self.sock.sendall(f"{text}\n\n".encode())
        head, _ = self._reply()
        return head.get("Reply-Text", "")

    def api(self, text: str) -> str:
        """Run a call of the API; return its output without the white space around it."""
        self.sock.sendall(f"api {text}\n\n".encode())
        head, body = self._reply()
        return (body.decode("utf-8", "replace") if body else head.get("Reply-Text", "")).strip()

    def event(self, timeout: float, match: Callable[[Event], bool] = lambda event: True) -> Event | None:
        """The next JSON event that matches, or None after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            while self.events:
                event: Event = json.loads(self.events.pop(0)[1].decode("utf-8", "replace"))
                if match(event):
                    return event
            if (left := deadline - time.monotonic()) <= 0:
                return None
            try:
                self.events.append(self._frame(left))
            except TimeoutError:
                return None

    def _reply(self, timeout: float = 30) -> Frame:
        while True:
            head, body = self._frame(timeout)
            if head.get("Content-Type") in ("command/reply", "api/response"):
                return head, body
            self.events.append((head, body))

    def _frame(self, timeout: float) -> Frame:
        deadline = time.monotonic() + timeout
        while not (frame := self._parsed()):
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            if not (data := self.sock.recv(65536)):
                raise EOFError("event socket closed")
            self.buffer += data
        return frame

    def _parsed(self) -> Frame | None:
        """The first frame of the bytes read so far, once it is complete."""
        end = self.buffer.find(b"\n\n")
        if end < 0:
            return None
        head: dict[str, str] = {}
        for line in self.buffer[:end].lstrip(b"\n").decode("utf-8", "surrogateescape").split("\n"):
            name, _, value = line.partition(": ")
            head.setdefault(name, value)
        size = int(head.get("Content-Length", 0))
        if len(self.buffer) < end + 2 + size:
            return None
        body = self.buffer[end + 2 : end + 2 + size]
        self.buffer = self.buffer[end + 2 + size :]
        return head, body
