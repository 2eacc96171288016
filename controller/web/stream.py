"""`/api/v1/events`: what changes, as server-sent events (https://html.spec.whatwg.org, section 9.2).

| event | data |
| --- | --- |
| `start` | first in a stream that does not resume: from here on nothing is missed, so read the state now |
| `page` | a page, as in `/api/v1/pages`, each time that it has changed |
| `pages-off` | a user that has switched pages to itself off or on |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

from flask import Blueprint, Response, json, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable, TooManyRequests

from controller.app import Controller
from controller.errors import StoreError, TooManyClients
from controller.web.access import Caller, bearer, caller, recheck
from controller.web.feed import Feed, Message, PageChanged, Subscription
from controller.web.keyring import Keyring
from controller.web.pages import as_told, of_record
from controller.web.server import LASTING

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
    found.add_url_rule("", "events", lambda: _answer(feed, recheck(keyring)), methods=["GET"])
    return found


def _answer(feed: Feed, valid: Callable[[], bool]) -> Response:
    who = caller()
    try:
        client = feed.subscribe(
            who.user,
            request.headers.get("Last-Event-ID", ""),
            lambda message: who.may_act_for(*message.users),
        )
    except TooManyClients as error:
        raise _too_many(error) from None
    response = Response(_stream(client, who, valid), content_type="text/event-stream; charset=utf-8")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would keep events until there are enough
    response.call_on_close(client.close)
    if lasting := request.environ.get(LASTING):
        lasting(PATIENCE)
    return response


def _too_many(error: TooManyClients) -> HTTPException:
    kind = TooManyRequests if error.of_user else ServiceUnavailable
    return kind(str(error), retry_after=60)


def _stream(client: Subscription, who: Caller, valid: Callable[[], bool]) -> Iterator[str]:
    yield f"retry: {RETRY * 1000:.0f}\n\n"
    if not client.resumed:
        yield _event("start", {}, client.last_id)
    checked = monotonic()
    while (messages := client.wait(HEARTBEAT)) is not None:
        if monotonic() - checked >= HEARTBEAT:
            if not _still(valid):
                return
            checked = monotonic()
        yield "".join(_told(message, who) for message in messages) or ":\n\n"


def _still(valid: Callable[[], bool]) -> bool:
    try:
        return valid()
    except StoreError:
        return False  # the client comes again, and is told why


def _told(message: Message, who: Caller) -> str:
    """A message as its caller may see it."""
    change = message.change
    if isinstance(change, PageChanged):
        page = of_record(change.record, muted=change.muted)
        return _event("page", as_told(page, who), message.id)
    return _event("pages-off", {"user": str(change.user), "off": change.off}, message.id)


def _event(name: str, data: dict[str, Any], number: str) -> str:
    return f"event: {name}\nid: {number}\ndata: {json.dumps(data)}\n\n"
