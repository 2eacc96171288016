"""`whisperpage keys`: tokens for the keys of phones."""

from __future__ import annotations

from dataclasses import asdict, fields

import click

from controller.cli import stores
from controller.cli.arguments import USER, Parsed
from controller.cli.output import Form, emit, listing, note
from controller.store import key_tokens
from controller.store.key_tokens import KeyToken
from controller.store.naming import UserName

COLUMNS = tuple(field.name for field in fields(KeyToken))
LABEL = Parsed("TEXT", key_tokens.check_label)


@click.group(epilog="Example: whisperpage keys list")
def keys() -> None:
    """Tokens that let the keys of a user's phone act for that user."""


@keys.command(epilog="Example: whisperpage keys issue 1002@pbx.example.org --label 'desk phone'")
@click.argument("user", type=USER, metavar="EXT@DOMAIN")
@click.option("--label", type=LABEL, default="", help="What it is for, in words.")
def issue(user: UserName, label: str) -> None:
    """Make a token for a user's phone, and print it; it cannot be shown again."""
    with stores.current() as store, store.unit() as unit:
        made, token = key_tokens.issue(unit, user, label)
        unit.commit()
    click.echo(token)
    note(f"Keep it now: it cannot be shown again. `whisperpage keys revoke {made.id}` makes it invalid.")


@keys.command("list", epilog="Example: whisperpage keys list --user 1002@pbx.example.org")
@click.option("--user", type=USER, help="Only those of this user.")
@listing
def list_all(user: UserName | None, form: Form) -> None:
    """Show every token that was issued, though not the tokens themselves."""
    with stores.current() as store, store.reading() as reading:
        emit(COLUMNS, map(_row, key_tokens.listing(reading, user)), form)


@keys.command(epilog="Example: whisperpage keys revoke 7")
@click.argument("number", type=click.IntRange(1, 2**31 - 1), metavar="ID")
def revoke(number: int) -> None:
    """Make a token invalid from now on; ID is as `keys list` shows it."""
    with stores.current() as store, store.unit() as unit:
        key_tokens.revoke(unit, number)
        unit.commit()


def _row(token: KeyToken) -> dict[str, object]:
    return {**asdict(token), "user": str(token.user)}
