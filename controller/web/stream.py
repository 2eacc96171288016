"""`/api/v1/events`: what changes, as server-sent events (https://html.spec.whatwg.org, section 9.2).

| event | data |
| --- | --- |
| `start` | first in a stream that does not resume: from here on nothing is missed, so read the state now |
| `page` | a page, as in `/api/v1/pages`, each time that it has changed |
| `pages-off` | a user that has switched pages to itself off or on |
| `presence` | users of a domain that have begun or ended a call, or are rung: as in `/api/v1/presence` |
| `switch` | a switch that is connected, or not any more |

Nothing in it tells whom a user speaks with, neither a number nor a name (`presence`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum, auto
from functools import lru_cache, partial
from typing import Any

from flask import Blueprint, Response, json, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable, TooManyRequests

from controller.app import Controller
from controller.clock import Clock
from controller.domain.api_token import Scope
from controller.errors import StoreError, TooManyClients
from controller.paging.events import BlockChanged, PresenceChanged, SwitchChanged
from controller.web.access import Caller, bearer, caller, needs, recheck
from controller.web.api.presence import of_present
from controller.web.connections import LASTING
from controller.web.feed import ClickChanged, Feed, Message, PageChanged, Subscription
from controller.web.keyring import Keyring
from controller.web.pages import neutral, of_click, of_record

#: Makes the text of a message for callers of a kind.
Told = Callable[[Message, "View"], str]
#: Messages whose text is kept, for all who get the same.
TEXTS = 256
#: Seconds without an event after which a comment is sent: a client that has gone is noticed by it.
HEARTBEAT = 15.0
#: Seconds in which a client has to take what is sent, or it is thrown out.
PATIENCE = 10.0
#: Seconds after which a client that was cut off comes again.
RETRY = 2.0
_UNNAMED = {"switch": None, "trouble": None}


class View(Enum):
    """What callers of a kind see of a message."""

    EVERYTHING = auto()
    OF_DOMAIN = auto()
    OF_USER = auto()


def blueprint(controller: Controller, keyring: Keyring, feed: Feed) -> Blueprint:
    """The resource. A user gets the events of the pages that it is in, and its own."""
    found = Blueprint("events", __name__, url_prefix="/api/v1/events")
    found.before_request(bearer(controller.settings.api_token, keyring))
    found.before_request(needs(Scope.READ))
    told = lru_cache(maxsize=TEXTS)(_told)
    found.add_url_rule("", "events", lambda: _answer(feed, told, recheck(keyring)), methods=["GET"])
    return found


def _answer(feed: Feed, told: Told, valid: Callable[[], bool]) -> Response:
    who = caller()
    try:
        client = feed.subscribe(
            who.user or who.domain or None,
            request.headers.get("Last-Event-ID", ""),
            partial(sees, who),
        )
    except TooManyClients as error:
        raise _too_many(error) from None
    view = View.OF_USER if who.user else View.OF_DOMAIN if who.domain else View.EVERYTHING
    stream = _stream(client, lambda message: told(message, view), valid, feed.clock)
    response = Response(stream, content_type="text/event-stream; charset=utf-8")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would keep events until there are enough
    response.call_on_close(client.close)
    if lasting := request.environ.get(LASTING):
        lasting(PATIENCE, client.throw_out)
    return response


def sees(who: Caller, message: Message) -> bool:
    """Whether a caller may see a message. A user's token sees pages alone, and no colleagues."""
    change = message.change
    if isinstance(change, PresenceChanged):
        return who.user is None and who.domain in ("", change.domain)
    if isinstance(change, SwitchChanged):
        return who.user is None
    return who.may_act_for(*message.users)


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


def _told(message: Message, view: View) -> str:
    """A message in one view. A user gets a neutral reason, a domain no name of a switch."""
    match message.change:
        case PageChanged(record, muted):
            page = of_record(record, muted=muted)
            return _event("page", neutral(page) if view is View.OF_USER else page, message.id)
        case ClickChanged(click, answered):
            state = "answered" if answered else "ringing"
            page = of_click(state, click.page_id, click.pager, click.target, click.started_at)
            return _event("page", page, message.id)
        case PresenceChanged(users=users):
            return _event("presence", {"users": list(map(of_present, users))}, message.id)
        case SwitchChanged(switch, up, at, trouble):
            named = {"switch": switch, "trouble": trouble} if view is View.EVERYTHING else _UNNAMED
            shown = {"state": "up" if up else "down", "since": at.isoformat(), **named}
            return _event("switch", shown, message.id)
        case BlockChanged(user, off):
            return _event("pages-off", {"user": str(user), "off": off}, message.id)


def _event(name: str, data: dict[str, Any], number: str) -> str:
    return f"event: {name}\nid: {number}\ndata: {json.dumps(data)}\n\n"
