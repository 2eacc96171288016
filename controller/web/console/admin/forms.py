"""Forms and listings as values, which two templates show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from controller.errors import AlreadyThere, InvalidValue, NotFound, Outdated, OutOfReach, Rejected

#: What stands in a select for a setting that is inherited, or that a bulk change leaves alone.
INHERIT = ""
_STATUS: dict[type[Rejected], int] = {NotFound: 404, AlreadyThere: 409, OutOfReach: 403, Outdated: 412}


class Kind(StrEnum):
    """The kinds of fields."""

    TEXT = "text"
    NUMBER = "number"
    LINES = "lines"
    SELECT = "select"
    SEVERAL = "several"
    FIXED = "fixed"


@dataclass(frozen=True)
class Field:
    """A field: its name, the name of its label in the catalogue, and its value.

    `options` are those of a SELECT, or of SEVERAL checkboxes: a value, and a text.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    required: bool = True
    hint: str = ""
    longest: int = 320

    @property
    def sent(self) -> str:
        """What the browser has sent for it."""
        return request.form.get(self.name, self.value).replace("\r\n", "\n").strip()

    @property
    def changed(self) -> bool:
        """Whether that is another value."""
        return self.name in request.form and self.sent != self.value

    def again(self) -> Field:
        """The same field with what was sent, for a form that is shown again."""
        return replace(self, value=self.sent)


@dataclass(frozen=True)
class Row:
    """A row of a listing: where it leads, its cells, and the form value by which it is chosen."""

    cells: tuple[object, ...]
    href: str = ""
    name: str = ""
    marked: str = ""


@dataclass(frozen=True)
class Listing:
    """A listing; `columns` are the names of their titles in the catalogue, `links` texts of it and paths.

    Each row that is marked has a button with the text `ends` of the catalogue, which sends its mark to the
    path `revoke` as `marks`.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Row]
    add: str = ""
    search: str | None = None
    hint: str = ""
    more: str = ""
    bulk: tuple[Field, ...] = ()
    revoke: str = ""
    ends: str = "revoke"
    marks: str = "number"
    below: tuple[Listing, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Owned:
    """The accept lists of an owner, written as `parse_principal` reads it: feature and principal of each."""

    owner: str
    entries: tuple[tuple[str, str], ...]
    add: str
    remove: str


@dataclass(frozen=True)
class Members:
    """The members of a page group, written as `parse_principal` reads them; `told` is said about them."""

    names: tuple[str, ...]
    told: str
    add: str
    remove: str


@dataclass(frozen=True)
class Form:
    """A form. `back` is where it leads when it is done or left; `remove` the path that removes it all.

    `does` is the name of its button's text in the catalogue.
    """

    title: str
    fields: tuple[Field, ...]
    action: str
    back: str
    version: str = ""
    remove: str = ""
    name: str = ""
    lists: Owned | None = None
    members: Members | None = None
    warning: str = ""
    does: str = "save"


def show_listing(listing: Listing) -> str:
    """The page of a listing."""
    return render_template("admin/listing.html", listing=listing, done=request.args.get("done") == "1")


def show_form(form: Form) -> str:
    """The page of a form."""
    return render_template("admin/form.html", form=form, error="")


def submit(form: Form, work: Callable[[], object]) -> Response | tuple[str, int]:
    """Do what a form asks for, and go back; or show it again with what is wrong, as the database says it."""
    try:
        work()
    except Rejected as error:
        return again(form, error)
    return go(form.back)


def again(form: Form, error: Rejected) -> tuple[str, int]:
    """The form with what was sent, and with what is wrong."""
    found = replace(form, fields=tuple(each.again() for each in form.fields))
    return render_template("admin/form.html", form=found, error=str(error)), status_of(error)


def status_of(error: Rejected) -> int:
    """The status of an answer that tells of an error."""
    return _STATUS.get(type(error), 400)


def go(path: str) -> Response:
    """Go on to a page, which says that it is done."""
    return redirect(f"{path}{'&' if '?' in path else '?'}done=1", 303)


def path(endpoint: str, **arguments: str) -> str:
    """The path of a view of an administrator."""
    return url_for(f"admin.{endpoint}", _external=False, **arguments)


def chosen(field: Field) -> str:
    """What was sent for a SELECT. Raises InvalidValue if that is none of its options."""
    if field.sent not in dict(field.options):
        raise InvalidValue(f"{field.sent[:20]!a} is no choice of {field.name}.")
    return field.sent


def number(text: str) -> int:
    """A whole number, which may be below zero. Raises InvalidValue."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise InvalidValue(f"{text[:20]!a} is no whole number.")
    return int(text)
