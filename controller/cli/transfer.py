"""`whisperpage users import` and `users export`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

from controller.cli import directory, sheets, stores
from controller.cli.arguments import GROUP
from controller.cli.output import note, progress_bar
from controller.config import load
from controller.domain.names import GroupName, UserName, shown
from controller.errors import InvalidValue
from controller.store import bulk, groups
from controller.store.session import Store, UnitOfWork
from controller.store.settings import UserChanges


@click.command("import", epilog="Example: whisperpage users import users.csv --dry-run")
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE.csv",
    required=False,
)
@click.option("--from-switch", is_flag=True, help="Take the users of FreeSWITCH's directory, not a file.")
@click.option("--group", type=GROUP, help="With --from-switch: the settings group that new users get.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def import_users(file: Path | None, from_switch: bool, group: GroupName | None, dry_run: bool) -> None:
    """Add and change users as a CSV file says, or add those of the switch: all of it, or nothing.

    FILE.csv may be `-`, which is standard input. The columns of a file are those of `users export`; only
    `user` is required. An empty cell inherits, a column that is not there stays as it is, and so do users
    that are not in the file.

    From the switch, new users are added; what is set of those that there are stays as it is.
    """
    if (file is None) is not from_switch:
        raise click.UsageError("Give either FILE.csv or --from-switch.")
    if group and not from_switch:
        raise click.UsageError("--group is for --from-switch: in a file, `group` is a column.")
    with stores.current() as store:
        # read before the unit begins: others can write meanwhile
        in_file = {} if file is None else _read(file, store)
        in_directory = _of_switch() if file is None else []
        with store.unit() as unit:
            wanted = _new(unit, in_directory, group) if file is None else in_file
            before = dict(bulk.own_settings(unit)) if dry_run else {}
            with progress_bar("Users", len(wanted)) as progress:
                summary = bulk.put(unit, wanted, progress)
            after = dict(bulk.own_settings(unit)) if dry_run else {}
            if not dry_run:
                unit.commit()
    for name in wanted if dry_run else ():
        if change := _difference(before.get(name), after[name]):
            click.echo(f"{name}: {change}")
    first = "Nothing was changed. Without --dry-run: " if dry_run else ""
    click.echo(
        f"{first}{summary.added} added, {summary.changed} changed, {summary.unchanged} left as they were."
    )
    if not dry_run:
        note(f"Changed in {store}.")


@click.command("export", epilog="Example: whisperpage users export > users.csv")
def export_users() -> None:
    """Print every user's own settings as CSV, fit for `users import`."""
    with stores.current() as store, store.streaming() as reading:
        sheets.write(bulk.own_settings(reading), sys.stdout)


def _difference(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> str:
    """What becomes of a user: `added (settings_group desk)`, `pages_off no -> yes`; empty if nothing."""
    if before is None:
        given = ", ".join(f"{key} {_said(value)}" for key, value in after.items() if value is not None)
        return f"added ({given})"
    return ", ".join(
        f"{key} {_said(before[key])} -> {_said(value)}"
        for key, value in after.items()
        if before[key] != value
    )


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "inherit" if value is None else shown(str(value)) if "\n" in str(value) else str(value) or "-"


def _read(file: Path, store: Store) -> Mapping[UserName, UserChanges]:
    with store.reading() as reading:
        known = {group.name for group in groups.listing(reading)}
    try:
        with click.open_file(str(file), "rb") as lines:
            return sheets.read(sheets.text(cast(BinaryIO, lines)), known)
    except OSError as error:
        raise InvalidValue(f"{shown(file.name)} cannot be read ({error.strerror}).") from None
    except InvalidValue as error:
        raise InvalidValue(f"{shown(file.name)}: {error} Nothing was changed.") from None


def _of_switch() -> list[UserName]:
    settings = load()
    found = (directory.fetch(address, settings.command_deadline) for address in settings.switches)
    return sorted({user for each in found for user in directory.users(each)})


def _new(unit: UnitOfWork, found: list[UserName], group: GroupName | None) -> Mapping[UserName, UserChanges]:
    """What to write so that those that are new are there, and the others as they were."""
    changes: UserChanges = {"settings_group": groups.existing(unit, group).name} if group else {}
    there = bulk.names(unit)
    if gone := len(there.difference(found)):
        note(f"{gone} users are not in the switch's directory, and stay.")
    return {name: {} if name in there else changes for name in found}
