"""`/api/v1/groups`: settings groups."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from flask import Blueprint, Response, jsonify, url_for

from controller.administration import groups
from controller.administration.values import Group, GroupChanges
from controller.app import Controller
from controller.domain.names import GroupName, check_domain
from controller.domain.policy import Accept, WhenNotAccepted
from controller.domain.reply import LONGEST_WINDOW, SHORTEST_WINDOW
from controller.web.api import given
from controller.web.api.desk import Desk, made, resource, with_version
from controller.web.keyring import Keyring

_CHANGES = {
    "whisper_initiate": given.flag,
    "whisper_accept": given.choice(Accept),
    "intercom_initiate": given.flag,
    "intercom_accept": given.choice(Accept),
    "when_not_accepted": given.choice(WhenNotAccepted),
    "decline_seconds": given.number(SHORTEST_WINDOW, LONGEST_WINDOW),
}
_NAME = {"name": given.parsed(GroupName)}


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("groups", controller, keyring)
    views = Groups(controller)
    found.add_url_rule("/groups", "list", views.listing, methods=["GET"])
    found.add_url_rule("/groups", "add", views.add, methods=["POST"])
    found.add_url_rule("/groups/<group>", "show", views.show, methods=["GET"])
    found.add_url_rule("/groups/<group>", "change", views.change, methods=["PATCH"])
    found.add_url_rule("/groups/<group>", "remove", views.remove, methods=["DELETE"])
    return found


class Groups:
    """The views."""

    def __init__(self, controller: Controller) -> None:
        self._desk = Desk(controller)

    def listing(self) -> Response:
        """The settings groups, by name."""
        asked = given.query({"domain": given.parsed(check_domain)})
        return jsonify(groups=list(map(asdict, self._desk.read(groups.listing, **asked))))

    def show(self, group: str) -> Response:
        """One settings group."""
        return _answer(self._desk.read(groups.show, _name(group)))

    def add(self) -> Response:
        """Add a settings group."""
        asked = given.body({**_NAME, **_CHANGES}, needed=_NAME)
        change = self._desk.change(groups.add, asked.pop("name"), _changes(asked))
        return made(_answer(change.result), url_for(".show", group=change.name))

    def change(self, group: str) -> Response:
        """Change a settings group."""
        name, version, asked = _name(group), given.version(), given.body(_CHANGES)
        return _answer(self._desk.change(groups.change, name, _changes(asked), version).result)

    def remove(self, group: str) -> tuple[str, int]:
        """Remove a settings group."""
        self._desk.change(groups.remove, _name(group), given.version())
        return "", 204


def _answer(group: Group) -> Response:
    return with_version(asdict(group), groups.version(group))


def _name(text: str) -> GroupName:
    return given.in_path(GroupName, text, "settings group")


def _changes(asked: dict[str, Any]) -> GroupChanges:
    return cast(GroupChanges, asked)  # the members are named as the columns are
