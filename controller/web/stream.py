"""`/api/v1/events`: what changes, as server-sent events (https://html.spec.whatwg.org, section 9.2).

| event | data |
| --- | --- |
| `start` | first in a stream that does not resume: from here on nothing is missed, so read the state now |
| `page` | a page, as in `/api/v1/pages`, each time that it has changed |
| `pages-off` | a user that has switched pages to itself off or on |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, json, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable, TooManyRequests

from controller.app import Controller
from controller.clock import Clock
from controller.errors import StoreError, TooManyClients
from controller.web.access import bearer, caller, recheck
from controller.web.feed import KEPT, Feed, Message, PageChanged, Subscription
from controller.web.keyring import Keyring
from controller.web.pages import neutral, of_record
from controller.web.server import LASTING

#: Makes the text of a message; whether for the administrator.
Told = Callable[[Message, bool], str]
#: Seconds without an event after which a comment is sent: a client that has gone is noticed by it.
HEARTBEAT = 15.0
#: Seconds in which a client has to take what is sent, or it is thrown out.
PATIENCE = 10.0
#: Seconds after which a client that was cut off comes again.
RETRY = 2.0


def blueprint(controller: Controller, keyring: Keyring, feed: Feed) -> Blueprint:
    """The resource. A user gets the events of the pages that it is in, and its own."""
    found = Blueprint("events", __name__, url_prefix="/api/v1/events")
    found.before_request(bearer(controller.settings.api_token, keyring))
    told = lru_cache(maxsize=KEPT)(_told)
    found.add_url_rule("", "events", lambda: _answer(feed, told, recheck(keyring)), methods=["GET"])
    return found


def _answer(feed: Feed, told: Told, valid: Callable[[], bool]) -> Response:
    who = caller()
    try:
        client = feed.subscribe(
            who.user or who.domain or None,
            request.headers.get("Last-Event-ID", ""),
            lambda message: who.may_act_for(*message.users),
        )
    except TooManyClients as error:
        raise _too_many(error) from None
    stream = _stream(client, lambda message: told(message, who.user is None), valid, feed.clock)
    response = Response(stream, content_type="text/event-stream; charset=utf-8")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would keep events until there are enough
    response.call_on_close(client.close)
    if lasting := request.environ.get(LASTING):
        lasting(PATIENCE)
    return response


def _too_many(error: TooManyClients) -> HTTPException:
    kind = TooManyRequests if error.of_owner else ServiceUnavailable
    return kind(str(error), retry_after=60)


def _stream(
    client: Subscription, told: Callable[[Message], str], valid: Callable[[], bool], clock: Clock
) -> Iterator[str]:
    yield f"retry: {RETRY * 1000:.0f}\n\n"
    if not client.resumed:
        yield _event("start", {}, client.last_id)
    checked = clock.monotonic()
    while (messages := client.wait(HEARTBEAT)) is not None:
        if clock.monotonic() - checked >= HEARTBEAT:
            if not _still(valid):
                return
            checked = clock.monotonic()
        yield "".join(map(told, messages)) or ":\n\n"


def _still(valid: Callable[[], bool]) -> bool:
    try:
        return valid()
    except StoreError:
        return False  # the client comes again, and is told why


def _told(message: Message, everything: bool) -> str:
    """A message as the administrator sees it, who sees `everything`, or as a user does."""
    change = message.change
    if isinstance(change, PageChanged):
        page = of_record(change.record, muted=change.muted)
        return _event("page", page if everything else neutral(page), message.id)
    return _event("pages-off", {"user": str(change.user), "off": change.off}, message.id)


def _event(name: str, data: dict[str, Any], number: str) -> str:
    return f"event: {name}\nid: {number}\ndata: {json.dumps(data)}\n\n"
