"""Serves the application on gevent's own WSGI server, in the event loop that everything else runs in."""

from __future__ import annotations

from http.client import HTTPException
from socket import create_server
from types import TracebackType
from typing import Any, Literal

import gevent
import structlog
from flask import Flask
from gevent import socket
from gevent.pywsgi import WSGIHandler, WSGIServer

from controller.errors import CannotListen

#: Connections at once; the next one waits until one of them is done.
AT_ONCE = 100
#: Seconds that a client has to send a request's line and headers; a connection idles no longer.
HEAD_DEADLINE = 10.0
#: Seconds that a request may take after that, its body and its answer included.
DEADLINE = 30.0
#: Seconds that requests at work have when the server is stopped.
GRACE = 1.0

_log = structlog.get_logger(__name__)


class Server:
    """An HTTP server for one application. It listens from the first on; raises CannotListen if it cannot."""

    def __init__(self, app: Flask, address: tuple[str, int]) -> None:
        host, port = address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listening = create_server(address, family=family, backlog=AT_ONCE)
        except OSError as error:
            raise CannotListen(
                f"HTTP cannot be served at {host}:{port} ({error.strerror}): "
                "set http_listen to another HOST:PORT, or to nothing for no HTTP."
            ) from None
        self._socket = socket.socket(family, fileno=listening.detach())
        self.port: int = self._socket.getsockname()[1]
        self._server = WSGIServer(
            self._socket,
            app,
            spawn=AT_ONCE,
            log=None,  # the application logs its requests, without what in them may be secret
            error_log=None,
            handler_class=_Handler,
            environ={"SERVER_NAME": host},  # or gevent asks the DNS for one
        )

    def start(self) -> None:
        """Begin to serve; returns at once."""
        self._server.start()
        _log.info("http.listening", address=self._socket.getsockname()[0], port=self.port)

    @property
    def trouble(self) -> str:
        """Why no connection is taken, in one sentence; empty from `start` to `stop`."""
        return "" if self._server.started else "HTTP is no longer served: see the log."

    def stop(self) -> None:
        """Serve no longer; what is at work has GRACE seconds."""
        self._server.stop(GRACE)


class _Handler(WSGIHandler):
    """One connection, with a deadline for each request, and silent about what clients send."""

    def handle_one_request(self) -> tuple[str, bytes] | Literal[True] | None:
        self._deadline = gevent.Timeout.start_new(HEAD_DEADLINE)
        try:
            return super().handle_one_request()
        except gevent.Timeout as late:
            if late is not self._deadline:
                raise
            return None
        finally:
            self._deadline.close()

    def handle_one_response(self) -> None:
        self._deadline.close()
        self._deadline = gevent.Timeout.start_new(DEADLINE)
        super().handle_one_response()

    def read_request(self, raw_requestline: str) -> Any:
        try:
            return super().read_request(raw_requestline)
        except HTTPException as error:  # too many headers: the client's fault, and no news for our stderr
            raise ValueError(str(error)) from None

    def log_request(self) -> None:
        pass

    def handle_error(
        self,
        t: type[BaseException] | None,
        v: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        # not the application's errors, which it handles itself: our deadline, or the end of the connection
        _log.info("http.broken_off", error=repr(v))
        self.close_connection = True
