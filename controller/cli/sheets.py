"""Users as a CSV file: one line a user, a column for each setting of its own.

An empty cell inherits (from the group, or the phone rules). A column that is not in the file stays as it is.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO, TextIO, cast

from controller.domain.names import DEFAULT_GROUP, GroupName, UserName, shown
from controller.domain.policy import Accept
from controller.errors import InvalidValue
from controller.phones.auto_answer import parse_header
from controller.phones.values import PhoneKind
from controller.store.settings import UserChanges

USER = "user"
#: What may be between cells; the first where there is but one column.
DELIMITERS = (",", ";", "\t")
#: In the column of headers: send none at all.
NO_HEADERS = "-"
#: More than the longest headers that there may be, several times over.
LINE_BYTES = 10_000
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def text(file: BinaryIO) -> Iterator[str]:
    """The lines of a file in UTF-8, with their ends. Raises InvalidValue, which names the line."""
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


def read(lines: Iterable[str], groups: Collection[str]) -> dict[UserName, UserChanges]:
    """What a file asks for; `groups` are those that there are. Raises InvalidValue, which names the line."""
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
            if name in found:
                raise InvalidValue(f"{name} is on line {lines_of[name]} already: remove one of the two.")
        found[name], lines_of[name] = changes, number
    return found


def write(rows: Iterable[tuple[UserName, dict[str, Any]]], file: TextIO) -> None:
    """Print users so that `read` makes the same of them."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([USER, *CELLS])
    for name, settings in rows:
        writer.writerow(
            [name, *(_cell(column, settings[_COLUMN_OF.get(column, column)]) for column in CELLS)]
        )


def _table(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its last line."""
    lines = iter(lines)
    header = next(lines, "")
    table, first = csv.reader(chain([header], lines), strict=True, delimiter=_delimiter(header)), 1
    try:
        for cells in table:
            if cells:
                yield table.line_num, cells
            first = table.line_num + 1
    except (
        csv.Error
    ) as error:  # where the row began: a quote that is not closed swallows the rest of the file
        raise InvalidValue(f"Line {first}: It is no CSV ({error}): check its quotes.") from None


def _delimiter(header: str) -> str:
    """What is between cells: a spreadsheet of a country with decimal commas writes semicolons."""
    return max(DELIMITERS, key=header.count)


@contextmanager
def _on_line(number: int) -> Iterator[None]:
    try:
        yield
    except InvalidValue as error:
        raise InvalidValue(f"Line {number}: {str(error).removesuffix('.')}.") from None


def _check(header: list[str]) -> None:
    known = f"The columns are {USER}, {', '.join(CELLS)}"
    if USER not in header:
        raise InvalidValue(f"There is no column {USER}. {known}.")
    for column in header:
        if column not in (USER, *CELLS):
            raise InvalidValue(f"{shown(column)} is no column. {known}.")
    if len(set(header)) < len(header):
        raise InvalidValue("A column is there twice: remove one of the two.")


def _user(header: list[str], cells: list[str], groups: Collection[str]) -> tuple[UserName, UserChanges]:
    if len(cells) != len(header):
        raise InvalidValue(f"There are {len(cells)} cells, and {len(header)} columns: write one for each.")
    row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    name = UserName.parse(row.pop(USER))
    values = {_COLUMN_OF.get(column, column): CELLS[column](cell) for column, cell in row.items()}
    if values.get("settings_group", DEFAULT_GROUP) not in groups:
        raise InvalidValue(
            f"There is no settings group {values['settings_group']}: "
            f"add it with `whisperpage groups add {values['settings_group']}`."
        )
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
