"""`whisperpage pages`: the history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from controller.cli import stores
from controller.cli.arguments import DOMAIN, PAGE_ID, TIME, USER_FILTER, Number
from controller.cli.output import YES, Form, agree, emit, emit_one, listing, progress_bar
from controller.domain.names import UserFilter, text_of
from controller.domain.record import PageRecord
from controller.settings_sources import load

COLUMNS = (
    "page_id",
    "switch",
    "pager",
    "target",
    "treatment",
    "started_at",
    "reason",
    "cause",
    "answered_at",
    "ended_at",
    "ending",
    "attempts",
    "seconds",
    "reply",
    "part_of",
    "message",
)
IN_TABLE = ("started_at", "pager", "target", "treatment", "reason", "attempts", "seconds", "ending", "reply")


class Listing(click.Group):
    """A group whose command `list` is the default: options without a command belong to it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Listing, epilog="Example: whisperpage pages --since 7d --user 1002 --refused")
def pages() -> None:
    """Show the history: who paged whom, when (UTC), and what became of it; the newest first.

    Options alone are those of `whisperpage pages list`.
    """


@pages.command("list", epilog="Example: whisperpage pages list --since 7d --user 1002 --refused")
@click.option("--since", type=TIME, help="Only since then: 7d, 12h, 30m ago, or a date or time in UTC.")
@click.option("--user", type=USER_FILTER, help="Only those from or to this user; its domain may be left out.")
@click.option("--domain", type=DOMAIN, help="Only those from or to users of this domain.")
@click.option("--refused", is_flag=True, help="Only those that were refused.")
@click.option("--limit", type=Number(1, 10_000_000), default=100, show_default=True, help="At most so many.")
@listing
def list_all(
    since: datetime | None, user: UserFilter | None, domain: str | None, refused: bool, limit: int, form: Form
) -> None:
    """Show the attempts to page, the newest first."""
    from controller.store import pages as store_pages

    with stores.current() as store, store.streaming() as reading:
        found = store_pages.history(reading, since, user, refused, limit, domain or "")
        emit(COLUMNS, map(_row, found), form, IN_TABLE)


@pages.command(epilog="Example: whisperpage pages show 3b241101-e2bb-4255-8caf-4136c566a962")
@click.argument("page_id", type=PAGE_ID, metavar="PAGE-ID")
@listing
def show(page_id: str, form: Form) -> None:
    """Show all that is known of one attempt."""
    from controller.store import pages as store_pages

    with stores.current() as store, store.reading() as reading:
        emit_one(_row(store_pages.show(reading, page_id)), form)


@pages.command(epilog="Example: whisperpage pages prune --older-than 90d --yes")
@click.option("--older-than", "before", type=TIME, help="90d, 12w, or a date; else as history_days says.")
@click.option("--dry-run", is_flag=True, help="Only say how many would be deleted.")
@YES
def prune(before: datetime | None, dry_run: bool, yes: bool) -> None:
    """Delete old attempts from the history; a controller may be running.

    Without --older-than, what is older than the setting `history_days` says; where that is 0, nothing.
    """
    if before is None and (days := load().history_days):
        before = datetime.now(UTC) - timedelta(days=days)
    if before is None:
        click.echo("Nothing was deleted: history_days is 0, which keeps the history for ever.")
        return
    from controller.store import retention

    with stores.current() as store:
        with store.reading() as reading:
            old = retention.count(reading, before)
        when = f"from before {before:%Y-%m-%d %H:%M} UTC"
        if dry_run:
            click.echo(f"Nothing was deleted. Without --dry-run: {old} {when}.")
            return
        if old:
            agree(f"{old} pages {when} will be deleted in {store}.", yes)
        with progress_bar("Pages", old) as progress:
            click.echo(f"{retention.prune(store, before, progress)} deleted {when}.")


def _row(record: PageRecord) -> dict[str, object]:
    spoken = None
    if record.answered_at and record.ended_at:
        spoken = round((record.ended_at - record.answered_at).total_seconds(), 1)
    shown = {"pager": text_of(record.pager), "target": record.called, "seconds": spoken}
    return {name: shown[name] if name in shown else getattr(record, name) for name in COLUMNS}
