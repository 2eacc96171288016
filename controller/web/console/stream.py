"""The console's stream of events (`told`), which is cut off when its session ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import orjson
from flask import Response, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable, TooManyRequests

from controller.clock import Clock
from controller.domain.names import UserName
from controller.errors import StoreError, TooManyClients
from controller.station import Station
from controller.web.connections import LASTING
from controller.web.console import told
from controller.web.console.guard import cookie, session
from controller.web.console.roll import Edition, Roll
from controller.web.console.sessions import Sessions
from controller.web.feed import KEPT, Feed, Message, Subscription
from controller.web.stream import HEARTBEAT, PATIENCE, RETRY

#: Seconds between two looks at the roll.
LOOK = 5.0


class Stream:
    """The view."""

    def __init__(self, feed: Feed, roll: Roll, stations: tuple[Station, ...], sessions: Sessions) -> None:
        self._feed = feed
        self._roll = roll
        self._stations = stations
        self._sessions = sessions
        self._shared = lru_cache(maxsize=KEPT)(self._text)

    def answer(self) -> Response:
        """Begin a stream, or go on with one that was cut."""
        user, secret = session().user, cookie()
        try:
            client = self._feed.subscribe(
                user, request.headers.get("Last-Event-ID", ""), lambda message: told.concerns(message, user)
            )
        except TooManyClients as error:
            raise _too_many(error) from None
        response = Response(
            self._pieces(client, user, lambda: self._sessions.is_valid(secret), self._feed.clock),
            content_type="text/event-stream; charset=utf-8",
        )
        response.headers["X-Accel-Buffering"] = "no"  # nginx would keep events until there are enough
        response.call_on_close(client.close)
        if lasting := request.environ.get(LASTING):
            lasting(PATIENCE, client.throw_out)
        return response

    def _pieces(
        self, client: Subscription, user: UserName, valid: Callable[[], bool], clock: Clock
    ) -> Iterator[bytes]:
        yield f"retry: {RETRY * 1000:.0f}\n\n".encode()
        if not client.resumed:
            yield _event("start", b"{}", client.last_id)
        edition = ""
        checked = clock.monotonic()
        while (messages := client.wait(LOOK)) is not None:
            pieces = [self._of(message, user) for message in messages]
            if clock.monotonic() - checked >= HEARTBEAT:
                if not _still(valid):
                    return
                checked = clock.monotonic()
                pieces.append(b":\n\n")
            newest = self._edition(user.domain)
            if newest and newest.id != edition:
                follows = edition and edition == newest.before
                news = newest.changes if follows else orjson.dumps({"edition": newest.id})
                pieces.append(_event("roll", news))
                edition = newest.id
            if pieces:
                yield b"".join(pieces)

    def _of(self, message: Message, user: UserName) -> bytes:
        """What a console is told of a message; made once for all of them if they are told the same."""
        return self._shared(message) if told.is_shared(message, user) else self._text(message, user)

    def _text(self, message: Message, user: UserName | None = None) -> bytes:
        found = told.events(message, user, self._stations)
        return b"".join(_event(name, orjson.dumps(data), message.id) for name, data in found)

    def _edition(self, domain: str) -> Edition | None:
        try:
            return self._roll.of(domain)
        except StoreError:
            return None


def _too_many(error: TooManyClients) -> HTTPException:
    kind = TooManyRequests if error.of_owner else ServiceUnavailable
    return kind(str(error), retry_after=60)


def _still(valid: Callable[[], bool]) -> bool:
    try:
        return valid()
    except (StoreError, ServiceUnavailable):
        return False  # the client comes again, and is told why


def _event(name: str, data: bytes, number: str = "") -> bytes:
    """An event; `data` is JSON, in one line."""
    head = f"id: {number}\n" if number else ""
    return b"event: %b\n%bdata: %b\n\n" % (name.encode(), head.encode(), data)
