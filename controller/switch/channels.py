"""The rows of `show channels as json`, read a piece at a time.

A busy switch has thousands of legs, and its answer some 0.9 kB for each. To read it at once would hold up
everything else, and need many times its memory. So each piece has some rows, of which only the columns that
are used are kept, and whoever reads them may let others run between two rows.

The switch writes `{"row_count":2,"rows":[{"uuid":...},{"uuid":...}]}` without blanks (show_as_json,
mod_commands.c; cJSON_PrintUnformatted). A quote within a string is always escaped, so `},{"uuid":` is the
border of two rows, whatever text a caller has chosen. An answer of another form is read as one piece.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from controller.errors import SwitchTrouble
from controller.switch.leg import came_by_sip, number

#: Characters in a piece; the last row may be beyond them.
PIECE = 100_000
_ROWS = re.compile(r'\{(?:"row_count":[0-9]+,)?"rows":\[(\{"[^"\\]+":)')


class ChannelRow(NamedTuple):
    """A row of `show channels`; `created` is in microseconds since 1970, 0 if the row lacks it."""

    uuid: str
    name: str = ""
    direction: str = ""
    presence_id: str = ""
    callstate: str = ""
    context: str = ""
    created: int = 0

    @property
    def unsure(self) -> bool:
        """Whether it may name the wrong user: its presence id is what a phone claims."""
        return came_by_sip(self.name, self.direction)


def rows_in(answer: str) -> Iterator[ChannelRow]:
    """The rows in an answer, a piece at a time. Raises SwitchTrouble."""
    for piece in _pieces(answer):
        yield from map(_row, _read(piece))


def _pieces(answer: str) -> Iterator[str]:
    """The answer as several answers with some rows each."""
    found, end = _ROWS.match(answer), answer.rfind("]")
    if found is None or end < found.end():
        yield answer
        return
    border, start = "}," + found[1], found.start(1)
    while (next_row := answer.find(border, start + PIECE, end)) >= 0:
        yield f'{{"rows":[{answer[start : next_row + 1]}]}}'
        start = next_row + 2
    yield f'{{"rows":[{answer[start:end]}]}}'


def _read(answer: str) -> list[dict[str, Any]]:
    try:
        told = orjson.loads(answer.encode())
    except orjson.JSONDecodeError:
        told = None
    # without channels the answer has no "rows" (show_function, mod_commands.c)
    rows = told.get("rows", []) if isinstance(told, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("uuid") for row in rows):
        raise SwitchTrouble("The switch lists its channels in an unknown form.")
    return rows


def _row(row: dict[str, Any]) -> ChannelRow:
    # what many rows have is kept once
    direction, callstate, context = (
        sys.intern(str(row.get(name, ""))) for name in ("direction", "callstate", "context")
    )
    return ChannelRow(
        str(row["uuid"]),
        str(row.get("name", "")),
        direction,
        str(row.get("presence_id", "")),
        callstate,
        context,
        number(f"{row.get('created_epoch', '')}000000"),  # read in one: a product would take more memory
    )
