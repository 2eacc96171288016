"""The accept lists of a user or a settings group, below its form."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from controller.administration import lists
from controller.administration.lists import Entry
from controller.domain.names import GroupName, Principal, parse_principal, principal_text
from controller.domain.policy import Feature
from controller.errors import InvalidValue
from controller.web.console.admin.forms import Owned, go, path
from controller.web.console.admin.room import Room


class Lists:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def of(self, owner: Principal) -> Owned:
        """What an owner's lists have. Raises NotFound."""
        found = self._room.read(lists.listing, owner)
        return Owned(
            principal_text(owner), tuple(map(_shown, found)), path("add_entry"), path("remove_entry")
        )

    def add(self) -> Response:
        """Add an entry. Raises Rejected."""
        owner, feature, allowed = _asked()
        self._room.change(lists.add, owner, feature, allowed)
        return go(_page(owner))

    def remove(self) -> Response:
        """Remove an entry. Raises Rejected."""
        owner, feature, allowed = _asked()
        self._room.change(lists.remove, owner, feature, allowed)
        return go(_page(owner))


def _asked() -> tuple[Principal, Feature, Principal]:
    owner = parse_principal(request.form.get("owner", ""))
    try:
        feature = Feature(request.form.get("feature", ""))
    except ValueError:
        raise InvalidValue("A list is for whisper or intercom.") from None
    return owner, feature, parse_principal(request.form.get("allowed", "").strip())


def _page(owner: Principal) -> str:
    return path("edit_group" if isinstance(owner, GroupName) else "edit_user", name=str(owner))


def _shown(entry: Entry) -> tuple[str, str]:
    return entry.feature.value, principal_text(entry.allowed)
