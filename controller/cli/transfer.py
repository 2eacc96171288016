"""`whisperpage users import` and `users export`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from controller.administration import sheets
from controller.cli import directory, stores
from controller.cli.arguments import GROUP
from controller.cli.output import note, progress_bar
from controller.cli.person import actor
from controller.cli.remedies import told
from controller.domain.names import DEFAULT_GROUP, GroupName, UserName, shown
from controller.errors import InvalidValue
from controller.fusion.site import CONFIG
from controller.settings_sources import load
from controller.store.settings import GroupChanges, UserChanges

if TYPE_CHECKING:
    from controller.store.session import Store, UnitOfWork


@click.command("import", epilog="Example: whisperpage users import users.csv --dry-run")
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE.csv",
    required=False,
)
@click.option("--from-switch", is_flag=True, help="Take the users of FreeSWITCH's directory, not a file.")
@click.option("--from-fusionpbx", is_flag=True, help="Take the extensions of the FusionPBX on this machine.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=CONFIG,
    show_default=True,
    help="With --from-fusionpbx: FusionPBX's configuration.",
)
@click.option("--group", type=GROUP, help="Not with a file: the settings group that new users get.")
@click.option(
    "--domain-groups",
    is_flag=True,
    help="Not with a file: give each domain a default group of its own, as `default` is now.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def import_users(
    file: Path | None,
    from_switch: bool,
    from_fusionpbx: bool,
    config: Path,
    group: GroupName | None,
    domain_groups: bool,
    dry_run: bool,
) -> None:
    """Add and change users as a CSV file says, or add those of the switch: all of it, or nothing.

    FILE.csv may be `-`, which is standard input. The columns of a file are those of `users export`; only
    `user` is required. An empty cell inherits, a column that is not there stays as it is, and so do users
    that are not in the file.

    From the switch or FusionPBX, new users are added; what is set of those that there are stays as it is.
    Whoever has a number alias in FusionPBX is one user, and is paged by either.
    """
    if [file is not None, from_switch, from_fusionpbx].count(True) != 1:
        raise click.UsageError("Give either FILE.csv, --from-switch or --from-fusionpbx.")
    if (group or domain_groups) and file is not None:
        raise click.UsageError(
            "--group and --domain-groups are not for a file: in a file, `group` is a column."
        )
    from controller.administration import transfer
    from controller.store import bulk, groups

    with stores.current() as store:
        if group:
            with store.reading() as reading:
                groups.existing(reading, group)
        # read before the unit of work begins, so that others can write meanwhile
        in_file = {} if file is None else _read(file, store)
        in_directory = _of_fusionpbx(config) if from_fusionpbx else _of_switch() if from_switch else []
        with store.unit() as unit:
            if domain_groups:
                _add_default_groups(unit, {user.domain for user in in_directory})
            wanted = _new(unit, in_directory, group) if file is None else in_file
            before = dict(bulk.own_settings(unit)) if dry_run else {}
            with progress_bar("Users", len(wanted)) as progress:
                summary = bulk.put(unit, wanted, progress)
            after = dict(bulk.own_settings(unit)) if dry_run else {}
            if not dry_run:
                whence = "FusionPBX" if from_fusionpbx else "the switch" if from_switch else str(file)
                transfer.note(unit, actor(), whence, summary)
                unit.commit()
    for name in wanted if dry_run else ():
        if change := _difference(before.get(name), after[name]):
            click.echo(f"{name}: {change}")
    first = "Nothing was changed. Without --dry-run: " if dry_run else ""
    click.echo(
        f"{first}{summary.added} added, {summary.changed} changed, {summary.unchanged} left as they were."
    )
    if not dry_run and (summary.added or summary.changed):
        note(f"Changed in {store}.")


@click.command("export", epilog="Example: whisperpage users export > users.csv")
def export_users() -> None:
    """Print every user's own settings as CSV, fit for `users import`."""
    from controller.store import bulk

    with stores.current() as store, store.streaming() as reading:
        sheets.write(bulk.own_settings(reading), sys.stdout)


def _difference(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> str:
    """The change of a user in words: `added (settings_group desk)`, `pages_off no -> yes`, or empty."""
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
    from controller.store import groups

    with store.reading() as reading:
        known = {group.name for group in groups.listing(reading)}
    try:
        with click.open_file(str(file), "rb") as lines:
            return sheets.read(sheets.text(cast(BinaryIO, lines)), known)
    except OSError as error:
        raise InvalidValue(f"{shown(file.name)} cannot be read ({error.strerror}).") from None
    except InvalidValue as error:
        raise InvalidValue(f"{shown(file.name)}: {told(error)} Nothing was changed.") from None


def add_fusionpbx_users(config: Path) -> tuple[int, int]:
    """Add the extensions of a FusionPBX that are new, to a database that is made if it is SQLite's.

    How many were added, and how many were there. Raises SettingsError, StoreError, InvalidValue.
    """
    from controller.administration import transfer
    from controller.database_url import read_url
    from controller.fusion import parts
    from controller.store import bulk, schema

    found = _of_fusionpbx(config)
    url = read_url(load().database_url)
    file = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
    if file:
        parts.make_folder(file.absolute().parent)
    with stores.configured() as store:
        schema.ensure_current(store, note)
        with store.unit() as unit:
            summary = bulk.put(unit, {name: {} for name in found}, lambda _: None)
            transfer.note(unit, actor(), "FusionPBX", summary)
            unit.commit()
    if file:
        parts.like_folder(*(Path(f"{file}{end}") for end in ("", "-wal", "-shm")))
    return summary.added, summary.unchanged


def _of_fusionpbx(config: Path) -> list[UserName]:
    from controller.fusion import people
    from controller.fusion.site import find

    return sorted(people.users(find(config)))


def _of_switch() -> list[UserName]:
    settings = load()
    found = (directory.fetch(address, settings.command_deadline) for address in settings.addresses)
    return sorted({user for each in found for user in directory.users(each)})


def _add_default_groups(unit: UnitOfWork, domains: set[str]) -> None:
    """Give each domain that has none a default group, as the one of all is."""
    from controller.store import groups

    model = groups.show(unit, GroupName(DEFAULT_GROUP))
    rights = {name: getattr(model, name) for name in GroupChanges.__annotations__}
    there = {group.name for group in groups.listing(unit)}
    for domain in sorted(domains):
        if (name := f"{DEFAULT_GROUP}@{domain}") not in there:
            groups.add(unit, GroupName(name), cast(GroupChanges, rights))  # a group has what changes set
            click.echo(f"{name}: added")


def _new(unit: UnitOfWork, found: list[UserName], group: GroupName | None) -> Mapping[UserName, UserChanges]:
    """The changes that add new users and leave the others as they are."""
    from controller.store import bulk, groups

    changes: UserChanges = {"settings_group": groups.existing(unit, group).name} if group else {}
    there = bulk.names(unit)
    if gone := len(there.difference(found)):
        note(f"{gone} users are not in that directory, and stay.")
    return {name: {} if name in there else changes for name in found}
