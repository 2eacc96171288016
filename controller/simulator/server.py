"""The event socket: a TCP server that answers as mod_event_socket.c does."""

from __future__ import annotations

from itertools import count

from gevent import socket
from gevent.server import StreamServer

from controller.simulator.client import Client
from controller.simulator.faults import Faults
from controller.simulator.switch import Switch


class EventSocket:
    """The server of one switch, on a port of 127.0.0.1. `faults` are what it does wrong."""

    def __init__(self, switch: Switch, password: str, port: int = 0) -> None:
        self.switch = switch
        self.password = password
        self.faults = Faults()
        self._server = StreamServer(("127.0.0.1", port), self._serve)
        self._connections: set[Client] = set()
        self._numbers = count(1)
        self._server.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.address[1])

    @property
    def connections(self) -> int:
        """How many clients are logged in."""
        return sum(connection.authenticated for connection in self._connections)

    @property
    def sent(self) -> int:
        """The most bytes that any connection has been sent."""
        return max((connection.sent for connection in self._connections), default=0)

    def cut(self) -> None:
        """Close every connection without a word."""
        for connection in tuple(self._connections):
            connection.close()

    def stop(self) -> None:
        """Close every connection and listen no longer."""
        self._server.stop()
        self.cut()

    def serve(self, switch: Switch) -> None:
        """Go on with another switch: the old one was restarted."""
        self.cut()
        self.switch = switch

    def _serve(self, sock: socket.socket, address: object) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as mod_event_socket.c does
        connection = Client(self, sock, next(self._numbers))
        self._connections.add(connection)
        try:
            connection.run()
        except OSError:
            pass  # the client is gone, which is its right
        finally:
            connection.close()
            self._connections.discard(connection)
