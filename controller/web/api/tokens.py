"""`/api/v1/tokens`: tokens of this API, for programs. A token itself is in one answer only."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, jsonify, url_for
from werkzeug.exceptions import Forbidden

from controller.administration import tokens
from controller.app import Controller
from controller.domain.api_token import USUAL, ApiToken, Scope
from controller.domain.key_token import check_label
from controller.domain.message import check_name
from controller.domain.names import UserName, check_domain
from controller.errors import InvalidValue
from controller.web.access import caller
from controller.web.api import given
from controller.web.api.desk import Desk, Shown, made, resource
from controller.web.keyring import Keyring

#: The messages of one kiosk.
MESSAGES = 7
_DOMAIN = {"domain": given.parsed(check_domain)}


def _scopes(value: object) -> frozenset[Scope]:
    if not isinstance(value, list) or not value:
        raise InvalidValue(f"it is no list of {', '.join(Scope)}.")
    return frozenset(map(given.choice(Scope), value))


def _sender(text: str) -> str:
    return UserName(text, "any").extension


_NEW = {
    "domain": given.or_null(given.parsed(check_domain)),
    "label": given.parsed(check_label),
    "scopes": _scopes,
    "sender": given.parsed(_sender),
    "messages": given.several(given.parsed(check_name), MESSAGES),
}


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("tokens", controller, keyring)
    views = ApiTokens(controller)
    found.add_url_rule("/tokens", "list", views.listing, methods=["GET"])
    found.add_url_rule("/tokens", "issue", views.issue, methods=["POST"])
    found.add_url_rule("/tokens/<number>", "show", views.show, methods=["GET"])
    found.add_url_rule("/tokens/<number>", "revoke", views.revoke, methods=["DELETE"])
    return found


class ApiTokens:
    """The views."""

    def __init__(self, controller: Controller) -> None:
        self._desk = Desk(controller)

    def listing(self) -> Response:
        """The tokens that were issued, valid or not, though not the tokens themselves."""
        found = self._desk.read(tokens.listing, **given.query(_DOMAIN))
        return jsonify(tokens=list(map(of_token, found)))

    def show(self, number: str) -> Response:
        """One token."""
        return jsonify(of_token(self._desk.read(tokens.show, _number(number))))

    def issue(self) -> Response:
        """Make a token, of no more scopes than the caller's own."""
        asked = given.body(_NEW)
        scopes = asked.get("scopes", USUAL)
        needed = {Scope.PAGE if scope is Scope.KIOSK else scope for scope in scopes}
        if more := needed - caller().scopes:
            raise Forbidden(f"This token is not for {' or '.join(sorted(more))} itself.")
        change, token = self._desk.change(
            tokens.issue,
            asked.get("domain") or "",
            asked.get("label", ""),
            scopes,
            asked.get("sender", ""),
            asked.get("messages", ()),
        )
        shown = {**of_token(change.result), "token": token}
        return made(jsonify(shown), url_for(".show", number=change.result.id))

    def revoke(self, number: str) -> tuple[str, int]:
        """Make a token invalid."""
        self._desk.change(tokens.revoke, _number(number))
        return "", 204


def _number(text: str) -> int:
    return given.in_path(given.number(1, given.HIGHEST), text, "API token")


def of_token(token: ApiToken) -> Shown:
    """A token as programs see it, without itself."""
    return {
        "id": token.id,
        "domain": token.domain or None,
        "label": token.label,
        "scopes": token.scope_text.split(),
        "sender": token.sender or None,
        "messages": list(token.messages),
        **times(token.created_at, token.last_used_at, token.revoked_at),
    }


def times(created: datetime, used: datetime | None, revoked: datetime | None) -> Shown:
    """The times of a token as programs see them."""
    return {
        "created_at": created.isoformat(),
        "last_used_at": used.isoformat() if used else None,
        "revoked_at": revoked.isoformat() if revoked else None,
    }
