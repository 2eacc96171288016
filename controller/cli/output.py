"""What commands print: notes and complaints on stderr, listings on stdout as a table, JSON or CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from functools import wraps
from itertools import islice
from typing import Any

import click

from controller.cells import harmless

Row = Mapping[str, object]

#: Rows by which the widths of a table are measured; a longer listing is printed in batches of this size.
BATCH = 500
_SENTENCE = 600
#: For commands that delete more than what they name.
YES = click.option("--yes", is_flag=True, help="Do not ask, whatever goes with it.")


class Form(StrEnum):
    """How a listing is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def note(text: str) -> None:
    """Print something for a person that is not the output of the command."""
    click.echo(text, err=True)


def complain(sentence: str) -> None:
    """Print what went wrong as one line, whatever characters it quotes."""
    line = "".join(character if character.isprintable() else "?" for character in " ".join(sentence.split()))
    note(f"whisperpage: {line if len(line) <= _SENTENCE else line[:_SENTENCE] + '...'}")


def agree(loss: str, yes: bool) -> None:
    """Print what a command will destroy; return if `yes` is set, or if a person at a terminal agrees.

    Raises UsageError where nobody can be asked, and Abort if the answer is no.
    """
    if yes:
        note(loss)
    elif not sys.stdin.isatty():
        raise click.UsageError(f"{loss} Nothing was changed: add --yes to go on.")
    else:
        click.confirm(f"{loss} Go on?", abort=True, err=True)


def listing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--json` and `--csv`, which reach it as the argument `form`."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @click.option("--csv", "as_csv", is_flag=True, help="Print CSV, with a header line.")
    @wraps(command)
    def with_form(as_json: bool, as_csv: bool, **arguments: Any) -> None:
        if as_json and as_csv:
            raise click.UsageError("--json and --csv contradict each other.")
        command(form=Form.JSON if as_json else Form.CSV if as_csv else Form.TABLE, **arguments)

    return with_form


@contextmanager
def progress_bar(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, if that is a terminal; it yields a function that moves the bar."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=total, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield bar.update


def emit(columns: Sequence[str], rows: Iterable[Row], form: Form, table: Sequence[str] | None = None) -> None:
    """Print rows as they come. `columns` are the keys to print; `table`, if given, those of a table."""
    if form is Form.JSON:
        _json(columns, rows)
    elif form is Form.CSV:
        _csv(columns, rows)
    elif sys.stdout.isatty():
        _boxes(table or columns, rows)
    else:
        _plain(table or columns, rows)


def emit_one(row: Row, form: Form) -> None:
    """Print one row: as a JSON object, as CSV, or line by line."""
    if form is Form.JSON:
        click.echo(json.dumps(row, default=_native))
    elif form is Form.CSV:
        _csv(list(row), [row])
    else:
        width = max(map(len, row))
        for key, value in row.items():
            click.echo(f"{_title(key):{width}}  {_text(value)}")


def _json(columns: Sequence[str], rows: Iterable[Row]) -> None:
    separator = "["
    for row in rows:
        click.echo(separator + json.dumps({key: row[key] for key in columns}, default=_native), nl=False)
        separator = ",\n "
    click.echo("[]" if separator == "[" else "]")


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[key]) for key in columns])


def _boxes(columns: Sequence[str], rows: Iterable[Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for batch in _batches(rows):
        table = Table(*map(_title, columns))
        for row in batch:
            table.add_row(*(Text(_text(row[key])) for key in columns))
        console.print(table)


def _plain(columns: Sequence[str], rows: Iterable[Row]) -> None:
    header, widths = [_title(key) for key in columns], [0] * len(columns)
    for at, batch in enumerate(_batches(rows)):
        lines = [[_text(row[key]) for key in columns] for row in batch]
        if at == 0:
            lines.insert(0, header)
            widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        for line in lines:
            cells = (f"{cell:{width}}" for cell, width in zip(line, widths, strict=True))
            click.echo("  ".join(cells).rstrip())


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in batches; one empty batch if there are none, so that a header is printed."""
    iterator = iter(rows)
    yield (batch := list(islice(iterator, BATCH)))
    while batch and (batch := list(islice(iterator, BATCH))):
        yield batch


def _title(key: str) -> str:
    return key.replace("_", " ")


def _native(value: object) -> object:
    """A value in the form for JSON and CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        value.isoformat()
        if isinstance(value, datetime)
        else value
        if isinstance(value, int | float)
        else str(value)
    )


def _cell(value: object) -> object:
    """A value in the form for CSV. A phone may have written it, and a spreadsheet may open it."""
    native = "" if value is None else _native(value)
    return harmless(native) if isinstance(native, str) else native


def _text(value: object) -> str:
    """A value in the form for a table."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value).replace("\n", " | ")
