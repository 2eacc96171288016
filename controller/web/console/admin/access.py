"""Invitations to the console: listed, made, revoked; and the audit."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from controller.administration import access
from controller.domain.console import Access, AuditEntry, Invitation, Role
from controller.domain.names import UserName
from controller.web.console.admin.forms import (
    Field,
    Form,
    Kind,
    Listing,
    Row,
    chosen,
    go,
    number,
    path,
    show_form,
    show_listing,
    submit,
)
from controller.web.console.admin.room import Room

#: The changes that are shown.
NEWEST = 200
_COLUMNS = ("c.number", "c.user", "c.role", "c.state", "c.by", "c.created", "c.expires", "c.last_used",
            "c.address")  # fmt: skip
_AUDIT = ("c.at", "c.actor", "c.what", "c.subject", "c.details", "c.address")


class Invitations:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def listing(self) -> str:
        """All invitations in reach, the newest first."""
        rows = [self._row(each) for each in self._room.read(access.invitations)]
        add, revoke = path("new_invitation"), path("revoke_invitation")
        return show_listing(Listing("invitations", _COLUMNS, rows, add=add, revoke=revoke))

    def new(self) -> str:
        """The form for an invitation."""
        return show_form(self._form())

    def invite(self) -> str | Response | tuple[str, int]:
        """Invite somebody, and show the link."""
        form = self._form()
        secrets: list[str] = []

        def work() -> None:
            name, role, days = form.fields
            _, secret = self._room.change(
                access.invite,
                UserName.parse(name.sent),
                Role(chosen(role)),
                number(days.sent),
                self._room.actor.name,
            )
            secrets.append(url_for("console.login", secret=secret, _external=True))

        answer = submit(form, work)
        if not secrets:
            return answer
        return render_template("admin/secret.html", secret=secrets[0], what="link", back=form.back)

    def revoke(self) -> Response:
        """End an invitation. Raises Rejected."""
        self._room.change(access.revoke, number(request.form.get("number", "")))
        return go(path("invitations"))

    def audit(self) -> str:
        """The newest changes."""
        rows = [_entry(each) for each in self._room.read(access.changes, NEWEST)]
        return show_listing(Listing("audit", _AUDIT, rows))

    def _row(self, each: Invitation) -> Row:
        state = each.access(datetime.now(UTC))
        room = self._room
        shown = (room.text(f"role.{each.role}"), room.text(f"access.{state.name.lower()}"))
        marked = str(each.id) if state in (Access.OPEN, Access.IN_USE) else ""
        times = (each.created_at, each.expires_at, each.last_used_at)
        return Row((each.id, each.user, *shown, each.created_by, *times, each.address), marked=marked)

    def _form(self) -> Form:
        roles = [role for role in Role if role is not Role.ADMIN or not self._room.reach.domain]
        options = tuple((role.value, self._room.text(f"role.{role}")) for role in roles)
        fields = (
            Field("name", "f.name", hint="h.user"),
            Field("role", "c.role", Kind.SELECT, Role.USER.value, options),
            Field("days", "f.days", Kind.NUMBER, "90"),
        )
        return Form("new_invitation", fields, path("invite"), path("invitations"))


def _entry(each: AuditEntry) -> Row:
    return Row((each.at, each.actor, each.action, each.subject, each.details, each.address))
