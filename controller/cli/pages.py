"""`whisperpage pages`: the history."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime

import click

from controller.cli import stores
from controller.cli.arguments import TIME, USER_FILTER
from controller.cli.output import Form, emit, listing
from controller.store import pages as store_pages
from controller.store.values import PageRecord

COLUMNS = (*(field.name for field in fields(PageRecord)), "seconds")
IN_TABLE = ("started_at", "pager", "target", "treatment", "reason", "seconds", "ending")


@click.command(epilog="Example: whisperpage pages --since 7d --user 1002 --refused")
@click.option("--since", type=TIME, help="Only since then: 7d, 12h, 30m ago, or a date or time in UTC.")
@click.option("--user", type=USER_FILTER, help="Only those from or to this user; its domain may be left out.")
@click.option("--refused", is_flag=True, help="Only those that were refused.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000_000), default=100, show_default=True, help="At most so many."
)
@listing
def pages(since: datetime | None, user: str | None, refused: bool, limit: int, form: Form) -> None:
    """Show the history: who paged whom, when (UTC), and what became of it; the newest first."""
    with stores.current() as store, store.reading() as reading:
        emit(COLUMNS, map(_row, store_pages.history(reading, since, user, refused, limit)), form, IN_TABLE)


def _row(record: PageRecord) -> dict[str, object]:
    spoken = None
    if record.answered_at and record.ended_at:
        spoken = round((record.ended_at - record.answered_at).total_seconds(), 1)
    return {**asdict(record), "seconds": spoken}
