"""Users as a CSV file: one line a user, a column for each setting of its own.

An empty cell inherits (from the group, or the phone rules). A column that is not in the file stays as it is.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable
from typing import Any, TextIO, cast

from controller.errors import InvalidValue
from controller.phones.auto_answer import parse_header
from controller.phones.values import PhoneKind
from controller.store.naming import DEFAULT_GROUP, GroupName, UserName, shown
from controller.store.settings import UserChanges
from controller.store.values import Accept

USER = "user"
#: In the column of headers: send none at all.
NO_HEADERS = "-"
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read(lines: Iterable[str], groups: Collection[str]) -> dict[UserName, UserChanges]:
    """What a file asks for; `groups` are those that there are. Raises InvalidValue, which names the line."""
    table = csv.reader(lines, strict=True)
    found: dict[UserName, UserChanges] = {}
    lines_of: dict[UserName, int] = {}
    try:
        header = [cell.strip().lower() for cell in next(table, [])]
        _check(header)
        for cells in table:
            if not cells:
                continue
            name, changes = _user(header, cells, groups)
            if name in found:
                raise InvalidValue(f"{name} is on line {lines_of[name]} already.")
            found[name], lines_of[name] = changes, table.line_num
    except (InvalidValue, csv.Error) as error:
        raise InvalidValue(f"Line {table.line_num}: {str(error).removesuffix('.')}.") from None
    return found


def write(rows: Iterable[tuple[UserName, dict[str, Any]]], file: TextIO) -> None:
    """Print users so that `read` makes the same of them."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([USER, *CELLS])
    for name, settings in rows:
        writer.writerow(
            [name, *(_cell(column, settings[_COLUMN_OF.get(column, column)]) for column in CELLS)]
        )


def _check(header: list[str]) -> None:
    known = f"The columns are {USER}, {', '.join(CELLS)}"
    if USER not in header:
        raise InvalidValue(f"There is no column {USER}. {known}.")
    for column in header:
        if column not in (USER, *CELLS):
            raise InvalidValue(f"{shown(column)} is no column. {known}.")
    if len(set(header)) < len(header):
        raise InvalidValue("A column is there twice.")


def _user(header: list[str], cells: list[str], groups: Collection[str]) -> tuple[UserName, UserChanges]:
    if len(cells) != len(header):
        raise InvalidValue(f"There are {len(cells)} cells, and {len(header)} columns.")
    row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    name = UserName.parse(row.pop(USER))
    values = {_COLUMN_OF.get(column, column): CELLS[column](cell) for column, cell in row.items()}
    if values.get("settings_group", DEFAULT_GROUP) not in groups:
        raise InvalidValue(f"There is no settings group {values['settings_group']}: add it first.")
    return name, cast(UserChanges, values)


def _group(cell: str) -> str:
    return GroupName(cell or DEFAULT_GROUP).name


def _truth(cell: str) -> bool | None:
    if cell and cell.lower() not in _TRUTH:
        raise InvalidValue(f"{shown(cell)} is neither true nor false.")
    return _TRUTH[cell.lower()] if cell else None


def _choice(kind: type[Accept] | type[PhoneKind]) -> Callable[[str], object]:
    def read_choice(cell: str) -> object:
        try:
            return kind(cell.lower()) if cell else None
        except ValueError:
            raise InvalidValue(f"{shown(cell)} is none of {', '.join(kind)}.") from None

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
