"""`/api/v1/page-groups`: page groups, and who their members are."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, url_for

from controller.administration import page_groups
from controller.app import Controller
from controller.domain.names import check_domain, parse_principal, principal_text
from controller.domain.page_group import PageGroup, PageGroupName
from controller.web.api import given
from controller.web.api.desk import Desk, Shown, made, resource, with_version
from controller.web.keyring import Keyring

_GROUP = {"name": given.parsed(PageGroupName.parse), "label": given.text}
_LABEL = {"label": given.text}


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("page_groups", controller, keyring)
    views = PageGroups(controller)
    member = "/page-groups/<group>/members/<member>"
    found.add_url_rule("/page-groups", "list", views.listing, methods=["GET"])
    found.add_url_rule("/page-groups", "add", views.add, methods=["POST"])
    found.add_url_rule("/page-groups/<group>", "show", views.show, methods=["GET"])
    found.add_url_rule("/page-groups/<group>", "change", views.change, methods=["PATCH"])
    found.add_url_rule("/page-groups/<group>", "remove", views.remove, methods=["DELETE"])
    found.add_url_rule(member, "add_member", views.add_member, methods=["PUT"])
    found.add_url_rule(member, "remove_member", views.remove_member, methods=["DELETE"])
    return found


class PageGroups:
    """The views."""

    def __init__(self, controller: Controller) -> None:
        self._desk = Desk(controller)

    def listing(self) -> Response:
        """The page groups, by name."""
        asked = given.query({"domain": given.parsed(check_domain)})
        found = self._desk.read(page_groups.listing, **asked)
        return jsonify(page_groups=list(map(of_group, found)))

    def show(self, group: str) -> Response:
        """One page group."""
        return _answer(self._desk.read(page_groups.show, _name(group)))

    def add(self) -> Response:
        """Add a page group."""
        asked = given.body(_GROUP, needed=("name",))
        name, label = asked["name"], asked.get("label", "")
        change = self._desk.change(page_groups.add, name, label)
        return made(_answer(change.result), url_for(".show", group=change.name))

    def change(self, group: str) -> Response:
        """Give a page group another label."""
        name, version, asked = _name(group), given.version(), given.body(_LABEL)
        return _answer(self._desk.change(page_groups.change, name, asked["label"], version).result)

    def remove(self, group: str) -> tuple[str, int]:
        """Remove a page group."""
        self._desk.change(page_groups.remove, _name(group), given.version())
        return "", 204

    def add_member(self, group: str, member: str) -> Response:
        """Add a member; to add one that is there changes nothing."""
        who = given.in_path(parse_principal, member, "member")
        return _answer(self._desk.change(page_groups.add_member, _name(group), who).result)

    def remove_member(self, group: str, member: str) -> tuple[str, int]:
        """Remove a member."""
        who = given.in_path(parse_principal, member, "member")
        self._desk.change(page_groups.remove_member, _name(group), who)
        return "", 204


def of_group(group: PageGroup) -> Shown:
    """A page group as programs see it."""
    return {
        "name": str(group.name),
        "label": group.label,
        "members": list(map(principal_text, group.members)),
    }


def _answer(group: PageGroup) -> Response:
    return with_version(of_group(group), page_groups.version(group))


def _name(text: str) -> PageGroupName:
    return given.in_path(PageGroupName.parse, text, "page group")
