"""`/api/v1/phones`: phone rules. They are of all domains; the administrator of one sees them."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, jsonify, url_for

from controller.administration import phones
from controller.administration.change import version_of
from controller.administration.values import RuleChanges
from controller.app import Controller
from controller.phones.values import POSITIONS, PhoneKind, PhoneRule
from controller.web.api import given
from controller.web.api.desk import Desk, Shown, made, resource, with_version
from controller.web.keyring import Keyring

_CHANGES = {
    "position": given.number(*POSITIONS),
    "vendor": given.text,
    "kind": given.choice(PhoneKind),
    "auto_answer": given.headers,
}
_NEW = {"pattern": given.text, **_CHANGES}


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("phones", controller, keyring)
    views = Phones(controller)
    found.add_url_rule("/phones", "list", views.listing, methods=["GET"])
    found.add_url_rule("/phones", "add", views.add, methods=["POST"])
    found.add_url_rule("/phones/<path:pattern>", "show", views.show, methods=["GET"])
    found.add_url_rule("/phones/<path:pattern>", "change", views.change, methods=["PATCH"])
    found.add_url_rule("/phones/<path:pattern>", "remove", views.remove, methods=["DELETE"])
    return found


class Phones:
    """The views."""

    def __init__(self, controller: Controller) -> None:
        self._desk = Desk(controller)

    def listing(self) -> Response:
        """Every phone rule, in the order in which they are tried."""
        given.query({})
        return jsonify(phones=list(map(of_rule, self._desk.read(phones.listing))))

    def show(self, pattern: str) -> Response:
        """One phone rule."""
        return _answer(self._desk.read(phones.show, _pattern(pattern)))

    def add(self) -> Response:
        """Add a phone rule, before all others unless it has a position."""
        asked = given.body(_NEW, needed=("pattern", "vendor", "kind"))
        change = self._desk.change(
            phones.add,
            asked["pattern"],
            asked["vendor"],
            asked["kind"],
            asked.get("auto_answer", ()),
            asked.get("position"),
        )
        return made(_answer(change.result), url_for(".show", pattern=change.name))

    def change(self, pattern: str) -> Response:
        """Change a phone rule."""
        version, asked = given.version(), given.body(_CHANGES)
        return _answer(self._desk.change(phones.change, _pattern(pattern), _changes(asked), version).result)

    def remove(self, pattern: str) -> tuple[str, int]:
        """Remove a phone rule."""
        self._desk.change(phones.remove, _pattern(pattern), given.version())
        return "", 204


def of_rule(rule: PhoneRule) -> Shown:
    """A phone rule as programs see it."""
    return {
        "position": rule.position,
        "pattern": rule.pattern,
        "vendor": rule.vendor,
        "kind": rule.kind,
        "auto_answer": list(map(str, rule.headers)),
    }


def _pattern(text: str) -> str:
    return given.in_path(phones.check_pattern, text, "phone rule")


def _answer(rule: PhoneRule) -> Response:
    return with_version(of_rule(rule), version_of(rule))


def _changes(asked: dict[str, Any]) -> RuleChanges:
    values = {"headers" if name == "auto_answer" else name: value for name, value in asked.items()}
    return cast(RuleChanges, values)
