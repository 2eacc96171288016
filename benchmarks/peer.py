"""The switch's side of an event socket for a client in another process: it answers, and sends events."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Sequence

PASSWORD = "ClueCon"

#: A function from the text of an `api` command to its output.
Answers = Callable[[str], str]


class Peer:
    """One client's connection, from its login to its subscription.

    `subscription` then has the words of its `event` command. The socket is blocking: to answer a client while
    events are sent to it, call `answer` in another thread; what one thread sends is not mixed with another's.
    """

    def __init__(
        self, listener: socket.socket, answers: Answers = lambda text: "", name: str = "benchmark"
    ) -> None:
        self._answers = answers
        self._name = name
        self._socket, _ = listener.accept()
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as mod_event_socket does
        self._buffer = b""
        self._sending = threading.Lock()
        self.subscription: Sequence[str] = ()
        self.play(b"Content-Type: auth/request\n\n")
        while not self.subscription:
            self.answer()

    def answer(self) -> None:
        """Wait for the next command and answer it; raises EOFError when the client is gone."""
        while (end := self._buffer.find(b"\n\n")) < 0:
            data = self._socket.recv(65536)
            if not data:
                raise EOFError("the client is gone")
            self._buffer += data
        command, self._buffer = self._buffer[:end].decode().strip(), self._buffer[end + 2 :]
        verb, _, rest = command.partition(" ")
        if verb == "api":
            output = self._answers(rest).encode()
            self.play(b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(output), output))
            return
        if verb == "bgapi":
            job = rest.partition("Job-UUID: ")[2]
            reply = f"Content-Type: command/reply\nReply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}\n\n"
            self.play(reply.encode())
            self._report(job)
            return
        text = "+OK accepted" if verb == "auth" else "+OK"
        self.play(f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode())
        if verb in ("event", "events"):
            self.subscription = rest.split()

    def _report(self, job: str) -> None:
        """Send the result of a call that ran in the background; like every event it names the switch."""
        told = {"Event-Name": "BACKGROUND_JOB", "Core-UUID": "0", "FreeSWITCH-Switchname": self._name}
        event = json.dumps(told | {"Job-UUID": job, "_body": "+OK"}, separators=(",", ":")).encode()
        self.play(b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (len(event), event))

    def play(self, data: bytes | memoryview) -> None:
        """Send bytes; waits while the client does not read."""
        with self._sending:
            self._socket.sendall(data)

    def close(self) -> None:
        """End the connection; a caller that waits in `answer` gets an EOFError."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def listen() -> tuple[socket.socket, int]:
    """A listening socket of 127.0.0.1, and its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, listener.getsockname()[1]
