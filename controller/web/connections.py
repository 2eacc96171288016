"""The connections of clients: how many there are, how long each may take, and which one makes room.

No client can keep another one out. There is a limit for the number of connections. When it is reached, a new
connection takes the place of the one that has waited longest for its client: to send the head or the body of
a request, or to read the answer. A request on which the application is at work is never broken off for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from select import POLLRDHUP, poll
from socket import SHUT_RDWR, SHUT_WR
from types import TracebackType
from typing import Any, Literal, cast

import gevent
import structlog
from flask import Flask
from gevent import socket
from gevent.pool import Pool
from gevent.pywsgi import Input, WSGIHandler, WSGIServer

#: The limit for connections: half of the files that a process may have open by default.
AT_ONCE = 500
#: Seconds for the line and the headers of a request; also the limit for an idle connection.
HEAD_DEADLINE = 10.0
#: The limit for the headers, in bytes.
MAX_HEAD = 32 * 1024
#: Seconds for the rest of a request: its body, the work on it, and its answer.
DEADLINE = 30.0
#: Seconds and bytes for the rest of a body that is not needed: it is read so that the client gets the answer.
REST, MAX_REST = 1.0, 128 * 1024

#: Keys in the environ of requests. What to call if the answer has no end of its own, or if it takes so many
#: seconds more than others; and what tells whether the client has gone.
LASTING, LONGER, GONE = "whisperpage.lasting", "whisperpage.longer", "whisperpage.gone"

_log = structlog.get_logger(__name__)


class BoundedServer(WSGIServer):
    """Accepts every connection; of too many, closes the one that has waited longest for its client."""

    def __init__(self, listening: socket.socket, app: Flask, environ: dict[str, Any]) -> None:
        super().__init__(
            listening,
            app,
            spawn=Pool(),
            log=None,  # the application logs its requests, without what in them may be secret
            error_log=None,
            handler_class=_Connection,
            environ=environ,
        )
        #: The connections that wait for their clients, the longest wait first.
        self.waiting: dict[_Connection, None] = {}
        self.leaving = 0

    def do_handle(self, *arguments: Any) -> None:
        """Handle a new connection."""
        if len(cast(Pool, self.pool)) - self.leaving >= AT_ONCE and not self._let_go():
            self.do_close(*arguments)
        else:
            super().do_handle(*arguments)

    def _let_go(self) -> bool:
        handler = next(iter(self.waiting), None)
        if handler is not None:
            handler.let_go()
        return handler is not None


class _Connection(WSGIHandler):
    """One connection, with a deadline for each request. It logs nothing that a client has sent."""

    server: BoundedServer
    _leaves = False
    #: The limit in seconds for each piece of an answer that lasts; None if there is one for the whole.
    _patience: float | None = None
    #: What to call when a client takes longer than that.
    _late: Callable[[], None] | None = None

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            pass  # the client has gone
        finally:
            self.server.leaving -= self._leaves

    def let_go(self) -> None:
        """Close it while it waits for its client."""
        self._leaves = True
        self.server.leaving += 1
        self.server.waiting.pop(self, None)
        _shut(self.socket, SHUT_RDWR)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For the time of the block, it waits for its client."""
        if not self._leaves:
            self.server.waiting[self] = None
        try:
            yield
        finally:
            self.server.waiting.pop(self, None)

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

    def read_requestline(self) -> str:
        with self.waiting():
            return str(super().read_requestline())

    def read_request(self, raw_requestline: str) -> Any:
        try:
            with self.waiting():
                return super().read_request(raw_requestline)
        except (
            HTTPException,
            OSError,
        ) as error:  # too many headers, or the client is gone: nothing for our stderr
            raise ValueError(str(error)) from None

    def MessageClass(self, rfile: Any, *arguments: Any) -> Any:  # noqa: N802
        return super().MessageClass(_Head(rfile), *arguments)  # type: ignore[arg-type]

    def handle_one_response(self) -> None:
        self._deadline.close()
        self._deadline = gevent.Timeout.start_new(DEADLINE)
        self._patience = self._late = None
        super().handle_one_response()

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["wsgi.input"] = _Body(self.wsgi_input, self.waiting)
        environ |= {LASTING: self.last, LONGER: self.last_longer, GONE: self.gone}
        return environ

    def last(self, patience: float, late: Callable[[], None]) -> None:
        """Let the answer last. The client has `patience` seconds to take each piece of it.

        If it takes longer, `late` is called, and the connection is closed.
        """
        self._deadline.close()
        self._patience, self._late = patience, late

    def last_longer(self, seconds: float) -> None:
        """Let the answer take so many seconds more than the DEADLINE, which begins anew."""
        self._deadline.close()
        self._deadline = gevent.Timeout.start_new(seconds + DEADLINE)

    def gone(self) -> bool:
        """Whether the client has closed the connection, or its own side of it."""
        looked = poll()
        looked.register(self.socket.fileno(), POLLRDHUP)
        return bool(looked.poll(0))

    def run_application(self) -> None:
        try:
            super().run_application()
        finally:
            if self._unread:
                self.close_connection = True
                self.wsgi_input = Input(self.rfile, None)  # else pywsgi waits for the rest
                self._take_the_rest()

    def finalize_headers(self) -> None:
        if self._unread:
            cast(list[tuple[bytes, bytes]], self.response_headers).append((b"Connection", b"close"))
        super().finalize_headers()

    def _sendall(self, data: bytes) -> None:
        limit = gevent.Timeout(self._patience)
        try:
            with self.waiting(), limit:
                super()._sendall(data)  # type: ignore[misc]
        except gevent.Timeout as late:
            if late is limit and self._late:
                self._late()
            raise

    @property
    def _unread(self) -> bool:
        """Whether a part of the body was not read."""
        body = cast(Input, self.wsgi_input)
        if body.chunked_input:
            return bool(body.chunk_length)
        return bool(body.position < (body.content_length or 0))

    def _take_the_rest(self) -> None:
        """Read the rest of the body: else a client that still sends may lose the answer (RFC 9112, 9.6)."""
        _shut(self.socket, SHUT_WR)
        left = MAX_REST
        with self.waiting(), gevent.Timeout(REST, False):  # type: ignore[arg-type]
            while left > 0 and (data := self._receive()):
                left -= len(data)

    def _receive(self) -> bytes:
        try:
            return bytes(self.socket.recv(65536))
        except OSError:
            return b""

    def log_request(self) -> None:
        pass

    def handle_error(
        self,
        t: type[BaseException] | None,
        v: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        # our deadline, or the end of the connection; the application handles its own errors
        _log.info("http.broken_off", error=repr(v))
        self.close_connection = True


class _Head:
    """The lines of the headers. Raises ValueError if they are too long, or end too early."""

    def __init__(self, lines: Any) -> None:
        self._lines = lines
        self._left = MAX_HEAD

    def readline(self, size: int) -> bytes:
        """Read the next line."""
        line = bytes(self._lines.readline(min(size, self._left)))
        self._left -= len(line)
        if not line:  # else a part would be taken for the whole
            raise ValueError(f"the headers do not end, or have more than {MAX_HEAD} bytes")
        return line


class _Body:
    """The body of a request. To read it is to wait for the client."""

    def __init__(self, body: Any, waiting: Callable[[], Any]) -> None:
        self._body = body
        self._waiting = waiting

    def read(self, *size: int) -> bytes:
        """Read some bytes, or all."""
        with self._waiting():
            return bytes(self._body.read(*size))

    def readline(self, *size: int) -> bytes:
        """Read a line."""
        with self._waiting():
            return bytes(self._body.readline(*size))

    def readlines(self, *hint: int) -> list[bytes]:
        """Read all lines."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


def _shut(connection: socket.socket | None, how: int) -> None:
    try:
        if connection:
            connection.shutdown(how)
    except OSError:
        pass  # the client has closed it
