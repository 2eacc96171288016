"""Call backs that wait: listed, and removed."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from controller.administration import call_backs
from controller.domain.call_back import CallBack
from controller.domain.names import UserName
from controller.web.console.admin.forms import Listing, Row, go, path, show_listing
from controller.web.console.admin.room import Room

_COLUMNS = ("c.pager", "c.target", "c.feature", "c.asked", "c.expires", "c.rings")


class CallBacks:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def listing(self) -> str:
        """The call backs of the pagers in reach, the oldest first."""
        rows = [self._row(each) for each in self._room.read(call_backs.listing)]
        remove = path("remove_call_back")
        return show_listing(
            Listing("call_backs", _COLUMNS, rows, revoke=remove, ends="remove", marks="call_back")
        )

    def remove(self) -> Response:
        """Remove a call back: its pager is not rung for it any more. Raises Rejected."""
        sent = request.form.get("call_back", "").partition(" ")
        pager, target = UserName.parse(sent[0]), UserName.parse(sent[2])
        self._room.change(call_backs.remove, pager, target)
        self._room.controller.call_backs.forget(pager, target)
        return go(path("call_backs"))

    def _row(self, each: CallBack) -> Row:
        feature = self._room.text(f"value.{each.feature}")
        times = (each.asked_at, each.expires_at, each.taken_at)
        return Row((each.pager, each.target, feature, *times), marked=f"{each.pager} {each.target}")
