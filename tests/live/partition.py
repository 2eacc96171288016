"""The network between a controller and the event socket of a switch, cut so that nobody is told of it."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Event, Thread


class Network:
    """Passes on what it receives, in both directions; `port` is where it listens for the controller."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._whole = Event()
        self._whole.set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def part(self) -> None:
        """Lose everything from now on; connections stay, and new ones get no answer."""
        self._whole.clear()

    def heal(self) -> None:
        """Deliver what was lost, as TCP does, and everything from now on."""
        self._whole.set()

    def close(self) -> None:
        """Accept no further connection."""
        self._server.close()
        self.heal()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                for ends in ((near, far), (far, near)):
                    Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, here: socket.socket, there: socket.socket) -> None:
        with here, there, suppress(OSError):
            while data := here.recv(65536):
                self._whole.wait()
                there.sendall(data)
