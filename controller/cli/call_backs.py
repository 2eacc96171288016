"""`whisperpage call-backs`: the refused pagers that wait to be rung."""

from __future__ import annotations

import click

from controller.cli import stores
from controller.cli.arguments import USER
from controller.cli.output import Form, emit, listing
from controller.domain.call_back import CallBack
from controller.domain.names import UserName

COLUMNS = ("pager", "target", "feature", "asked_at", "expires_at", "rings_since")


@click.group(epilog="Example: whisperpage call-backs list")
def call_backs() -> None:
    """Call backs: refused pagers that wait to be rung.

    A pager that is refused for a reason that passes by itself can press a key while it hears the refusal. Its
    phones ring as soon as its target can be paged.
    """


@call_backs.command("list", epilog="Example: whisperpage call-backs list --json")
@listing
def list_all(form: Form) -> None:
    """Show every call back, the oldest first."""
    from controller.store import call_backs as rows

    with stores.current() as store, store.reading() as reading:
        emit(COLUMNS, map(_row, rows.listing(reading)), form)


@call_backs.command(epilog="Example: whisperpage call-backs remove 1001@pbx.example.org 1002@pbx.example.org")
@click.argument("pager", type=USER, metavar="PAGER")
@click.argument("target", type=USER, metavar="TARGET")
def remove(pager: UserName, target: UserName) -> None:
    """Remove a call back: PAGER is not rung any more when TARGET can be paged."""
    from controller.administration import call_backs as services

    with stores.changing() as settings:
        settings.change(services.remove, pager, target)


def _row(each: CallBack) -> dict[str, object]:
    return {
        "pager": str(each.pager),
        "target": str(each.target),
        "feature": each.feature.value,
        "asked_at": each.asked_at,
        "expires_at": each.expires_at,
        "rings_since": each.taken_at,
    }
