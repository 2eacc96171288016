"""Who may use the API: administrators of all domains or of one, and a user by a token of its keys.

All tokens are bearer tokens (RFC 6750). Every request without one gets the same answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, NotFound, Unauthorized

from controller.administration.reach import Reach
from controller.domain.api_token import FULL, USUAL, Scope
from controller.domain.key_token import KeyToken
from controller.domain.names import UserName
from controller.web.keyring import Keyring
from controller.web.server import LOCAL

#: What a request without a valid token is told.
NEEDED = "The API needs the header `Authorization: Bearer TOKEN` with an API token, or a key's token."
_OFF = "The API is off: set api_token, and restart the controller."


@dataclass(frozen=True)
class Caller:
    """The caller: a user, or an administrator if `user` is None: of one domain, or of all if it is empty.

    `revocable`: its token can be revoked while the controller runs. `scopes` are what its token is for, and
    `name` is what the audit calls it. A kiosk has a `sender`, who sends nothing but `messages`.
    """

    user: UserName | None = None
    domain: str = ""
    revocable: bool = False
    scopes: frozenset[Scope] = FULL
    name: str = "the api_token"
    sender: UserName | None = None
    messages: tuple[str, ...] = ()

    @property
    def of_all(self) -> bool:
        """Whether the caller is an administrator of all domains."""
        return self.user is None and not self.domain

    def may_act_for(self, *users: UserName | None) -> bool:
        """Whether the caller may act for one of these users."""
        if own := self.user or self.sender:
            return own in users
        return not self.domain or self.domain in {user.domain for user in users if user}

    @property
    def reach(self) -> Reach:
        """Whose settings an administrator sees and changes."""
        return Reach(self.domain)


def bearer(api_token: str, keyring: Keyring, *, local: bool = False) -> Callable[[], None]:
    """A `before_request` that admits callers with a valid token; nobody, if no api_token is set.

    With `local`, a request by the socket of this machine needs no token and is the administrator's.
    """

    def check() -> None:
        if local and request.environ.get(LOCAL):
            g.caller = Caller()
            return
        if not api_token:
            raise NotFound(_OFF)
        sent = request.authorization
        given = (sent.token or "") if sent and sent.type == "bearer" else ""
        if hmac.compare_digest(given.encode(errors="replace"), api_token.encode()):
            g.caller = Caller()
            return
        key = keyring.key(given, request.remote_addr or "") if given else None
        if key is None:
            raise no_token()
        if isinstance(key, KeyToken):
            g.caller = Caller(key.user, revocable=True, scopes=USUAL, name=f"key {key.id}")
        else:
            name = f"API token {key.id}"
            sender = UserName(key.sender, key.domain) if key.sender else None
            g.caller = Caller(None, key.domain, True, key.scopes, name, sender, key.messages)

    return check


def no_token() -> Unauthorized:
    """The answer to a request without a valid token."""
    return Unauthorized(NEEDED, www_authenticate=WWWAuthenticate("bearer", {"realm": "whisperpage"}))


def needs(scope: Scope) -> Callable[[], None]:
    """A `before_request`, to be put after `bearer`: admits callers whose token has a scope."""

    def check() -> None:
        if scope not in caller().scopes:
            raise Forbidden(f"This needs a token with the scope {scope}.")

    return check


def administrator() -> None:
    """A `before_request`, to be put after `bearer`: admits administrators, of all domains or of one."""
    if caller().user is not None:
        raise Forbidden("A key's token is for the pages of its own user alone.")


def recheck(keyring: Keyring) -> Callable[[], bool]:
    """Asks later whether the token of the current request is still valid. Raises StoreError when asked."""
    if not caller().revocable:
        return lambda: True  # the api_token is valid until the controller is restarted
    sent = request.authorization
    token = (sent.token or "") if sent else ""
    return lambda: keyring.is_valid(token)


def caller() -> Caller:
    """The caller of the current request."""
    return cast(Caller, g.caller)
