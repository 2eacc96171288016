"""`whisperpage tokens`: tokens of the API, of one domain or of all."""

from __future__ import annotations

import re
from dataclasses import asdict, fields

import click

from controller.cli import stores
from controller.cli.arguments import DOMAIN, Parsed, one_of
from controller.cli.output import Form, emit, listing, note
from controller.domain.api_token import USUAL, ApiToken, Scope, write_scopes
from controller.domain.key_token import check_label
from controller.domain.message import check_name
from controller.domain.names import shown
from controller.errors import InvalidValue

COLUMNS = tuple(field.name for field in fields(ApiToken))


def _number(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise InvalidValue(f"{shown(text)} is no token's ID: write the number that `tokens list` shows.")
    return int(text)


@click.group(epilog="Example: whisperpage tokens list")
def tokens() -> None:
    """Tokens of the API for programs: of one domain, or of all."""


@tokens.command(epilog="Example: whisperpage tokens issue --domain one.example.org --label tablet")
@click.option("--domain", type=DOMAIN, help="Only for users of this domain; else for all.")
@click.option("--label", type=Parsed("TEXT", check_label), default="", help="What it is for, in words.")
@click.option(
    "--scope",
    "scopes",
    type=one_of(Scope),
    multiple=True,
    help=f"What it is for; may be given again. Without: {write_scopes(USUAL)}.",
)
@click.option("--sender", default="", metavar="NAME", help="Of a kiosk: the name by which it sends messages.")
@click.option(
    "--message",
    "messages",
    type=Parsed("NAME", check_name),
    multiple=True,
    help="Of a kiosk: a message that it may send; may be given again.",
)
def issue(
    domain: str | None, label: str, scopes: tuple[str, ...], sender: str, messages: tuple[str, ...]
) -> None:
    """Make a token, and print it; it cannot be shown again.

    Scopes: read sees pages, history and events; page pages and ends pages; settings changes settings. A
    token with the scope kiosk is for a tablet that visitors use: it sends its own messages, sees their
    replies, and is for nothing else.
    """
    from controller.administration import tokens as services

    wanted = frozenset(map(Scope, scopes)) or USUAL
    with stores.changing() as settings:
        made, token = settings.change(services.issue, domain or "", label, wanted, sender, messages)
    click.echo(token)
    note(f"Keep it now: it cannot be shown again. `whisperpage tokens revoke {made.name}` makes it invalid.")
    if Scope.KIOSK in wanted:
        note("The tablet opens the page /lobby#TOKEN of the console.")


@tokens.command("list", epilog="Example: whisperpage tokens list --domain one.example.org")
@click.option("--domain", type=DOMAIN, help="Only those of this domain.")
@listing
def list_all(domain: str | None, form: Form) -> None:
    """Show every token that was issued, though not the tokens themselves."""
    from controller.store import api_tokens

    with stores.current() as store, store.reading() as reading:
        emit(COLUMNS, map(_row, api_tokens.listing(reading, domain or "")), form)


@tokens.command(epilog="Example: whisperpage tokens revoke 7")
@click.argument("number", type=Parsed("ID", _number), metavar="ID")
def revoke(number: int) -> None:
    """Make a token invalid from now on; ID is as `tokens list` shows it."""
    from controller.administration import tokens as services

    with stores.changing() as settings:
        settings.change(services.revoke, number)


def _row(token: ApiToken) -> dict[str, object]:
    return {**asdict(token), "scopes": token.scope_text, "messages": " ".join(token.messages)}
