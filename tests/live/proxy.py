"""A proxy between a controller and its switch that can cut or stall the connection, even inside a frame."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Proxy:
    """Listens on a port of its own and passes everything on to the switch.

    `met` is called with each command before it is passed on; if it returns False, neither this command nor
    anything after it is passed on. `answered` is called when the first bytes come back after a command,
    before they are passed on.
    """

    def __init__(self, port: int) -> None:
        self._switch = ("127.0.0.1", port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.connections = 0
        self.met: Callable[[str], bool] = lambda line: True
        self.answered: Callable[[], bool] = lambda: True
        self._cut_after: int | None = None
        self._flows = threading.Event()
        self._flows.set()
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, after: int) -> None:
        """Close the connection after so many more bytes to the controller."""
        self._cut_after = after

    def end(self) -> None:
        """Close every connection now."""
        while self._sockets:
            _end(self._sockets.pop())

    def stall(self) -> None:
        """Stop passing anything on, on every connection."""
        self._flows.clear()

    def flow(self) -> None:
        """Pass everything on again, including what has come meanwhile."""
        self._flows.set()

    def close(self) -> None:
        self._flows.set()
        self._server.close()
        for each in self._sockets:
            _end(each)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                try:
                    far = socket.create_connection(self._switch)
                except OSError:  # the switch does not listen
                    near.close()
                    continue
                self.connections += 1
                self._sockets += [near, far]
                for pump in (self._up, self._down):
                    threading.Thread(target=pump, args=(near, far), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        """From the controller to the switch, command by command."""
        waiting = b""
        with suppress(OSError):
            while data := near.recv(65536):
                waiting += data
                while b"\n\n" in waiting:
                    command, _, waiting = waiting.partition(b"\n\n")
                    if not self.met(command.decode().partition("\n")[0]):
                        break
                    self._flows.wait()
                    far.sendall(command + b"\n\n")
                else:
                    continue
                break
        _end(near, far)

    def _down(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                self._flows.wait()
                if not self.answered():
                    break
                if self._cut_after is not None:
                    data, self._cut_after = data[: self._cut_after], self._cut_after - len(data)
                    near.sendall(data)
                    if self._cut_after <= 0:
                        self._cut_after = None
                        break
                else:
                    near.sendall(data)
        _end(near, far)


def _end(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
