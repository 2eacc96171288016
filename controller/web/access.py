"""Who calls the API: the administrator by the controller's own token, or a user by a token of its keys.

Both are bearer tokens (RFC 6750). Whoever has none is answered the same, whatever was asked.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import NotFound, Unauthorized

from controller.domain.names import UserName
from controller.web.keyring import Keyring

#: What everybody is told who brings no right token.
NEEDED = "The API needs the header `Authorization: Bearer TOKEN` with the api_token, or a key's token."
_OFF = "The API is off: set api_token, and restart the controller."


@dataclass(frozen=True)
class Caller:
    """Who calls: a user, or with None the administrator."""

    user: UserName | None = None

    def may_act_for(self, *names: str | None) -> bool:
        """Whether it may do what one of these users may; users as the history has them."""
        return self.user is None or str(self.user) in names


def bearer(api_token: str, keyring: Keyring) -> Callable[[], None]:
    """A `before_request` that lets in whoever has a right token; nobody, where the API itself has none."""

    def check() -> None:
        if not api_token:
            raise NotFound(_OFF)
        sent = request.authorization
        given = (sent.token or "") if sent and sent.type == "bearer" else ""
        if hmac.compare_digest(given.encode(errors="replace"), api_token.encode()):
            g.caller = Caller()
            return
        user = keyring.user(given, request.remote_addr or "") if given else None
        if user is None:
            raise Unauthorized(NEEDED, www_authenticate=WWWAuthenticate("bearer", {"realm": "whisperpage"}))
        g.caller = Caller(user)

    return check


def caller() -> Caller:
    """Who makes the request at hand."""
    return cast(Caller, g.caller)
