"""`whisperpage page`: click to page, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from controller.cli.arguments import CALLER
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment

if TYPE_CHECKING:
    from collections.abc import Callable

    from controller.paging.click import Click

#: Seconds after which no controller takes a page any more: the dialplan waits for 4.
TAKEN = 6.0
#: Seconds between looks at the history.
LOOK = 0.1
#: What is said when a page is up, if it is no call.
_SAID = {
    Treatment.WHISPER: "Paging {}.",
    Treatment.REVERSE: "{} hears the pager alone, and only the pager.",
    Treatment.GROUP: "Paging {}.",
}


@click.command(epilog="Example: whisperpage page 1001 1002")
@click.argument("pager", type=CALLER, metavar="PAGER")
@click.argument("target", type=CALLER, metavar="TARGET")
@click.option("--intercom", is_flag=True, help="An intercom call, whatever the target does.")
@click.option("--reverse", is_flag=True, help="The pager is on a call, and speaks privately to the target.")
def page(pager: str, target: str, intercom: bool, reverse: bool) -> None:
    """Ring the pager's own phone, and page the target as soon as it is answered.

    PAGER and TARGET are EXT@DOMAIN, or extensions of the switch's own domain. The pager's desk phone answers
    by itself unless it is on a call. A controller must be serving that switch, with the same database.

    With --reverse the pager is on a call. The phone of the idle target is called, and answers by itself; the
    pager's far party hears nothing until the page ends.

    Ctrl-C while it rings calls the page off.
    """
    from controller import logs
    from controller.cli.interrupt import interruptible
    from controller.errors import PageRefused
    from controller.settings_sources import load
    from controller.visit import clicking, visiting

    logs.quiet()
    feature = Feature.INTERCOM if intercom else Feature.WHISPER
    rung = target if reverse else pager
    with interruptible(), visiting(load(), rung) as (visit, user), clicking(visit) as clicks:
        if reverse:
            made = clicks.reverse(visit.queries.user(pager), user)
        else:
            made = clicks.page(feature, user, visit.queries.user(target))
        if made.rings:
            click.echo(f"Ringing {made.rung}: {_phones(made)}.")
        try:
            refusal = made.outcome.get()
        except KeyboardInterrupt:
            clicks.call_off(made.page_id)
            raise
        if refusal is not None:
            raise PageRefused(f"There is no page: {refusal} ({refusal.reason}).")
        click.echo("Answered.")
        record = _taken(visit.attempt, made.page_id)
    click.echo(_SAID.get(record.treatment, "{} has answered.").format(record.called))


def _taken(attempt: Callable[[str], PageRecord | None], page_id: str) -> PageRecord:
    """The record of the page as soon as it is up; raises PageRefused if it does not come up."""
    from time import monotonic

    import gevent

    from controller.errors import PageRefused

    patience = monotonic() + TAKEN
    while True:
        record = attempt(page_id)
        if record is not None and record.answered_at is not None:
            return record
        if record is not None and record.ended_at is not None:
            raise PageRefused(f"There is no page: {_why(record)}.")
        if record is None and monotonic() > patience:
            raise PageRefused("No controller took the page: run `whisperpage serve` with this database.")
        gevent.sleep(LOOK)


def _why(record: PageRecord) -> str:
    from controller.domain.refusal import MEANINGS

    sentences = {reason.value: meaning.sentence for reason, meaning in MEANINGS.items()}
    if record.reason is None:
        return f"{record.called} was not reached ({record.cause or record.ending})"
    return f"{sentences.get(record.reason, 'it was refused')} ({record.reason})"


def _phones(made: Click) -> str:
    """The phones that ring: `Yealink desk phone, softphone`."""
    return ", ".join(f"{device.phone.vendor} {device.phone.kind} phone".strip() for device in made.devices)
