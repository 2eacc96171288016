"""`whisperpage groups`: settings groups."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, cast

import click

from controller.cli import accept, stores
from controller.cli.arguments import GROUP
from controller.cli.output import YES, Form, agree, emit, emit_one, listing
from controller.cli.rights import given, rights
from controller.domain.names import GroupName
from controller.domain.policy import WhenNotAccepted
from controller.store import accept as store_accept
from controller.store import groups as store_groups
from controller.store.settings import Group, GroupChanges

COLUMNS = tuple(field.name for field in fields(Group))
NAME = click.argument("name", type=GROUP, metavar="NAME")
WHEN_NOT_ACCEPTED = click.option(
    "--when-not-accepted",
    type=click.Choice(list(map(str, WhenNotAccepted))),
    help="What a page becomes that a member does not take: refused, or an ordinary call.",
)


@click.group(epilog="Example: whisperpage groups list")
def groups() -> None:
    """Settings groups: what their members may do."""


@groups.command(epilog="Example: whisperpage groups add reception --whisper-initiate --whisper-accept all")
@NAME
@rights(inheriting=False)
@WHEN_NOT_ACCEPTED
def add(name: GroupName, **options: Any) -> None:
    """Add a settings group; what is not given is denied."""
    with stores.changing() as unit:
        store_groups.add(unit, name, _changes(options))


@groups.command(
    "set", epilog="Example: whisperpage groups set reception --no-whisper-initiate --whisper-accept listed"
)
@NAME
@rights(inheriting=False)
@WHEN_NOT_ACCEPTED
def change(name: GroupName, **options: Any) -> None:
    """Change a settings group; what is not given stays as it is."""
    changes = _changes(options)
    if not changes:
        raise click.UsageError("Nothing to change is given.")
    with stores.changing() as unit:
        store_groups.change(unit, name, changes)


@groups.command("list", epilog="Example: whisperpage groups list --json")
@listing
def list_all(form: Form) -> None:
    """Show every settings group."""
    with stores.current() as store, store.reading() as reading:
        emit(COLUMNS, map(asdict, store_groups.listing(reading)), form)


@groups.command(epilog="Example: whisperpage groups show reception")
@NAME
@listing
def show(name: GroupName, form: Form) -> None:
    """Show one settings group."""
    with stores.current() as store, store.reading() as reading:
        emit_one(asdict(store_groups.show(reading, name)), form)


@groups.command(epilog="Example: whisperpage groups remove reception")
@NAME
@YES
def remove(name: GroupName, yes: bool) -> None:
    """Remove a settings group that no user is in, and its accept lists."""
    with stores.changing() as unit:
        if entries := len(store_accept.listing(unit, name)):
            plural = "y" if entries == 1 else "ies"
            agree(f"With the group {name} {entries} entr{plural} of its accept lists will be deleted.", yes)
        store_groups.remove(unit, name)


groups.add_command(accept.commands("group", GROUP, "reception"), "accept")


def _changes(options: dict[str, Any]) -> GroupChanges:
    return cast(GroupChanges, given(**options))  # options are named as the columns are
