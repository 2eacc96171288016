"""Page groups: listed, added, given another label, removed; and who their members are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import request
from werkzeug.wrappers import Response

from controller.administration import page_groups
from controller.administration.change import Change
from controller.administration.reach import Reach
from controller.domain.names import Principal, parse_principal, principal_text
from controller.domain.page_group import LONGEST, MOST, PageGroup, PageGroupName
from controller.web.console.admin.editing import Editing
from controller.web.console.admin.forms import (
    Field,
    Form,
    Kind,
    Listing,
    Members,
    Row,
    path,
    show_listing,
    submit,
)

if TYPE_CHECKING:
    from controller.store.session import UnitOfWork

_COLUMNS = ("c.page_group", "c.label", "c.members")
_Service = Callable[["UnitOfWork", Reach, PageGroupName, Principal], Change[PageGroup]]


class PageGroups(Editing[PageGroup]):
    """The views."""

    def listing(self) -> str:
        """Every page group in reach."""
        rows = [self._row(each) for each in self._room.read(page_groups.listing)]
        return show_listing(Listing("page_groups", _COLUMNS, rows, add=path("new_page_group")))

    def add_member(self) -> Response | tuple[str, int]:
        """Add a member, and go back to the form."""
        return self._member(page_groups.add_member)

    def remove_member(self) -> Response | tuple[str, int]:
        """Remove a member, and go back to the form."""
        return self._member(page_groups.remove_member)

    def _member(self, service: _Service) -> Response | tuple[str, int]:
        group = self._named(request.form.get("name", ""))
        form = replace(self._form(group), back=path("edit_page_group", name=str(group.name)))
        sent = request.form.get("member", "").strip()
        return submit(form, lambda: self._room.change(service, group.name, parse_principal(sent)))

    def _named(self, name: str) -> PageGroup:
        return self._room.read(page_groups.show, PageGroupName.parse(name))

    def _add(self, name: str, form: Form) -> None:
        self._room.change(page_groups.add, PageGroupName.parse(name), form.fields[1].sent)

    def _change(self, group: PageGroup, form: Form, version: str) -> None:
        self._room.change(page_groups.change, group.name, form.fields[1].sent, version)

    def _remove(self, group: PageGroup) -> None:
        self._room.change(page_groups.remove, group.name)

    def _row(self, group: PageGroup) -> Row:
        name, members = str(group.name), ", ".join(map(principal_text, group.members))
        href = path("edit_page_group", name=name) if self._room.reach.holds(group.name.domain) else ""
        return Row((name, group.label, members), href)

    def _form(self, group: PageGroup | None) -> Form:
        room, name = self._room, str(group.name) if group else ""
        kind, label = (Kind.FIXED, group.label) if group else (Kind.TEXT, "")
        fields = (
            Field("name", "f.name", kind, name, hint="h.page_group"),
            Field("label", "c.label", value=label, required=False, longest=LONGEST),
        )
        if group is None:
            return Form("new_page_group", fields, path("add_page_group"), path("page_groups"))
        count = len(group.members)
        return Form(
            "page_group",
            fields,
            path("change_page_group"),
            path("page_groups"),
            version=page_groups.version(group),
            remove=path("remove_page_group"),
            name=name,
            members=Members(
                tuple(map(principal_text, group.members)),
                room.text("members_told").format(most=MOST),
                path("add_page_member"),
                path("remove_page_member"),
            ),
            warning=room.text("loss.page_group").format(members=count) if count else "",
        )
