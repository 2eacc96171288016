"""`whisperpage keys`: tokens for the keys of phones."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict, fields

import click

from controller.cli import aliases, known, stores
from controller.cli.arguments import USER, Number, Parsed, one_of
from controller.cli.output import Form, emit, listing, note
from controller.domain.key_token import KeyToken, check_label
from controller.domain.names import UserName, shown
from controller.errors import InvalidValue
from controller.phones import buttons, templates
from controller.settings_sources import load

#: Stands for the controller's address in a template.
PLACE = "http://CONTROLLER:8019"
COLUMNS = tuple(field.name for field in fields(KeyToken))
LABEL = Parsed("TEXT", check_label)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def _read_token(text: str) -> str:
    return buttons.check_token(sys.stdin.readline().strip() if text == "-" else text)


def _read_number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise InvalidValue(f"{shown(text)} is no token's ID: write the number that `keys list` shows.")
    return int(text)


URL = Parsed("URL", buttons.check_url)
CODE = Parsed("CODE", buttons.check_code)
TOKEN = Parsed("TOKEN", _read_token)
NUMBER = Parsed("ID", _read_number, known.keys)
EXTENSION = Parsed("EXT", lambda text: UserName(text, "any").extension)


@click.group(epilog="Example: whisperpage keys list")
def keys() -> None:
    """Tokens that let the keys of a user's phone act for that user."""


@keys.command(epilog="Example: whisperpage keys issue 1002@pbx.example.org --label 'desk phone'")
@click.argument("user", type=USER, metavar="EXT@DOMAIN")
@click.option("--label", type=LABEL, default="", help="What it is for, in words.")
def issue(user: UserName, label: str) -> None:
    """Make a token for a user's phone, and print it; it cannot be shown again.

    A number alias stands for its user, if a switch can be asked.
    """
    from controller.administration import keys as services

    own = aliases.resolved(user)
    with stores.changing() as settings:
        made, token = settings.change(services.issue, own, label)
    if own != user:
        note(f"{user} is a number alias: the token is {own}'s.")
    click.echo(token)
    note(f"Keep it now: it cannot be shown again. `whisperpage keys revoke {made.name}` makes it invalid.")


@keys.command("list", epilog="Example: whisperpage keys list --user 1002@pbx.example.org")
@click.option("--user", type=USER, help="Only those of this user.")
@listing
def list_all(user: UserName | None, form: Form) -> None:
    """Show every token that was issued, though not the tokens themselves."""
    from controller.store import key_tokens

    own = aliases.resolved(user) if user else None
    with stores.current() as store, store.reading() as reading:
        emit(COLUMNS, map(_row, key_tokens.listing(reading, own)), form)


@keys.command(epilog="Example: whisperpage keys revoke 7")
@click.argument("number", type=NUMBER, metavar="ID")
def revoke(number: int) -> None:
    """Make a token invalid from now on; ID is as `keys list` shows it."""
    from controller.administration import keys as services

    with stores.changing() as settings:
        settings.change(services.revoke, number)


@keys.command(epilog="Example: whisperpage keys template --vendor snom 1002@pbx.example.org --page 1003")
@click.argument("user", type=USER, metavar="EXT@DOMAIN")
@click.option("--vendor", type=one_of(templates.VENDORS), required=True, help="Whose phone it is.")
@click.option(
    "--page", "pages", type=EXTENSION, multiple=True, help="A button to page EXT; for several, again."
)
@click.option(
    "--token", type=TOKEN, default=buttons.PLACEHOLDER, help="The user's, as `keys issue` printed it."
)
@click.option(
    "--url",
    type=URL,
    default=PLACE,
    show_default=True,
    help="Where the controller serves HTTP, as the phone sees it.",
)
@click.option("--first", type=Number(1, 100), default=2, show_default=True, help="The first key to take.")
@click.option("--page-code", type=CODE, default="*19", show_default=True, help="As in the dialplan.")
@click.option("--off-code", type=CODE, default="*20", show_default=True, help="As in the dialplan.")
def template(
    user: UserName, vendor: str, pages: tuple[str, ...], token: str, url: str, first: int, page_code: str,
    off_code: str,
) -> None:  # fmt: skip
    """Print the settings that give a phone its buttons, for its provisioning.

    They page, mute, end and block, and show it by lamps. What phones of each vendor can and cannot do is in
    docs/phone-keys.md.
    """
    settings = load()
    codes = buttons.codes(page_code, off_code, settings.mute_key, settings.end_key)
    made = buttons.buttons(user.extension, pages, url, token, codes)
    click.echo(templates.write(vendor, made, user.domain, first), nl=False)
    if token == buttons.PLACEHOLDER:
        note(f"Replace {token} by what `whisperpage keys issue {user}` prints, or give it by --token.")
    if url == PLACE:
        note(f"Replace {PLACE} by where the controller serves HTTP, or give that by --url.")


def _row(token: KeyToken) -> dict[str, object]:
    return {**asdict(token), "user": str(token.user)}
