"""Reads the body of a request, once its sender is known."""

from __future__ import annotations

import gevent
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

#: The limit for a body, in bytes.
MAX_BODY = 64 * 1024
#: The limit for sending a body, in seconds.
BODY_DEADLINE = 10.0


def read_body() -> None:
    """A `before_request`, to be put after the one that checks the token.

    The whole body is read before the view runs, so that half a request does nothing. (If a body is not read,
    `server` closes the connection.)
    """
    with gevent.Timeout(BODY_DEADLINE, RequestTimeout()):
        if len(request.get_data()) > MAX_BODY:
            raise RequestEntityTooLarge
