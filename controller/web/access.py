"""Who calls the API: the administrator with the api_token, or a user with a token of its keys.

Both are bearer tokens (RFC 6750). Without one, every request gets the same answer.
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

#: The answer to a request without a valid token.
NEEDED = "The API needs the header `Authorization: Bearer TOKEN` with the api_token, or a key's token."
_OFF = "The API is off: set api_token, and restart the controller."


@dataclass(frozen=True)
class Caller:
    """The caller: a user, or the administrator if `user` is None."""

    user: UserName | None = None

    def may_act_for(self, *names: str | None) -> bool:
        """Whether the caller may act for one of these users, written as in the history."""
        return self.user is None or str(self.user) in names


def bearer(api_token: str, keyring: Keyring) -> Callable[[], None]:
    """A `before_request` that admits callers with a valid token, and nobody if no api_token is set."""

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
    """The caller of the current request."""
    return cast(Caller, g.caller)
