"""Serves the application by gevent's own WSGI server, in the event loop of everything else."""

from __future__ import annotations

from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY, create_server

import structlog
from flask import Flask
from gevent import socket

from controller.errors import CannotListen
from controller.web import localsocket
from controller.web.connections import BoundedServer

#: Connections that the system keeps until we accept them.
BACKLOG = 100
#: Seconds in which requests may finish when the server stops.
GRACE = 1.0

#: A key in the environ of requests by the Unix domain socket, which only our own user can open.
LOCAL = "whisperpage.local"

_log = structlog.get_logger(__name__)


class Server:
    """An HTTP server for one application, at a host and port or at the path of a socket.

    It listens from the beginning. Raises CannotListen.
    """

    def __init__(self, app: Flask, address: tuple[str, int] | Path) -> None:
        self._path = address if isinstance(address, Path) else None
        self._socket = _listen_at(address) if isinstance(address, Path) else _listen(*address)
        #: The port at which it listens; 0 at a path.
        self.port: int = 0 if self._path else self._socket.getsockname()[1]
        # without a name here, gevent asks the DNS
        environ = {"SERVER_NAME": "localhost" if isinstance(address, Path) else address[0]}
        self._server = BoundedServer(self._socket, app, environ | ({LOCAL: "yes"} if self._path else {}))

    def start(self) -> None:
        """Begin to serve; returns at once."""
        self._server.start()
        if self._path:
            _log.info("http.listening", path=str(self._path))
        else:
            _log.info("http.listening", address=self._socket.getsockname()[0], port=self.port)

    @property
    def trouble(self) -> str:
        """Why no connection is accepted, in one sentence; empty from `start` to `stop`."""
        return "" if self._server.started else "HTTP is no longer served: see the log."

    def stop(self) -> None:
        """Stop serving. Requests at work have GRACE seconds to finish."""
        self._server.stop(GRACE)
        if self._path:
            localsocket.remove(self._path)


def _listen_at(path: Path) -> socket.socket:
    return socket.socket(socket.AF_UNIX, fileno=localsocket.listen(path).detach())


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListen(
            f"HTTP cannot be served at {host}:{port} ({_why(error)}): "
            "set http_listen to another HOST:PORT, or to nothing for no HTTP."
        ) from None
    # a connection has the option of its listener: without it the body of an answer waits until the client has
    # acknowledged the head, 40 ms on a connection that is kept
    listening.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    return socket.socket(family, fileno=listening.detach())


def _why(error: OSError) -> str:
    """What the system says, without the address that Python adds."""
    return str(error.strerror).partition(" (while")[0]
