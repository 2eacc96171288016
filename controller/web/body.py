"""Reads a request's body: for views that need one, and only for who may send one."""

from __future__ import annotations

import gevent
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

#: Bytes that a request's body may have.
MAX_BODY = 64 * 1024
#: Seconds that a client has to send a body.
BODY_DEADLINE = 10.0


def read_body() -> None:
    """A `before_request`, after the one that asks who it is.

    Before anything is done, so that nothing is half done when a client sends half a request. A body that
    nobody reads ends the connection (`server`).
    """
    with gevent.Timeout(BODY_DEADLINE, RequestTimeout()):
        if len(request.get_data()) > MAX_BODY:
            raise RequestEntityTooLarge
