"""`/api/v1/users/USER/accept` and `/api/v1/groups/GROUP/accept`: accept lists."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from controller.administration import lists
from controller.administration.lists import Entry
from controller.app import Controller
from controller.domain.names import GroupName, Principal, UserName, parse_principal, principal_text
from controller.domain.policy import Accept, Feature
from controller.errors import InvalidValue
from controller.web.api import given
from controller.web.api.desk import Desk, Shown, resource
from controller.web.keyring import Keyring

_OWNERS: tuple[tuple[str, str, Callable[[str], Principal]], ...] = (
    ("users", "user", UserName.parse),
    ("groups", "settings group", GroupName),
)


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resources, for one controller."""
    found = resource("lists", controller, keyring)
    desk = Desk(controller)
    for kind, thing, reader in _OWNERS:
        views = Lists(desk, thing, reader)
        path = f"/{kind}/<owner>/accept"
        entry = f"{path}/<feature>/<allowed>"
        found.add_url_rule(path, f"{kind}_list", views.listing, methods=["GET"])
        found.add_url_rule(entry, f"{kind}_add", views.add, methods=["PUT"])
        found.add_url_rule(entry, f"{kind}_remove", views.remove, methods=["DELETE"])
    return found


class Lists:
    """The views, for the lists of one kind of owners: `thing` is what people call it."""

    def __init__(self, desk: Desk, thing: str, reader: Callable[[str], Principal]) -> None:
        self._desk = desk
        self._thing = thing
        self._reader = reader

    def listing(self, owner: str) -> Response:
        """The entries of both lists."""
        found = self._desk.read(lists.listing, self._owner(owner))
        return jsonify(entries=list(map(of_entry, found)))

    def add(self, owner: str, feature: str, allowed: str) -> tuple[Response, int]:
        """Add a user or a group to a list."""
        change = self._desk.change(lists.add, self._owner(owner), _feature(feature), _allowed(allowed))
        return jsonify(of_entry(change.result)), 201

    def remove(self, owner: str, feature: str, allowed: str) -> tuple[str, int]:
        """Remove a user or a group from a list."""
        self._desk.change(lists.remove, self._owner(owner), _feature(feature), _allowed(allowed))
        return "", 204

    def _owner(self, text: str) -> Principal:
        return given.in_path(self._reader, text, self._thing)


def of_entry(entry: Entry) -> Shown:
    """An entry as programs see it; `counts` is whether its owner accepts those on the list."""
    return {
        "feature": entry.feature,
        "allowed": principal_text(entry.allowed),
        "counts": entry.in_effect is Accept.LISTED,
    }


def _feature(text: str) -> Feature:
    return given.in_path(given.choice(Feature), text, "feature")


def _allowed(text: str) -> Principal:
    try:
        return parse_principal(text)
    except InvalidValue as error:
        raise InvalidValue(f"The last part of the path: {error}") from None
