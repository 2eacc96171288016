"""The event socket: a TCP server that answers like mod_event_socket.c."""

from __future__ import annotations

from itertools import count

from gevent import socket
from gevent.server import StreamServer

from controller.simulator.client import Client
from controller.simulator.faults import Faults
from controller.simulator.switch import Switch


class EventSocket:
    """The server of one switch, on a port of 127.0.0.1, with its `faults`."""

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
        """The port on which it listens."""
        return int(self._server.address[1])

    @property
    def connections(self) -> int:
        """The number of clients that are logged in."""
        return sum(connection.authenticated for connection in self._connections)

    @property
    def sent(self) -> int:
        """The largest number of bytes that were sent on one connection."""
        return max((connection.sent for connection in self._connections), default=0)

    def cut(self) -> None:
        """Close every connection without a message."""
        for connection in tuple(self._connections):
            connection.close()

    def stop(self) -> None:
        """Stop listening, and close every connection."""
        self._server.stop()
        self.cut()

    def serve(self, switch: Switch) -> None:
        """Continue with another switch, after the old one was restarted."""
        self.cut()
        self.switch = switch

    def _serve(self, sock: socket.socket, address: object) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as mod_event_socket.c does
        connection = Client(self, sock, next(self._numbers))
        self._connections.add(connection)
        try:
            connection.run()
        except OSError:
            pass  # a client may leave at any time
        finally:
            connection.close()
            self._connections.discard(connection)
