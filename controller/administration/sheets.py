"""Users as a CSV file: one line a user, a column for each setting of its own.

An empty cell inherits (from the group, or the phone rules). A column that is not in the file stays as it is.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO, TextIO, cast

from controller.domain.names import DEFAULT_GROUP, GroupName, UserName, shown
from controller.domain.policy import Accept
from controller.errors import InvalidValue, Rejected
from controller.phones.auto_answer import parse_header
from controller.phones.values import PhoneKind
from controller.store.settings import UserChanges

USER = "user"
#: The characters that may separate cells; the first is used if there is only one column.
DELIMITERS = (",", ";", "\t")
#: A cell in the column of headers that means: send no header.
NO_HEADERS = "-"
#: The limit of a line, several times the length of the longest possible headers.
LINE_BYTES = 10_000
#: A first line that tells Excel the separator.
_SEPARATOR = re.compile(r'"?sep=.?"?', re.IGNORECASE)
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def text(file: BinaryIO) -> Iterator[str]:
    """The lines of a UTF-8 file, with their line ends. Raises InvalidValue, which names the line."""
    for number, line in enumerate(iter(lambda: file.readline(LINE_BYTES), b""), 1):
        with _on_line(number):
            if len(line) == LINE_BYTES:
                raise InvalidValue(f"It has {LINE_BYTES} bytes and more, as no user has: remove it.")
            try:
                decoded = line.decode(
                    "utf-8-sig" if number == 1 else "utf-8"
                )  # spreadsheets begin with a mark
            except UnicodeDecodeError:
                raise InvalidValue("It is not UTF-8 text: save the file as CSV in UTF-8.") from None
        yield decoded


def read(
    lines: Iterable[str], groups: Collection[str], check: Callable[[UserName], object] = lambda name: None
) -> dict[UserName, UserChanges]:
    """The changes in a file; `groups` are the existing groups. Raises InvalidValue, which names the line.

    `check` raises Rejected for a user that may not be in it; this names the line, too. An error is about
    `unknown_group` if a user is to be in a group that does not exist.
    """
    table = _table(lines)
    found: dict[UserName, UserChanges] = {}
    lines_of: dict[UserName, int] = {}
    number, cells = next(table, (1, []))
    with _on_line(number):
        header = [cell.strip().lower() for cell in cells]
        _check(header)
    for number, cells in table:
        with _on_line(number):
            name, changes = _user(header, cells, groups)
            check(name)
            if name in found:
                raise InvalidValue(f"{name} is on line {lines_of[name]} already: remove one of the two.")
        found[name], lines_of[name] = changes, number
    return found


def write(rows: Iterable[tuple[UserName, dict[str, Any]]], file: TextIO, *, header: bool = True) -> None:
    """Print users in the form that `read` reads; with or without the first line, which names the columns.

    No cell can be a formula to a spreadsheet: names and headers have no characters for that.
    """
    writer = csv.writer(file, lineterminator="\n")
    if header:
        writer.writerow([USER, *CELLS])
    for name, settings in rows:
        writer.writerow(
            [name, *(_cell(column, settings[_COLUMN_OF.get(column, column)]) for column in CELLS)]
        )


def _table(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its last line."""
    lines = iter(lines)
    header, skipped = next(lines, ""), 0
    if _SEPARATOR.fullmatch(header.strip()):  # for Excel, which does not show that line
        skipped, header = 1, next(lines, "")
    if "\r" in header.rstrip("\r\n"):
        raise InvalidValue("Line 1: Its lines end as on an old Macintosh: save the file as CSV in UTF-8.")
    table = csv.reader(chain([header], lines), strict=True, delimiter=_delimiter(header))
    first = 1 + skipped
    try:
        for cells in table:
            if cells:
                yield table.line_num + skipped, cells
            first = table.line_num + 1 + skipped
    except (
        csv.Error
    ) as error:  # where the row began: a quote that is not closed swallows the rest of the file
        raise InvalidValue(f"Line {first}: It is no CSV ({error}): check its quotes.") from None


def _delimiter(header: str) -> str:
    """The character between cells: spreadsheets write semicolons in countries with decimal commas."""
    return max(DELIMITERS, key=header.count)


@contextmanager
def _on_line(number: int) -> Iterator[None]:
    try:
        yield
    except Rejected as error:
        raise type(error)(f"Line {number}: {str(error).removesuffix('.')}.", error.thing) from None


def _check(header: list[str]) -> None:
    known = f"The columns are {USER}, {', '.join(CELLS)}"
    if USER not in header:
        raise InvalidValue(f"It has no column {USER}: the first line names the columns. {known}.")
    for column in header:
        if column not in (USER, *CELLS):
            raise InvalidValue(f"{shown(column)} is no column. {known}.")
    if len(set(header)) < len(header):
        raise InvalidValue("A column is there twice: remove one of the two.")


def _user(header: list[str], cells: list[str], groups: Collection[str]) -> tuple[UserName, UserChanges]:
    if len(cells) != len(header):
        plural = "" if len(cells) == 1 else "s"
        raise InvalidValue(f"{len(cells)} cell{plural} for {len(header)} columns: write one for each.")
    row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    name = UserName.parse(row.pop(USER))
    values = {_COLUMN_OF.get(column, column): CELLS[column](cell) for column, cell in row.items()}
    if values.get("settings_group", DEFAULT_GROUP) not in groups:
        raise InvalidValue(f"There is no settings group {values['settings_group']}.", "unknown_group")
    return name, cast(UserChanges, values)


def _group(cell: str) -> str:
    return GroupName(cell or DEFAULT_GROUP).name


def _truth(cell: str) -> bool | None:
    if cell and cell.lower() not in _TRUTH:
        raise InvalidValue(f"{shown(cell)} is neither true nor false: write one of them, or nothing.")
    return _TRUTH[cell.lower()] if cell else None


def _choice(kind: type[Accept] | type[PhoneKind]) -> Callable[[str], object]:
    def read_choice(cell: str) -> object:
        try:
            return kind(cell.lower()) if cell else None
        except ValueError:
            raise InvalidValue(
                f"{shown(cell)} is none of {', '.join(kind)}: write one of them, or nothing."
            ) from None

    return read_choice


def _headers(cell: str) -> object:
    if not cell:
        return None
    return () if cell == NO_HEADERS else tuple(parse_header(line) for line in cell.splitlines())


CELLS: dict[str, Callable[[str], Any]] = {
    "group": _group,
    "whisper_initiate": _truth,
    "whisper_accept": _choice(Accept),
    "intercom_initiate": _truth,
    "intercom_accept": _choice(Accept),
    "pages_off": lambda cell: bool(_truth(cell)),
    "phone_kind": _choice(PhoneKind),
    "auto_answer": _headers,
}
_COLUMN_OF = {"group": "settings_group"}


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) or NO_HEADERS
