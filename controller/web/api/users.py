"""`/api/v1/users`: users, their settings and what is in effect for them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

from flask import Blueprint, Response, jsonify, url_for

from controller.administration import users
from controller.administration.change import version_of
from controller.administration.values import User, UserChanges
from controller.app import Controller
from controller.domain.names import GroupName, UserName, check_domain
from controller.domain.policy import Accept, Level, Rights
from controller.errors import StoreError
from controller.phones.values import PhoneKind
from controller.web.api import given
from controller.web.api.desk import MOST, USUAL, Desk, Shown, made, resource, with_version
from controller.web.keyring import Keyring

_RIGHTS = {
    "whisper_initiate": given.or_null(given.flag),
    "whisper_accept": given.or_null(given.choice(Accept)),
    "intercom_initiate": given.or_null(given.flag),
    "intercom_accept": given.or_null(given.choice(Accept)),
}
_CHANGES = {
    "group": given.parsed(lambda text: GroupName(text).name),
    **_RIGHTS,
    "pages_off": given.flag,
    "phone_kind": given.or_null(given.choice(PhoneKind)),
    "auto_answer": given.or_null(given.headers),
}
_USER = {"user": given.parsed(UserName.parse)}
#: The users that one request may change.
MANY = 100
_BULK = {"users": given.several(given.parsed(UserName.parse), MANY), "changes": given.members(_CHANGES)}
_FILTERS = {
    "domain": given.parsed(check_domain),
    "group": given.parsed(GroupName),
    "search": given.text,
    "after": given.parsed(UserName.parse),
    "limit": given.number(1, MOST),
}


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("users", controller, keyring)
    views = Users(controller)
    found.add_url_rule("/users", "list", views.listing, methods=["GET"])
    found.add_url_rule("/users", "add", views.add, methods=["POST"])
    found.add_url_rule("/users", "change_all", views.change_all, methods=["PATCH"])
    found.add_url_rule("/users/<user>", "show", views.show, methods=["GET"])
    found.add_url_rule("/users/<user>", "change", views.change, methods=["PATCH"])
    found.add_url_rule("/users/<user>", "remove", views.remove, methods=["DELETE"])
    return found


class Users:
    """The views."""

    def __init__(self, controller: Controller) -> None:
        self._desk = Desk(controller)
        self._blocked = controller.blocked

    def listing(self) -> Response:
        """The users, by domain and extension, in pieces."""
        asked = given.query(_FILTERS)
        limit = asked.pop("limit", USUAL)
        found = self._desk.read(users.listing, **asked, limit=limit + 1)
        more = len(found) > limit
        last = str(found[limit - 1].name) if more else None
        return jsonify(users=[of_user(user) for user in found[:limit]], next=last)

    def show(self, user: str) -> Response:
        """One user."""
        return _answer(self._desk.read(users.show, _name(user)))

    def add(self) -> Response:
        """Add a user."""
        asked = given.body({**_USER, **_CHANGES}, needed=_USER)
        name = asked.pop("user")
        change = self._desk.change(users.add, name, _changes(asked))
        self._look(asked)
        return made(_answer(change.result), url_for(".show", user=change.name))

    def change(self, user: str) -> Response:
        """Change a user."""
        name, version, asked = _name(user), given.version(), given.body(_CHANGES)
        change = self._desk.change(users.change, name, _changes(asked), version)
        self._look(asked)
        return _answer(change.result)

    def change_all(self) -> Response:
        """Change several users in the same way: all of them, or none."""
        asked = given.body(_BULK, needed=_BULK)
        done = self._desk.change(users.change_all, asked["users"], _changes(asked["changes"]))
        self._look(asked["changes"])
        return jsonify(users=[of_user(each.result) for each in done])

    def remove(self, user: str) -> tuple[str, int]:
        """Remove a user."""
        change = self._desk.change(users.remove, _name(user), given.version())
        self._look({"pages_off": change.result.pages_off})
        return "", 204

    def _look(self, asked: dict[str, Any]) -> None:
        """Have lamps and live pages follow at once where pages were switched off or on."""
        if "pages_off" in asked:
            with suppress(StoreError):
                self._blocked.look()


def of_user(user: User) -> Shown:
    """A user as programs see it: its own settings, null where it inherits, and what is in effect."""
    own = {**_own("whisper", user.whisper), **_own("intercom", user.intercom)}
    effective = {**_effective("whisper", user.whisper), **_effective("intercom", user.intercom)}
    headers = user.phone.headers
    return {
        "user": str(user.name),
        "group": user.group,
        **own,
        "pages_off": user.pages_off,
        "phone_kind": user.phone.kind,
        "auto_answer": None if headers is None else list(map(str, headers)),
        "effective": {
            **effective,
            "when_not_accepted": user.when_not_accepted,
            "decline_seconds": user.decline_seconds,
        },
    }


def _own(feature: str, rights: Rights) -> Shown:
    by_user = Level.USER
    return {
        f"{feature}_initiate": rights.initiate if rights.initiate_source.level is by_user else None,
        f"{feature}_accept": rights.accept if rights.accept_source.level is by_user else None,
    }


def _effective(feature: str, rights: Rights) -> Shown:
    return {
        f"{feature}_initiate": rights.initiate,
        f"{feature}_initiate_from": str(rights.initiate_source),
        f"{feature}_accept": rights.accept,
        f"{feature}_accept_from": str(rights.accept_source),
    }


def _answer(user: User) -> Response:
    return with_version(of_user(user), version_of(user))


def _name(text: str) -> UserName:
    return given.in_path(UserName.parse, text, "user")


def _changes(asked: dict[str, Any]) -> UserChanges:
    values = {"settings_group" if name == "group" else name: value for name, value in asked.items()}
    return cast(UserChanges, values)  # the members are named as the columns are
