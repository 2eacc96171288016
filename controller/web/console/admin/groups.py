"""Settings groups: listed, added, changed, removed."""

from __future__ import annotations

from typing import Any, cast

from controller.administration import groups
from controller.administration.values import Group, GroupChanges
from controller.domain.names import GroupName
from controller.domain.policy import Accept, Feature, WhenNotAccepted
from controller.web.console.admin import rights
from controller.web.console.admin.editing import Editing
from controller.web.console.admin.forms import (
    Field,
    Form,
    Kind,
    Listing,
    Row,
    chosen,
    number,
    path,
    show_listing,
)
from controller.web.console.admin.lists import Lists
from controller.web.console.admin.room import Room

_COLUMNS = ("c.group", "c.whisper", "c.intercom", "c.instead", "c.members")


class Groups(Editing[Group]):
    """The views."""

    def __init__(self, room: Room, lists: Lists) -> None:
        super().__init__(room)
        self._lists = lists

    def listing(self) -> str:
        """Every settings group in reach."""
        rows = [self._row(each) for each in self._room.read(groups.listing)]
        return show_listing(Listing("groups", _COLUMNS, rows, add=path("new_group")))

    def _named(self, name: str) -> Group:
        return self._room.read(groups.show, GroupName(name))

    def _add(self, name: str, form: Form) -> None:
        self._room.change(groups.add, GroupName(name), _changes(form.fields))

    def _change(self, group: Group, form: Form, version: str) -> None:
        self._room.change(groups.change, GroupName(group.name), _changes(form.fields), version)

    def _remove(self, group: Group) -> None:
        self._room.change(groups.remove, GroupName(group.name))

    def _row(self, group: Group) -> Row:
        room = self._room
        shown = (
            f"{room.text('value.yes' if initiate else 'value.no')} / {room.text(f'value.{accept}')}"
            for initiate, accept in (
                (group.whisper_initiate, group.whisper_accept),
                (group.intercom_initiate, group.intercom_accept),
            )
        )
        instead = room.text(f"value.{group.when_not_accepted}")
        return Row((group.name, *shown, instead, group.members), path("edit_group", name=group.name))

    def _form(self, group: Group | None) -> Form:
        room = self._room
        shown = group or Group("", False, Accept.NONE, False, Accept.NONE, WhenNotAccepted.REFUSE, 0)
        kind = Kind.FIXED if group else Kind.TEXT
        hint = room.text("h.group")
        if room.reach.domain:
            hint += f" sales@{room.reach.domain}"
        fields = (
            Field("name", "f.name", kind, shown.name, hint=hint),
            *rights.of_group(room, Feature.WHISPER, shown.whisper_initiate, shown.whisper_accept),
            *rights.of_group(room, Feature.INTERCOM, shown.intercom_initiate, shown.intercom_accept),
            rights.instead(room, shown.when_not_accepted),
            Field("decline_seconds", "f.decline_seconds", Kind.NUMBER, str(shown.decline_seconds)),
        )
        if group is None:
            return Form("new_group", fields, path("add_group"), path("groups"))
        name = GroupName(group.name)
        entries = room.read(groups.entries, name)
        return Form(
            "group",
            fields,
            path("change_group"),
            path("groups"),
            version=groups.version(group),
            remove=path("remove_group"),
            name=group.name,
            lists=self._lists.of(name),
            warning=room.text("loss.group").format(entries=entries) if entries else "",
        )


def _changes(fields: tuple[Field, ...]) -> GroupChanges:
    """What a form changes. Raises InvalidValue."""
    changes: dict[str, Any] = {}
    for field in fields:
        if field.name == "name" or not field.changed:
            continue
        if field.name == "decline_seconds":
            changes[field.name] = number(field.sent)
            continue
        sent = chosen(field)
        if field.name.endswith("_initiate"):
            changes[field.name] = sent == rights.YES
        elif field.name.endswith("_accept"):
            changes[field.name] = Accept(sent)
        else:
            changes[field.name] = WhenNotAccepted(sent)
    return cast(GroupChanges, changes)
