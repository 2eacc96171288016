"""Replies to pages by a key: listed, added, changed, removed; those of all, of a domain, or of a group."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from controller.administration import replies
from controller.administration.change import version_of
from controller.domain.reply import LONGEST, Reply
from controller.errors import InvalidValue
from controller.web.console.admin import rights
from controller.web.console.admin.editing import Editing
from controller.web.console.admin.forms import Field, Form, Kind, Listing, Row, chosen, path, show_listing

_COLUMNS = ("c.of", "c.key", "c.words", "c.declines")


@dataclass(frozen=True)
class Owned:
    """A reply of an owner: `*`, `@DOMAIN`, or a settings group."""

    owner: str
    reply: Reply

    @property
    def name(self) -> str:
        """What its form is found by: `@pbx.example.org *2`."""
        return f"{self.owner} *{self.reply.digit}"


class Replies(Editing[Owned]):
    """The views."""

    def listing(self) -> str:
        """Every reply in reach as it is set, with whose it is."""
        found = (Owned(*each) for each in self._room.read(replies.listing))
        return show_listing(Listing("replies", _COLUMNS, list(map(self._row, found)), add=path("new_reply")))

    def _named(self, name: str) -> Owned:
        owner, _, digit = name.rpartition(" *")
        if not owner:
            raise InvalidValue(f"{name[:40]!a} names no reply.")
        return Owned(owner, self._room.read(replies.show, owner, digit))

    def _add(self, name: str, form: Form) -> None:
        self._room.change(replies.add, name, _sent(request.form.get("digit", "").strip(), form))

    def _change(self, thing: Owned, form: Form, version: str) -> None:
        self._room.change(replies.put, thing.owner, _sent(thing.reply.digit, form), version)

    def _remove(self, thing: Owned) -> None:
        self._room.change(replies.remove, thing.owner, thing.reply.digit)

    def _row(self, each: Owned) -> Row:
        reply, room = each.reply, self._room
        href = path("edit_reply", name=each.name) if replies.holds(room.reach, each.owner) else ""
        words = reply.words or room.text("no_reply")
        declines = room.text("value.yes") if reply.declines else ""
        return Row((each.owner, f"*{reply.digit}", words, declines), href)

    def _form(self, thing: Owned | None) -> Form:
        room = self._room
        reply = thing.reply if thing else Reply("", "")
        own = f"@{room.reach.domain}" if room.reach.domain else "*"
        words = Field("words", "c.words", value=reply.words, required=False, hint="h.words", longest=LONGEST)
        declines = Field(
            "declines", "f.declines", Kind.SELECT, rights.yes_no(room, reply.declines),
            rights.choice(room, (rights.NO, rights.YES)),
        )  # fmt: skip
        if thing is None:
            fields = (
                Field("name", "c.of", value=own, hint="h.of"),
                Field("digit", "f.digit", Kind.NUMBER, longest=1),
                words,
                declines,
            )
            return Form("new_reply", fields, path("add_reply"), path("replies"))
        return Form(
            "reply",
            (Field("name", "c.of", Kind.FIXED, thing.name), words, declines),
            path("change_reply"),
            path("replies"),
            version=version_of(reply),
            remove=path("remove_reply"),
            name=thing.name,
        )


def _sent(digit: str, form: Form) -> Reply:
    """The reply that a form describes. Raises InvalidValue."""
    words, declines = form.fields[-2:]
    return Reply(digit, words.sent, chosen(declines) == rights.YES)
