"""Reads the body of a request, once its sender is known."""

from __future__ import annotations

from typing import Any

import gevent
from flask import json, request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from controller.web.problem import Fault, Invalid

#: The limit for a body, in bytes.
MAX_BODY = 64 * 1024
#: The limit for sending a body, in seconds.
BODY_DEADLINE = 10.0


def json_object(members: str) -> dict[str, Any]:
    """The JSON object that was sent; `members` says which it may have. Raises Invalid."""
    if not request.is_json:
        raise Invalid([Fault("Send JSON, and say so: `Content-Type: application/json`.")])
    try:
        asked = json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise Invalid([Fault("The body is not JSON.")]) from None
    if not isinstance(asked, dict):
        raise Invalid([Fault(f"The body is JSON, but no object: send {members}.")])
    return asked


def read_body(limit: int = MAX_BODY) -> None:
    """A `before_request`, to be put after the one that checks the token.

    The whole body is read before the view runs, so that half a request does nothing. (If a body is not read,
    `server` closes the connection.)
    """
    # werkzeug cuts a body in chunks at its limit without a word (LimitedStream.readall): see one byte more
    request.max_content_length = limit + 1
    with gevent.Timeout(BODY_DEADLINE, RequestTimeout()):
        if len(request.get_data()) > limit:
            raise RequestEntityTooLarge
