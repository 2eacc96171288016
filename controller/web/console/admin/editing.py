"""The views of what is listed, added, changed and removed: users, settings groups, phone rules."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from flask import request
from werkzeug.wrappers import Response

from controller.web.console.admin.forms import Form, show_form, submit
from controller.web.console.admin.room import Room

Thing = TypeVar("Thing")


class Editing(ABC, Generic[Thing]):
    """The views of one kind of thing; a subclass says how it is found, shown in a form, and changed."""

    def __init__(self, room: Room) -> None:
        self._room = room

    @abstractmethod
    def listing(self) -> str:
        """All that the session may see."""

    def new(self) -> str:
        """The form for a new one."""
        return show_form(self._form(None))

    def add(self) -> Response | tuple[str, int]:
        """Add one."""
        form = self._form(None)
        return submit(form, lambda: self._add(request.form.get("name", "").strip(), form))

    def edit(self) -> str:
        """The form of one. Raises NotFound, InvalidValue."""
        return show_form(self._form(self._named(request.args.get("name", ""))))

    def change(self) -> Response | tuple[str, int]:
        """Change one."""
        thing = self._named(request.form.get("name", ""))
        form, version = self._form(thing), request.form.get("version", "")
        return submit(form, lambda: self._change(thing, form, version))

    def remove(self) -> Response | tuple[str, int]:
        """Remove one."""
        thing = self._named(request.form.get("name", ""))
        return submit(self._form(thing), lambda: self._remove(thing))

    @abstractmethod
    def _named(self, name: str) -> Thing:
        """The one with this name. Raises NotFound, InvalidValue."""

    @abstractmethod
    def _form(self, thing: Thing | None) -> Form:
        """The form of one, or for a new one."""

    @abstractmethod
    def _add(self, name: str, form: Form) -> None:
        """Add what was sent. Raises Rejected."""

    @abstractmethod
    def _change(self, thing: Thing, form: Form, version: str) -> None:
        """Change what was sent, if it still is this version. Raises Rejected."""

    @abstractmethod
    def _remove(self, thing: Thing) -> None:
        """Remove it. Raises Rejected."""
