"""`whisperpage console`: who may log in to the console in the browser."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime

import click

from controller.cli import stores
from controller.cli.arguments import DOMAIN, USER, Number, Parsed, one_of
from controller.cli.keys import URL
from controller.cli.output import Form, emit, listing, note
from controller.cli.remote import listening
from controller.domain.console import Invitation, Role
from controller.domain.names import UserName, shown
from controller.errors import InvalidValue
from controller.settings_sources import load

COLUMNS = ("id", "user", "role", "state", "created_at", "created_by", "use_by", "expires_at", "used_at",
           "address", "last_used_at")  # fmt: skip
TABLE = ("id", "user", "role", "state", "created_at", "expires_at", "last_used_at", "address")


def _number(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise InvalidValue(
            f"{shown(text)} is no invitation's ID: write the number that `console list` shows."
        )
    return int(text)


@click.group(epilog="Example: whisperpage console list")
def console() -> None:
    """The console in the browser: who may log in, by a link that is used once."""


@console.command(epilog="Example: whisperpage console invite 1001@pbx.example.org --days 30")
@click.argument("user", type=USER, metavar="EXT@DOMAIN")
@click.option(
    "--role",
    type=one_of(Role),
    default=Role.USER.value,
    show_default=True,
    help="`user` sees its colleagues and pages them; `tenant` changes its domain's settings, `admin` all.",
)
@click.option(
    "--days", type=Number(1, 3650), default=90, show_default=True, help="For so long it may stay logged in."
)
@click.option("--url", type=URL, help="Where browsers find the console; if not given, http_listen.")
def invite(user: UserName, role: str, days: int, url: str | None) -> None:
    """Print a link that logs a browser in as a user.

    It works once, within a week. Whoever opens it first is logged in: send it as you would send a password.
    """
    from controller.administration import access

    base = url or listening(load()) or "http://CONTROLLER:8019"
    with stores.changing() as settings:
        change, secret = settings.change(access.invite, user, Role(role), days, settings.actor.name)
    click.echo(f"{base.rstrip('/')}/login/{secret}")
    note(f"Send it now: it cannot be shown again. `whisperpage console revoke {change.result.id}` ends it.")


@console.command("list", epilog="Example: whisperpage console list --domain pbx.example.org")
@click.option("--domain", type=DOMAIN, help="Only those of this domain.")
@listing
def list_all(domain: str | None, form: Form) -> None:
    """Show every invitation and what became of it, though not the links themselves."""
    from controller.store import console as rows

    with stores.current() as store, store.reading() as reading:
        emit(COLUMNS, map(_row, rows.listing(reading, domain or "")), form, TABLE)


@console.command(epilog="Example: whisperpage console revoke 7")
@click.argument("number", type=Parsed("ID", _number), metavar="ID")
def revoke(number: int) -> None:
    """End an invitation, and log its browser out; ID is as `console list` shows it."""
    from controller.administration import access

    with stores.changing() as settings:
        settings.change(access.revoke, number)


def _row(each: Invitation) -> dict[str, object]:
    state = each.access(datetime.now(UTC))
    return {**asdict(each), "user": str(each.user), "role": each.role.value, "state": state.value}
