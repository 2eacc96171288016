"""Phone rules: listed, added, changed, removed. They are of all domains."""

from __future__ import annotations

from typing import Any, cast

from flask import request

from controller.administration import phones
from controller.administration.change import version_of
from controller.administration.values import RuleChanges
from controller.phones.auto_answer import parse_header
from controller.phones.values import Header, PhoneKind, PhoneRule
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

_COLUMNS = ("c.position", "c.pattern", "c.vendor", "c.kind", "c.auto_answer")


class Phones(Editing[PhoneRule]):
    """The views."""

    def listing(self) -> str:
        """Every rule, in the order in which they are tried; or those that a search finds."""
        search = request.args.get("search", "").strip()[:300]
        read = self._room.read
        rows = [self._row(each) for each in (read(phones.found, search) if search else read(phones.listing))]
        add = "" if self._room.reach.domain else path("new_phone")
        return show_listing(Listing("phones", _COLUMNS, rows, add=add, search=search, hint="h.phones"))

    def _named(self, name: str) -> PhoneRule:
        return self._room.read(phones.show, name)

    def _add(self, name: str, form: Form) -> None:
        sent = {each.name: each.sent for each in form.fields}
        self._room.change(
            phones.add,
            name,
            sent["vendor"],
            PhoneKind(chosen(form.fields[3])),
            _headers(sent["auto_answer"]),
            number(sent["position"]) if sent["position"] else None,
        )

    def _change(self, rule: PhoneRule, form: Form, version: str) -> None:
        self._room.change(phones.change, rule.pattern, _changes(form.fields), version)

    def _remove(self, rule: PhoneRule) -> None:
        self._room.change(phones.remove, rule.pattern)

    def _row(self, rule: PhoneRule) -> Row:
        kind = self._room.text(f"value.{rule.kind}")
        headers = " | ".join(map(str, rule.headers))
        href = "" if self._room.reach.domain else path("edit_phone", name=rule.pattern)
        return Row((rule.position, rule.pattern, rule.vendor, kind, headers), href)

    def _form(self, rule: PhoneRule | None) -> Form:
        room = self._room
        headers = "\n".join(map(str, rule.headers)) if rule else ""
        kind = rule.kind.value if rule else PhoneKind.DESK.value
        fields = (
            Field("name", "c.pattern", Kind.FIXED if rule else Kind.TEXT, rule.pattern if rule else "",
                  hint="h.pattern"),
            Field("position", "c.position", Kind.NUMBER, str(rule.position) if rule else "",
                  required=bool(rule), hint="h.position"),
            Field("vendor", "c.vendor", value=rule.vendor if rule else ""),
            Field("kind", "c.kind", Kind.SELECT, kind, rights.choice(room, tuple(PhoneKind))),
            Field("auto_answer", "f.auto_answer", Kind.LINES, headers, required=False, hint="h.auto_answer"),
        )  # fmt: skip
        if rule is None:
            return Form("new_phone", fields, path("add_phone"), path("phones"))
        return Form(
            "phone",
            fields,
            path("change_phone"),
            path("phones"),
            version=version_of(rule),
            remove=path("remove_phone"),
            name=rule.pattern,
        )


def _changes(fields: tuple[Field, ...]) -> RuleChanges:
    """What a form changes. Raises InvalidValue."""
    changes: dict[str, Any] = {}
    for field in fields:
        if not field.changed or field.name == "name":
            continue
        if field.name == "position":
            changes["position"] = number(field.sent)
        elif field.name == "kind":
            changes["kind"] = PhoneKind(chosen(field))
        elif field.name == "auto_answer":
            changes["headers"] = _headers(field.sent)
        else:
            changes[field.name] = field.sent
    return cast(RuleChanges, changes)


def _headers(text: str) -> tuple[Header, ...]:
    return tuple(map(parse_header, text.splitlines()))
