"""`whisperpage explain`: what would happen now, and why."""

from __future__ import annotations

import click

from controller.cli.output import Form, emit_one, listing
from controller.domain.policy import Feature


@click.command(epilog="Example: whisperpage explain 1001 1002")
@click.argument("pager")
@click.argument("target")
@click.option("--intercom", is_flag=True, help="As if the intercom code had been dialled.")
@listing
def explain(pager: str, target: str, intercom: bool, form: Form) -> None:
    """Say what would become of a page now, and why, without doing it.

    PAGER and TARGET are EXT@DOMAIN, or extensions of the switch's own domain. Of several switches it is
    the one where the pager's phone is registered.
    """
    from controller import config, logs
    from controller.app import visiting
    from controller.domain.explain import outcome, reasons

    logs.quiet()
    feature = Feature.INTERCOM if intercom else Feature.WHISPER
    with visiting(config.load(), pager) as (visit, user):
        judgement = visit.decider.judge(feature, user, visit.queries.user(target))
    lines = list(reasons(judgement))
    if form is Form.TABLE:
        width = max(len(subject) for subject, _ in lines)
        for subject, found in lines:
            click.echo(f"{subject:{width}}  {found}")
    else:
        chain = [f"{subject}: {found}" for subject, found in lines]
        emit_one({"treatment": outcome(judgement.decision), "reasons": chain}, form)
