"""`whisperpage doctor`: is everything there that a page needs?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from controller.cli.output import Form, emit, listing, progress_bar

if TYPE_CHECKING:
    from controller.config import Settings
    from controller.doctor.check import Check
    from controller.doctor.hearing import Observation
    from controller.switch.topology import Party

_COLUMNS = ("what", "right", "found", "fix", "switch")


@click.command(epilog="Example: whisperpage doctor --audio")
@click.option("--context", default="default", show_default=True, help="The users' dialplan context.")
@click.option("--audio", is_flag=True, help="Also make a page between stand-ins, and listen who hears whom.")
@listing
def doctor(context: str, audio: bool, form: Form) -> None:
    """Check the database, the switch, its modules and the dialplan; each with what to do about it.

    With --audio, a call and a page of it are made on each switch, for a few seconds, between three loopback
    channels that stand in for phones. No phone rings, no other call is touched, and no controller needs to
    run.
    """
    from controller import config
    from controller.doctor.installation import examine
    from controller.store.schema import state_at

    settings = config.load()
    checks = list(_shown(examine(settings, context, state_at), form))
    if audio:
        checks += _audio(settings, form)
    if form is not Form.TABLE:
        rows = ({name: getattr(each, name) for name in _COLUMNS} for each in checks)
        emit(_COLUMNS, rows, form)
    if not all(each.right for each in checks):
        click.get_current_context().exit(1)


def _shown(checks: Iterable[Check], form: Form) -> Iterator[Check]:
    """The same checks, each shown as it comes, with what to do about it where that is not said already."""
    said = ""
    for check in checks:
        if form is Form.TABLE:
            mark = click.style("ok  ", fg="green") if check.right else click.style("FAIL", fg="red")
            click.echo(f"{mark} {check.what}: {check.found}")
            if not check.right and check.fix != said:
                said = check.fix
                click.echo(f"     {said}")
        yield replace(check, fix="") if check.right else check


def _audio(settings: Settings, form: Form) -> Iterator[Check]:
    from controller.cli.interrupt import interruptible
    from controller.doctor.audio import TURNS, try_page
    from controller.doctor.hearing import Observation

    for address in settings.switches:
        heard: list[Observation] = []
        checks: list[Check] = []
        with (
            interruptible(),
            progress_bar(f"Listening at {address}", TURNS) as progress,
            closing(try_page(address, settings.command_deadline, progress)) as found,
        ):
            for each in found:
                if isinstance(each, Observation):
                    heard.append(each)
                    checks += each.checks(str(address))
                else:
                    checks.append(each)
        if form is Form.TABLE:
            _show_table(str(address), heard)
            for _ in _shown((check for check in checks if not check.right), form):
                pass
        yield from checks


def _show_table(address: str, heard: Iterable[Observation]) -> None:
    """Who hears whom: listeners down, speakers across; what is not as it should be is marked."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from controller.switch.topology import Party

    title = f"Who hears whom at {address}"
    table = Table("", "", *(f"hears {party}" for party in Party), box=SIMPLE_HEAD, title=title)
    for each in heard:
        for at, listener in enumerate(each.moment.listeners):
            cells = (_cell(each, listener, speaker) for speaker in Party)
            table.add_row("" if at else each.moment.name, listener, *cells)
        table.add_section()
    if table.rows:
        Console().print(table)


def _cell(observation: Observation, listener: Party, speaker: Party) -> str:
    if speaker not in observation.moment.speakers:
        return ""
    heard, wanted = ((listener, speaker) in pairs for pairs in (observation.heard, observation.moment.hears))
    if heard != wanted:
        return "[red]wrongly[/red]" if heard else "[red]missing[/red]"
    return "[green]yes[/green]" if heard else "-"
