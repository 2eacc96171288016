"""Reads the body of a request, for views that need one and callers that may send one."""

from __future__ import annotations

import gevent
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

#: The most bytes of a request's body.
MAX_BODY = 64 * 1024
#: Seconds that a client has to send a body.
BODY_DEADLINE = 10.0


def read_body() -> None:
    """A `before_request`, after the one that checks the token.

    It runs before the view, so that half a request does nothing. A body that is not read ends the connection
    (`server`).
    """
    with gevent.Timeout(BODY_DEADLINE, RequestTimeout()):
        if len(request.get_data()) > MAX_BODY:
            raise RequestEntityTooLarge
