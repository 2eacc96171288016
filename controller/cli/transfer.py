"""`whisperpage users import` and `users export`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from controller.cli import sheets, stores
from controller.errors import InvalidValue
from controller.store import bulk, groups
from controller.store.naming import UserName
from controller.store.session import Reading
from controller.store.settings import UserChanges


@click.command("import", epilog="Example: whisperpage users import users.csv --dry-run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def import_users(file: Path, dry_run: bool) -> None:
    """Add and change users as a CSV file says: all of it, or nothing.

    Its columns are those of `users export`; only `user` is required. An empty cell inherits, a column that is
    not there stays as it is, and so do users that are not in the file.
    """
    with stores.current() as store, store.unit() as unit:
        wanted = _read(file, unit)
        with _bar(len(wanted)) as progress:
            summary = bulk.put(unit, wanted, progress)
        if not dry_run:
            unit.commit()
    first = "Nothing was changed. Without --dry-run: " if dry_run else ""
    click.echo(
        f"{first}{summary.added} added, {summary.changed} changed, {summary.unchanged} left as they were."
    )


@click.command("export", epilog="Example: whisperpage users export > users.csv")
def export_users() -> None:
    """Print every user's own settings as CSV, fit for `users import`."""
    with stores.current() as store, store.reading() as reading:
        sheets.write(bulk.own_settings(reading), sys.stdout)


def _read(file: Path, reading: Reading) -> dict[UserName, UserChanges]:
    known = {group.name for group in groups.listing(reading)}
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:  # spreadsheets put a byte order mark first
            return sheets.read(lines, known)
    except UnicodeDecodeError:
        raise InvalidValue(f"{file.name!a} is not UTF-8 text: save it as CSV in UTF-8.") from None
    except OSError as error:
        raise InvalidValue(f"{file.name!a} cannot be read ({error.strerror}).") from None
    except InvalidValue as error:
        raise InvalidValue(f"{file.name!a}: {error} Nothing was changed.") from None


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal; elsewhere nothing."""
    with click.progressbar(
        length=total, label="Users", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        yield bar.update
