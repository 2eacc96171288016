"""What commands take as arguments: names of users and groups, headers, times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from controller.cli import known
from controller.cli.known import Known, offered
from controller.domain.names import GroupName, UserFilter, UserName, check_domain, parse_principal, shown
from controller.domain.page_group import PageGroupName
from controller.errors import InvalidValue
from controller.phones.auto_answer import parse_header

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_AGO = re.compile(r"([0-9]{1,6})([mhdw])")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_CONTEXT = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Parsed(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases of click only
    """A type whose values a function reads from text; its InvalidValue becomes a wrong usage.

    `known` is what a Tab offers.
    """

    def __init__(self, name: str, read: Callable[[str], Any], known: Known | None = None) -> None:
        self.name = name
        self._read = read
        self._known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the value; raises UsageError if it is not valid."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except InvalidValue as error:
            raise click.UsageError(str(error), ctx) from None

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The known values that begin with a text."""
        return offered(self._known, incomplete) if self._known else []


class Number(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases of click only
    """A number from `low` to `high`; a whole one, where these are."""

    name = "number"

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the value; raises UsageError if it is not valid."""
        whole = isinstance(self._low, int)
        try:
            number = int(value) if whole else float(value)
        except ValueError:
            number = None
        if number is None or not self._low <= number <= self._high:
            kind = "a whole number" if whole else "a number"
            name = param.opts[-1] if param else "It"
            wanted = f"use {kind} from {self._low} to {self._high:.10g}"
            raise click.UsageError(f"{name} is {shown(str(value))}: {wanted}.", ctx)
        return number


def one_of(values: Iterable[str]) -> click.Choice[str]:
    """One of some words, whatever their case."""
    return click.Choice(list(map(str, values)), case_sensitive=False)


def moment(text: str) -> datetime:
    """A time: so long ago (`30m`, `12h`, `7d`, `2w`), or a date or time in UTC. Raises InvalidValue."""
    if match := _AGO.fullmatch(text):
        count, unit = match.groups()
        try:
            return datetime.now(UTC) - timedelta(**{_UNITS[unit]: int(count)})
        except OverflowError:
            raise InvalidValue(f"{shown(text)} ago is before all time: use less.") from None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue(f"{shown(text)} is not a time: write 7d, 12h, 30m, or 2025-01-31.") from None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if time > datetime.now(UTC):
        raise InvalidValue(f"{shown(text)} is in the future: write a time that is past.")
    return time


def caller(text: str) -> str:
    """A user, or an extension of the switch's own domain; as it was written. Raises InvalidValue."""
    UserFilter.parse(text)
    return text


def context(text: str) -> str:
    """The name of a dialplan context. Raises InvalidValue."""
    if not _CONTEXT.fullmatch(text):
        raise InvalidValue(f"{shown(text)} is not a context's name: use letters, digits or . _ : -.")
    return text


def page_id(text: str) -> str:
    """A page's UUID as the history has it. Raises InvalidValue."""
    if not _UUID.fullmatch(text):
        raise InvalidValue(f"{shown(text)} is not a page's id: write its UUID as `pages --json` shows it.")
    return text.lower()


USER = Parsed("EXT@DOMAIN", UserName.parse, known.users)
NEW_USER = Parsed("EXT@DOMAIN", UserName.parse, known.new_users)
GROUP = Parsed("GROUP", GroupName, known.groups)
DOMAIN = Parsed("DOMAIN", check_domain)
PRINCIPAL = Parsed("EXT@DOMAIN|group:NAME", parse_principal, known.principals)
HEADER = Parsed("HEADER", parse_header)
TIME = Parsed("TIME", moment)
USER_FILTER = Parsed("EXT[@DOMAIN]", UserFilter.parse, known.users)
PAGE_ID = Parsed("PAGE-ID", page_id, known.pages)
CALLER = Parsed("EXT[@DOMAIN]", caller, known.callable_users)
CONTEXT = Parsed("NAME", context)
PAGE_GROUP = Parsed("EXT[@DOMAIN]", PageGroupName.parse)
