"""`whisperpage page-groups`: several users that are paged at once."""

from __future__ import annotations

import click

from controller.cli import stores
from controller.cli.arguments import DOMAIN, PAGE_GROUP, PRINCIPAL
from controller.cli.output import Form, emit, emit_one, listing, note
from controller.domain.names import Principal, principal_text
from controller.domain.page_group import MOST, PageGroup, PageGroupName

COLUMNS = ("name", "label", "members")
NAME = click.argument("name", type=PAGE_GROUP, metavar="EXT[@DOMAIN]")
MEMBER = click.argument("member", type=PRINCIPAL, metavar="EXT@DOMAIN|group:NAME")


@click.group("page-groups", epilog="Example: whisperpage page-groups list")
def page_groups() -> None:
    """Page groups: several users that are paged at once, under an extension of their own.

    Whoever dials the code of a page and that extension speaks to all of them and hears nobody. A settings
    group is something else: it says what its users may do (`whisperpage groups`).
    """


@page_groups.command(epilog="Example: whisperpage page-groups add 600@pbx.example.org --label Warehouse")
@NAME
@click.option("--label", default="", metavar="TEXT", help="Its name for people.")
def add(name: PageGroupName, label: str) -> None:
    """Add a page group; without a domain it is for all domains."""
    from controller.administration import page_groups as services

    with stores.changing() as settings:
        settings.change(services.add, name, label)


@page_groups.command("set", epilog="Example: whisperpage page-groups set 600@pbx.example.org --label Yard")
@NAME
@click.option("--label", required=True, metavar="TEXT", help="Its name for people.")
def change(name: PageGroupName, label: str) -> None:
    """Give a page group another label."""
    from controller.administration import page_groups as services

    with stores.changing() as settings:
        settings.change(services.change, name, label)


@page_groups.command("list", epilog="Example: whisperpage page-groups list --json")
@click.option("--domain", type=DOMAIN, help="Only those that users of this domain can page.")
@listing
def list_all(domain: str | None, form: Form) -> None:
    """Show every page group."""
    from controller.store import page_groups as rows

    with stores.current() as store, store.reading() as reading:
        found = rows.listing(reading, domain or "")
    emit(COLUMNS, map(_row, found), form)


@page_groups.command(epilog="Example: whisperpage page-groups show 600@pbx.example.org")
@NAME
@listing
def show(name: PageGroupName, form: Form) -> None:
    """Show one page group."""
    from controller.store import page_groups as rows

    with stores.current() as store, store.reading() as reading:
        emit_one(_row(rows.show(reading, name)), form)


@page_groups.command(epilog="Example: whisperpage page-groups remove 600@pbx.example.org")
@NAME
def remove(name: PageGroupName) -> None:
    """Remove a page group; its members stay what they are."""
    from controller.administration import page_groups as services

    with stores.changing() as settings:
        settings.change(services.remove, name)


@page_groups.group(epilog="Example: whisperpage page-groups members list 600@pbx.example.org")
def members() -> None:
    """Who is paged: users, and settings groups with all their users."""


@members.command(
    "add", epilog="Example: whisperpage page-groups members add 600@pbx.example.org 1002@pbx.example.org"
)
@NAME
@MEMBER
def add_member(name: PageGroupName, member: Principal) -> None:
    """Add a user, or a settings group."""
    from controller.administration import page_groups as services

    with stores.changing() as settings:
        count = len(settings.change(services.add_member, name, member).result.members)
    if count > MOST:
        note(f"A page reaches {MOST} members at most; {name} has {count}.")


@members.command(
    "remove", epilog="Example: whisperpage page-groups members remove 600@pbx.example.org group:sales"
)
@NAME
@MEMBER
def remove_member(name: PageGroupName, member: Principal) -> None:
    """Remove a user, or a settings group."""
    from controller.administration import page_groups as services

    with stores.changing() as settings:
        settings.change(services.remove_member, name, member)


@members.command("list", epilog="Example: whisperpage page-groups members list 600@pbx.example.org --json")
@NAME
@listing
def list_members(name: PageGroupName, form: Form) -> None:
    """Show the members."""
    from controller.store import page_groups as rows

    with stores.current() as store, store.reading() as reading:
        found = rows.show(reading, name)
    emit(("member",), ({"member": principal_text(each)} for each in found.members), form)


def _row(group: PageGroup) -> dict[str, object]:
    return {
        "name": str(group.name),
        "label": group.label,
        "members": list(map(principal_text, group.members)),
    }
