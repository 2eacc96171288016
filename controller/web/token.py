"""The API's own key: one bearer token (RFC 6750), a setting of the controller."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from flask import request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import NotFound, Unauthorized


def bearer(token: str) -> Callable[[], None]:
    """A `before_request` that lets in who sends `Authorization: Bearer TOKEN`; nobody, without a token."""

    def check() -> None:
        if not token:
            raise NotFound("The API is off: set api_token, and restart the controller.")
        sent = request.authorization
        given = (sent.token or "") if sent and sent.type == "bearer" else ""
        if not hmac.compare_digest(given.encode(errors="replace"), token.encode()):
            raise Unauthorized(
                "The API needs the header `Authorization: Bearer` with the controller's api_token.",
                www_authenticate=WWWAuthenticate("bearer", {"realm": "whisperpage"}),
            )

    return check
