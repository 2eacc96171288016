"""Messages in place of a pager's voice: listed, added, changed, removed; those of all, or of a domain."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from controller.administration import messages
from controller.administration.change import version_of
from controller.domain.message import LONGEST, Message
from controller.errors import InvalidValue
from controller.web.console.admin.editing import Editing
from controller.web.console.admin.forms import Field, Form, Kind, Listing, Row, number, path, show_listing

_COLUMNS = ("c.owner", "c.message", "c.number", "c.sound", "c.words", "c.voice")


@dataclass(frozen=True)
class Owned:
    """A message of an owner: `*` or `@DOMAIN`."""

    owner: str
    message: Message

    @property
    def name(self) -> str:
        """What its form is found by: `@pbx.example.org lobby`."""
        return f"{self.owner} {self.message.name}"


class Messages(Editing[Owned]):
    """The views."""

    def listing(self) -> str:
        """Every message in reach, with whose it is."""
        found = (Owned(*each) for each in self._room.read(messages.listing))
        return show_listing(
            Listing("messages", _COLUMNS, list(map(self._row, found)), add=path("new_message"))
        )

    def _named(self, name: str) -> Owned:
        owner, _, own = name.rpartition(" ")
        if not owner:
            raise InvalidValue(f"{name[:40]!a} names no message.")
        return Owned(owner, self._room.read(messages.show, owner, own))

    def _add(self, name: str, form: Form) -> None:
        self._room.change(messages.add, name, self._sent(request.form.get("called", "").strip(), form))

    def _change(self, thing: Owned, form: Form, version: str) -> None:
        self._room.change(messages.put, thing.owner, self._sent(thing.message.name, form), version)

    def _remove(self, thing: Owned) -> None:
        self._room.change(messages.remove, thing.owner, thing.message.name)

    def _row(self, each: Owned) -> Row:
        message, room = each.message, self._room
        href = path("edit_message", name=each.name) if messages.holds(room.reach, each.owner) else ""
        cells = (message.name, message.number or "", message.sound, message.words, message.voice)
        return Row((each.owner, *cells), href)

    def _form(self, thing: Owned | None) -> Form:
        message = thing.message if thing else Message("")
        domain = self._room.reach.domain
        digits = str(message.number or "")
        fields = (
            Field("number", "c.number", Kind.NUMBER, digits, required=False, hint="h.number", longest=3),
            Field("sound", "c.sound", value=message.sound, required=False, hint="h.sound", longest=255),
            Field("words", "c.words", value=message.words, required=False, hint="h.said", longest=LONGEST),
            Field("voice", "c.voice", value=message.voice, required=False, hint="h.voice", longest=32),
        )
        if thing is None:
            own = (
                Field("name", "c.owner", value=f"@{domain}" if domain else "*", hint="h.owner"),
                Field("called", "c.message", longest=32),
            )
            return Form("new_message", (*own, *fields), path("add_message"), path("messages"))
        return Form(
            "message",
            (Field("name", "c.owner", Kind.FIXED, thing.name), *fields),
            path("change_message"),
            path("messages"),
            version=version_of(message),
            remove=path("remove_message"),
            name=thing.name,
        )

    def _sent(self, name: str, form: Form) -> Message:
        """The message that a form describes. Raises InvalidValue."""
        digits, sound, words, voice = (field.sent for field in form.fields[-4:])
        if voice:
            self._room.controller.sounds.speech.check(voice)
        return Message(name, sound, words, number(digits) if digits else None, voice)
