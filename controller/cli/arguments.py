"""What commands take as arguments: names of users and groups, headers, times."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from controller.cli import known
from controller.cli.known import Known, offered
from controller.domain.names import GroupName, UserFilter, UserName, check_domain, parse_principal, shown
from controller.errors import InvalidValue
from controller.phones.auto_answer import parse_header

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_AGO = re.compile(r"([0-9]{1,6})([mhdw])")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
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
        """The value, read; wrong usage if it cannot be."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except InvalidValue as error:
            raise click.UsageError(str(error), ctx) from None

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """What is known that begins so."""
        return offered(self._known, incomplete) if self._known else []


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
    return time if time.tzinfo else time.replace(tzinfo=UTC)


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
