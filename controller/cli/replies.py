"""`whisperpage replies`: how a target answers a page by one key."""

from __future__ import annotations

import click

from controller.cli import stores
from controller.cli.output import Form, emit, listing
from controller.domain.reply import Reply

COLUMNS = ("for", "key", "words", "declines")
DIGIT = click.argument("digit", metavar="DIGIT")
FOR = click.option(
    "--for",
    "owner",
    default="*",
    metavar="WHOM",
    help="A settings group, or @DOMAIN; for all if it is not given.",
)


@click.group(epilog="Example: whisperpage replies list")
def replies() -> None:
    """Replies: how a target answers a page by one key.

    The key is * and a digit, and the pager reads the words. For each key the reply of the target's settings
    group counts, else that of its domain, else that of all. A key that mutes or ends pages, or that the
    dialplan uses in calls, gets no reply.
    """


@replies.command("list", epilog="Example: whisperpage replies list --json")
@listing
def list_all(form: Form) -> None:
    """Show every reply, and for whom it is; one without words takes the key away."""
    from controller.store import replies as store_replies

    with stores.current() as store, store.reading() as reading:
        found = store_replies.listing(reading)
    emit(COLUMNS, (_row(owner, reply) for owner, reply in found), form)


@replies.command("set", epilog="Example: whisperpage replies set 2 'in five minutes' --for @pbx.example.org")
@DIGIT
@click.argument("words", metavar="WORDS")
@click.option("--declines", is_flag=True, help="It declines the page, which the pager hears.")
@FOR
def change(digit: str, words: str, declines: bool, owner: str) -> None:
    """Set the reply of a key. Empty WORDS take the key away."""
    from controller.administration import replies as services

    with stores.changing() as settings:
        settings.change(services.put, owner, Reply(digit, words, declines))


@replies.command(epilog="Example: whisperpage replies remove 2 --for @pbx.example.org")
@DIGIT
@FOR
def remove(digit: str, owner: str) -> None:
    """Remove the reply of a key; the one of the domain, or that of all, then counts."""
    from controller.administration import replies as services

    with stores.changing() as settings:
        settings.change(services.remove, owner, digit)


def _row(owner: str, reply: Reply) -> dict[str, object]:
    return {"for": owner, "key": f"*{reply.digit}", "words": reply.words, "declines": reply.declines}
