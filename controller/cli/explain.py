"""`whisperpage explain`: what would happen now, and why."""

from __future__ import annotations

import click

from controller.cli.arguments import CALLER
from controller.cli.output import Form, emit_one, listing
from controller.domain.policy import Feature


@click.command(epilog="Example: whisperpage explain 1001 1002")
@click.argument("pager", type=CALLER, metavar="PAGER")
@click.argument("target", type=CALLER, metavar="TARGET")
@click.option("--intercom", is_flag=True, help="As if the intercom code had been dialled.")
@click.option("--reverse", is_flag=True, help="As if the pager, on a call, had asked for a reverse page.")
@listing
def explain(pager: str, target: str, intercom: bool, reverse: bool, form: Form) -> None:
    """Say what would become of a page now, and why, without doing it.

    PAGER and TARGET are EXT@DOMAIN, or extensions of the switch's own domain. Of several switches it is
    the one where the pager's phone is registered. How often somebody has paged lately is not looked at:
    only the controller counts that.
    """
    from controller import logs, settings_sources
    from controller.domain.explain import outcome, reason, reasons
    from controller.visit import visiting

    logs.quiet()
    feature = Feature.INTERCOM if intercom else Feature.WHISPER
    with visiting(settings_sources.load(), pager) as (visit, user):
        called = visit.queries.user(target)
        if reverse:
            judgement = visit.decider.judge_reverse(user, called)
            by_click = judgement.decision
        else:
            judgement = visit.decider.judge(feature, user, called)
            by_click, _ = visit.decider.by_click(judgement, user)
    lines = list(reasons(judgement, by_click))
    if form is Form.TABLE:
        width = max(len(subject) for subject, _ in lines)
        for subject, found in lines:
            click.echo(f"{subject:{width}}  {found}")
    else:
        chain = [f"{subject}: {found}" for subject, found in lines]
        row = {
            "treatment": outcome(judgement.decision),
            "reason": reason(judgement.decision),
            "by_click": outcome(by_click),
            "by_click_reason": reason(by_click),
            "reasons": chain,
        }
        emit_one(row, form)
