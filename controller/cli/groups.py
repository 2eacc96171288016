"""`whisperpage groups`: settings groups."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, cast

import click

from controller.cli import accept, stores
from controller.cli.arguments import DOMAIN, GROUP, Number, Parsed, one_of
from controller.cli.output import YES, Form, agree, emit, emit_one, listing
from controller.cli.rights import given, rights
from controller.domain.names import GroupName
from controller.domain.policy import WhenNotAccepted
from controller.domain.reply import LONGEST_WINDOW, SHORTEST_WINDOW
from controller.settings_sources import load
from controller.store import plain
from controller.store.settings import Group, GroupChanges

COLUMNS = tuple(field.name for field in fields(Group))
NEW = Parsed("NAME", GroupName)
NAME = click.argument("name", type=GROUP, metavar="NAME")
DECLINE_SECONDS = click.option(
    "--decline-seconds",
    type=Number(SHORTEST_WINDOW, LONGEST_WINDOW),
    help="Seconds in which a member can decline a page before it hears the pager; 0: none.",
)
WHEN_NOT_ACCEPTED = click.option(
    "--when-not-accepted",
    type=one_of(WhenNotAccepted),
    help="What is done with a page that a member does not accept: it is refused, or it calls the member.",
)


@click.group(epilog="Example: whisperpage groups list")
def groups() -> None:
    """Settings groups: what their members may do."""


@groups.command(epilog="Example: whisperpage groups add reception --whisper-initiate --whisper-accept all")
@click.argument("name", type=NEW, metavar="NAME")
@rights(inheriting=False)
@WHEN_NOT_ACCEPTED
@DECLINE_SECONDS
def add(name: GroupName, **options: Any) -> None:
    """Add a settings group; what is not given is denied."""
    from controller.administration import groups as services

    with stores.changing() as settings:
        settings.change(services.add, name, _changes(options))


@groups.command(
    "set", epilog="Example: whisperpage groups set reception --no-whisper-initiate --whisper-accept listed"
)
@NAME
@rights(inheriting=False)
@WHEN_NOT_ACCEPTED
@DECLINE_SECONDS
def change(name: GroupName, **options: Any) -> None:
    """Change a settings group; what is not given stays as it is."""
    changes = _changes(options)
    if not changes:
        raise click.UsageError("Nothing to change is given.")
    from controller.administration import groups as services

    with stores.changing() as settings:
        settings.change(services.change, name, changes)


@groups.command("list", epilog="Example: whisperpage groups list --json")
@click.option("--domain", type=DOMAIN, help="Only those that users of this domain may be in.")
@listing
def list_all(domain: str | None, form: Form) -> None:
    """Show every settings group; one whose name has an @ is of that domain."""
    if domain or (found := plain.groups(load().database_url)) is None:
        from controller.store import groups as store_groups

        with stores.current() as store, store.reading() as reading:
            found = list(store_groups.listing(reading, domain or ""))
    emit(COLUMNS, map(asdict, found), form)


@groups.command(epilog="Example: whisperpage groups show reception")
@NAME
@listing
def show(name: GroupName, form: Form) -> None:
    """Show one settings group."""
    from controller.store import groups as store_groups

    with stores.current() as store, store.reading() as reading:
        emit_one(asdict(store_groups.show(reading, name)), form)


@groups.command(epilog="Example: whisperpage groups remove reception")
@NAME
@YES
def remove(name: GroupName, yes: bool) -> None:
    """Remove a settings group that no user is in, and its accept lists."""
    from controller.administration import groups as services

    with stores.changing() as settings:
        if entries := settings.read(services.entries, name):
            plural = "y" if entries == 1 else "ies"
            agree(f"With the group {name} {entries} entr{plural} of its accept lists will be deleted.", yes)
        settings.change(services.remove, name)


groups.add_command(accept.commands("group", GROUP, "reception"), "accept")


def _changes(options: dict[str, Any]) -> GroupChanges:
    return cast(GroupChanges, given(**options))  # options are named as the columns are
