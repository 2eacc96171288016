"""Reads what a request gives, a JSON body or a query, and collects everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from flask import request
from werkzeug.exceptions import NotFound

from controller.domain.names import shown
from controller.errors import InvalidValue
from controller.phones.auto_answer import parse_header, write_headers
from controller.phones.values import Header
from controller.web.body import json_object
from controller.web.problem import Fault, Invalid, short

#: Reads one value; raises InvalidValue, whose sentence follows the value's name.
Reader = Callable[[Any], Any]
E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")
#: The highest number of a row in SQL that can be asked for.
HIGHEST = 999_999_999


def body(readers: Mapping[str, Reader], needed: Iterable[str] = ()) -> dict[str, Any]:
    """The members of the body, read; raises Invalid."""
    asked = json_object(_listed(readers))
    faults = [
        Fault(f"There is no {short(name)}: send {_listed(readers)}.", name)
        for name in sorted(set(asked) - set(readers))
    ]
    faults += [Fault(f"{name} is missing.", name) for name in needed if name not in asked]
    found = {}
    for name, value in asked.items():
        if name in readers:
            try:
                found[name] = readers[name](value)
            except InvalidValue as error:
                faults.append(Fault(f"{name}: {error}", name))
    if not asked:
        faults.append(Fault(f"Nothing is given: send {_listed(readers)}."))
    if faults:
        raise Invalid(faults)
    return found


def query(readers: Mapping[str, Reader], needed: Iterable[str] = ()) -> dict[str, Any]:
    """The parameters of the query, read; raises Invalid."""
    found: dict[str, Any] = {}
    faults = [Fault(f"{name} is missing.", parameter=name) for name in needed if name not in request.args]
    for name, values in sorted(request.args.lists()):
        if name not in readers:
            faults.append(Fault(f"There is no {short(name)}: use {_listed(readers)}.", parameter=name))
        elif len(values) > 1:
            faults.append(Fault(f"{name} is given {len(values)} times: give it once.", parameter=name))
        else:
            try:
                found[name] = readers[name](values[0])
            except InvalidValue as error:
                faults.append(Fault(f"{name}: {error}", parameter=name))
    if faults:
        raise Invalid(faults)
    return found


def version() -> str:
    """The version that the request expects (If-Match, RFC 9110, 13.1.1); empty if any. Raises Invalid."""
    sent = request.headers.get("If-Match", "").strip()
    if sent in ("", "*"):
        return ""
    tags = request.if_match.as_set(include_weak=True)
    if len(tags) != 1:
        raise Invalid([Fault("If-Match has more than one ETag: send the one that you have got.")])
    # a weak one matches nothing here, as that section says
    return next(iter(tags)) if request.if_match.is_strong(next(iter(tags))) else "weak"


def in_path(reader: Callable[[str], T], text: str, thing: str) -> T:
    """What a part of the path names. Raises NotFound if it can name nothing."""
    try:
        return reader(text)
    except InvalidValue:
        raise NotFound(f"There is no {thing} {shown(text)}.") from None


def text(value: object) -> str:
    """Text."""
    if not isinstance(value, str):
        raise InvalidValue("it is not text: write it in quotes.")
    return value


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidValue("it is neither true nor false.")
    return value


def number(lowest: int, highest: int) -> Callable[[object], int]:
    """A whole number, of JSON or in a query."""

    def read(value: object) -> int:
        plain = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
        whole = isinstance(value, float) and value.is_integer()  # to JSON, 5.0 is 5
        found = int(cast(str, value)) if plain or whole else value
        if isinstance(found, bool) or not isinstance(found, int) or not lowest <= found <= highest:
            raise InvalidValue(f"it is no whole number from {lowest} to {highest}.")
        return found

    return read


def choice(kind: type[E]) -> Callable[[object], E]:
    """One of some words."""

    def read(value: object) -> E:
        try:
            return kind(text(value))
        except ValueError:
            raise InvalidValue(f"it is none of {', '.join(kind)}.") from None

    return read


def parsed(reader: Callable[[str], T]) -> Callable[[object], T]:
    """Text that `reader` reads, which raises InvalidValue."""
    return lambda value: reader(text(value))


def or_null(reader: Reader) -> Reader:
    """What `reader` reads, or null."""
    return lambda value: None if value is None else reader(value)


def headers(value: object) -> tuple[Header, ...]:
    """A list of headers as text, `Name: value`."""
    if not isinstance(value, list):
        raise InvalidValue("it is no list of headers.")
    found = tuple(parse_header(text(each)) for each in value)
    write_headers(found)  # all together may be too long
    return found


def several(reader: Reader, most: int) -> Reader:
    """A list of one to `most` values that `reader` reads."""

    def read(value: object) -> list[Any]:
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise InvalidValue(f"it is no list of 1 to {most}.")
        return [reader(each) for each in value]

    return read


def members(readers: Mapping[str, Reader]) -> Reader:
    """An object with at least one of some members."""

    def read(value: object) -> dict[str, Any]:
        if not isinstance(value, dict) or not value or not value.keys() <= readers.keys():
            raise InvalidValue(f"it is no object with {_listed(readers)}.")
        found = {}
        for name, each in value.items():
            try:
                found[name] = readers[name](each)
            except InvalidValue as error:
                raise InvalidValue(f"{name}: {error}") from None
        return found

    return read


def moment(value: object) -> datetime:
    """A time (RFC 3339); without a zone it is in UTC."""
    try:
        found = datetime.fromisoformat(text(value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidValue("it is no time: write it as 2026-11-29T12:00:00Z.") from None


def _listed(readers: Mapping[str, Reader]) -> str:
    *others, last = readers
    return f"{', '.join(others)} and {last}" if others else last
