"""Users: found, added, changed one by one or many at a time, removed."""

from __future__ import annotations

from typing import Any, cast

from flask import request
from werkzeug.wrappers import Response

from controller.administration import groups, users
from controller.administration.change import version_of
from controller.administration.values import User, UserChanges
from controller.domain.names import DEFAULT_GROUP, UserName
from controller.domain.policy import Accept, Feature
from controller.phones.auto_answer import parse_header
from controller.phones.values import PhoneKind
from controller.web.console.admin import rights
from controller.web.console.admin.editing import Editing
from controller.web.console.admin.forms import (
    INHERIT,
    Field,
    Form,
    Kind,
    Listing,
    Row,
    chosen,
    go,
    path,
    show_listing,
)
from controller.web.console.admin.lists import Lists
from controller.web.console.admin.room import Room

#: Users on one page of the listing.
PAGE = 100
_COLUMNS = ("c.user", "c.group", "c.whisper", "c.intercom", "c.pages_off")


class Users(Editing[User]):
    """The views."""

    def __init__(self, room: Room, lists: Lists) -> None:
        super().__init__(room)
        self._lists = lists

    def listing(self) -> str:
        """The users that a search finds, in pieces."""
        search, after = request.args.get("search", "")[:100], UserName.or_none(request.args.get("after", ""))
        found = self._room.read(users.listing, search=search, after=after, limit=PAGE + 1)
        more = path("users", search=search, after=str(found[PAGE - 1].name)) if len(found) > PAGE else ""
        rows = [self._row(each) for each in found[:PAGE]]
        links = (("f.export", path("users_csv")), ("form.import", path("users_file")))
        add, bulk = path("new_user"), self._bulk_fields()
        return show_listing(
            Listing("users", _COLUMNS, rows, add=add, search=search, more=more, bulk=bulk, links=links)
        )

    def bulk(self) -> Response:
        """Change several users at a time: all, or none. Raises Rejected."""
        marked = [UserName.parse(name) for name in request.form.getlist("chosen")]
        changes = _changes(self._bulk_fields())
        if marked and changes:
            self._room.change(users.change_all, marked, changes)
        return go(path("users"))

    def _named(self, name: str) -> User:
        return self._room.read(users.show, UserName.parse(name))

    def _add(self, name: str, form: Form) -> None:
        self._room.change(users.add, UserName.parse(name), _changes(form.fields))

    def _change(self, user: User, form: Form, version: str) -> None:
        self._room.change(users.change, user.name, _changes(form.fields), version)

    def _remove(self, user: User) -> None:
        self._room.change(users.remove, user.name)

    def _row(self, user: User) -> Row:
        room, name = self._room, str(user.name)
        shown = (
            f"{room.text('value.yes' if each.initiate else 'value.no')} / {room.text(f'value.{each.accept}')}"
            for each in (user.whisper, user.intercom)
        )
        off = room.text("value.yes") if user.pages_off else ""
        return Row((name, user.group, *shown, off), path("edit_user", name=name), name)

    def _form(self, user: User | None) -> Form:
        room, name = self._room, str(user.name) if user else ""
        kind = Kind.FIXED if user else Kind.TEXT
        phone = user.phone if user else None
        headers = "\n".join(map(str, (phone and phone.headers) or ()))
        fields = (
            Field("name", "f.name", kind, name, hint="h.user"),
            self._group(user.group if user else DEFAULT_GROUP, user.name.domain if user else ""),
            *rights.of_user(room, Feature.WHISPER, user.whisper if user else None),
            *rights.of_user(room, Feature.INTERCOM, user.intercom if user else None),
            Field("pages_off", "f.pages_off", Kind.SELECT, rights.yes_no(room, bool(user and user.pages_off)),
                  rights.choice(room, (rights.NO, rights.YES))),
            Field("phone_kind", "f.phone_kind", Kind.SELECT, (phone and phone.kind) or INHERIT,
                  rights.choice(room, tuple(PhoneKind), ""), required=False),
            Field("auto_answer", "f.auto_answer", Kind.LINES, headers, required=False, hint="h.auto_answer"),
        )  # fmt: skip
        if user is None:
            return Form("new_user", fields, path("add_user"), path("users"))
        loss = room.read(users.loss, user.name)
        warning = room.text("loss").format(tokens=loss.tokens, entries=loss.entries)
        return Form(
            "user",
            fields,
            path("change_user"),
            path("users"),
            version=version_of(user),
            remove=path("remove_user"),
            name=name,
            lists=self._lists.of(user.name),
            warning=warning,
        )

    def _group(self, value: str, domain: str) -> Field:
        found = self._room.read(groups.listing, domain)
        options = tuple((each.name, each.name) for each in found)
        return Field("settings_group", "f.group", Kind.SELECT, value, options)

    def _bulk_fields(self) -> tuple[Field, ...]:
        """The same selects, which leave alone what is not chosen."""
        room = self._room
        keep = (("", room.text("value.keep")),)
        group = self._group("", "")
        fields = [Field(group.name, group.label, Kind.SELECT, "", keep + group.options, required=False)]
        answers = rights.choice(room, (rights.YES, rights.NO))
        whose = rights.choice(room, tuple(Accept))
        for feature in Feature:
            for name, options in ((f"{feature}_initiate", answers), (f"{feature}_accept", whose)):
                fields.append(Field(name, f"f.{name}", Kind.SELECT, "", keep + options, required=False))
        fields.append(Field("pages_off", "f.pages_off", Kind.SELECT, "", keep + answers, required=False))
        return tuple(fields)


def _changes(fields: tuple[Field, ...]) -> UserChanges:
    """What a form changes: the fields that were sent with another value. Raises InvalidValue."""
    changes: dict[str, Any] = {}
    for field in fields:
        if field.name == "name" or not field.changed:
            continue
        if field.name.endswith("_initiate") or field.name == "pages_off":
            changes[field.name] = rights.truth(chosen(field))
        elif field.name.endswith("_accept"):
            changes[field.name] = Accept(chosen(field)) if field.sent else None
        elif field.name == "phone_kind":
            changes[field.name] = PhoneKind(chosen(field)) if field.sent else None
        elif field.name == "auto_answer":
            changes[field.name] = tuple(map(parse_header, field.sent.splitlines())) if field.sent else None
        else:
            changes[field.name] = chosen(field)
    return cast(UserChanges, changes)
