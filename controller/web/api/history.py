"""`/api/v1/history`: the attempts to page, found by filters, in pieces, the newest first."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, Response, jsonify

from controller.administration import history
from controller.administration.history import After, Filter
from controller.app import Controller
from controller.domain.api_token import Scope
from controller.domain.names import UserFilter, check_domain
from controller.domain.record import Ending, PageRecord, Treatment
from controller.domain.refusal import Reason
from controller.errors import InvalidValue
from controller.web.api import given
from controller.web.api.desk import MOST, USUAL, Desk, resource
from controller.web.keyring import Keyring
from controller.web.pages import of_record

#: A time in microseconds since 1970, and a page's id.
_CURSOR = re.compile(r"([0-9]{1,17})_([0-9a-f-]{36})")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("history", controller, keyring, Scope.READ)
    desk = Desk(controller)
    found.add_url_rule("/history", "list", lambda: _listing(desk), methods=["GET"])
    return found


def cursor(record: PageRecord) -> str:
    """The text that asks for what follows this attempt."""
    since = record.started_at - _EPOCH
    return f"{since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds}_{record.page_id}"


def read_cursor(text: str) -> After:
    """The attempt that `cursor` has written. Raises InvalidValue."""
    match = _CURSOR.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        return After(_EPOCH + timedelta(microseconds=int(match[1])), str(UUID(match[2])))
    except (ValueError, OverflowError):
        raise InvalidValue("it is not the `next` of an answer.") from None


_FILTERS = {
    "from": given.moment,
    "to": given.moment,
    "user": given.parsed(UserFilter.parse),
    "pager": given.parsed(UserFilter.parse),
    "target": given.parsed(UserFilter.parse),
    "treatment": given.choice(Treatment),
    "reason": given.choice(Reason),
    "ending": given.choice(Ending),
    "domain": given.parsed(check_domain),
    "limit": given.number(1, MOST),
    "after": given.parsed(read_cursor),
}


def _listing(desk: Desk) -> Response:
    asked = given.query(_FILTERS)
    limit, after = asked.pop("limit", USUAL), asked.pop("after", None)
    times = {"since": asked.pop("from", None), "until": asked.pop("to", None)}
    found = desk.read(history.listing, Filter(**times, **asked), limit + 1, after)
    last = cursor(found[limit - 1]) if len(found) > limit else None
    return jsonify(pages=list(map(of_record, found[:limit])), next=last)
