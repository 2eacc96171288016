"""`/api/v1/keys`: tokens for the keys of users' phones. A token itself is in one answer only."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, url_for

from controller.administration import keys
from controller.app import Controller
from controller.domain.api_token import Scope
from controller.domain.key_token import KeyToken, check_label
from controller.domain.names import UserName, check_domain
from controller.web.access import needs
from controller.web.api import given
from controller.web.api.desk import Desk, Shown, made, resource
from controller.web.api.tokens import times
from controller.web.keyring import Keyring

_USER = {"user": given.parsed(UserName.parse)}
_FILTERS = {**_USER, "domain": given.parsed(check_domain)}
_NEW = {**_USER, "label": given.parsed(check_label)}


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("keys", controller, keyring)
    views = KeyTokens(controller)
    found.add_url_rule("/keys", "list", views.listing, methods=["GET"])
    found.add_url_rule("/keys", "issue", views.issue, methods=["POST"])
    found.add_url_rule("/keys/<number>", "show", views.show, methods=["GET"])
    found.add_url_rule("/keys/<number>", "revoke", views.revoke, methods=["DELETE"])
    return found


class KeyTokens:
    """The views."""

    def __init__(self, controller: Controller) -> None:
        self._desk = Desk(controller)

    def listing(self) -> Response:
        """The tokens that were issued, valid or not, though not the tokens themselves."""
        found = self._desk.read(keys.listing, **given.query(_FILTERS))
        return jsonify(keys=list(map(of_key, found)))

    def show(self, number: str) -> Response:
        """One token."""
        return jsonify(of_key(self._desk.read(keys.show, _number(number))))

    def issue(self) -> Response:
        """Make a token for a user. Who has it can page as that user, so the caller must be able to page."""
        needs(Scope.PAGE)()
        asked = given.body(_NEW, needed=_USER)
        change, token = self._desk.change(keys.issue, asked["user"], asked.get("label", ""))
        shown = {**of_key(change.result), "token": token}
        return made(jsonify(shown), url_for(".show", number=change.result.id))

    def revoke(self, number: str) -> tuple[str, int]:
        """Make a token invalid."""
        self._desk.change(keys.revoke, _number(number))
        return "", 204


def _number(text: str) -> int:
    return given.in_path(given.number(1, given.HIGHEST), text, "token")


def of_key(token: KeyToken) -> Shown:
    """A token as programs see it, without itself."""
    return {
        "id": token.id,
        "user": str(token.user),
        "label": token.label,
        **times(token.created_at, token.last_used_at, token.revoked_at),
    }
