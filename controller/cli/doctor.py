"""`whisperpage doctor`: is everything there that a page needs?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from controller.cli.arguments import CONTEXT
from controller.cli.output import Form, emit, listing, progress_bar
from controller.fusion.site import CONFIG

if TYPE_CHECKING:
    from controller.config import Settings
    from controller.doctor.check import Check
    from controller.doctor.hearing import Observation
    from controller.switch.topology import Party

_COLUMNS = ("what", "right", "found", "fix", "switch", "needed")


@click.command(epilog="Example: whisperpage doctor --audio")
@click.option(
    "--context", type=CONTEXT, default="default", show_default=True, help="The users' dialplan context."
)
@click.option("--audio", is_flag=True, help="Also make a page between stand-ins, and listen who hears whom.")
@click.option(
    "--fusionpbx",
    type=click.Path(path_type=Path, dir_okay=False),
    default=CONFIG,
    show_default=True,
    help="FusionPBX's configuration; if it is there, its database is asked for codes, and no context.",
)
@listing
def doctor(context: str, audio: bool, fusionpbx: Path, form: Form) -> None:
    """Check the database, the switch, its modules and the dialplan; each with what to do about it.

    What is marked WARN keeps nobody from paging, and the exit status is 0 for all that. docs/doctor.md shows
    what is printed where everything is well.

    With --audio, a call and a page of it are made on each switch, for a few seconds, between three loopback
    channels that stand in for phones. No phone rings, no other call is touched, and no controller takes part.
    """
    from controller import settings_sources
    from controller.doctor.fusion import examine as examine_fusionpbx
    from controller.doctor.installation import examine
    from controller.store.messages import listed_at
    from controller.store.permitted import permitted_at
    from controller.store.replies import digits_at
    from controller.store.schema import state_at

    settings = settings_sources.load()
    there = fusionpbx.exists()
    examined = examine(
        settings,
        None if there else context,
        state_at,
        permitted_at,
        lambda: _controller(settings),
        digits_at,
        listed_at,
        lambda replies: examine_fusionpbx(fusionpbx, settings, replies) if there else (),
    )
    checks = list(_shown(examined, form))
    if audio:
        checks += _audio(settings, form)
    if form is not Form.TABLE:
        rows = ({name: getattr(each, name) for name in _COLUMNS} for each in checks)
        emit(_COLUMNS, rows, form)
    if any(each.fails for each in checks):
        click.get_current_context().exit(1)


def _shown(checks: Iterable[Check], form: Form) -> Iterator[Check]:
    """Show each check as soon as it is done, with its remedy unless that was the last one shown."""
    said = ""
    for check in checks:
        if form is Form.TABLE:
            click.echo(f"{_mark(check)} {check.what}: {check.found}")
            if not check.right and check.fix != said:
                said = check.fix
                click.echo(f"     {said}")
        yield replace(check, fix="") if check.right else check


def _mark(check: Check) -> str:
    if check.right:
        return click.style("ok  ", fg="green")
    return click.style("FAIL", fg="red") if check.needed else click.style("WARN", fg="yellow")


def _controller(settings: Settings) -> Check:
    """Check whether a controller with these settings serves and is ready; it is asked as `watch` asks it."""
    from controller.cli.remote import places
    from controller.doctor.check import Check
    from controller.errors import ControllerAway, ControllerRefuses

    asked: list[str] = []
    refused = ""
    for place in places(settings):
        try:
            troubles = place.readiness()
        except ControllerRefuses as error:
            refused = str(error)
            continue
        except ControllerAway:
            asked.append(place.url)
            continue
        if troubles:
            return Check("controller", False, f"serves at {place.url}, and is not ready", " ".join(troubles))
        return Check("controller", True, f"serves at {place.url}, and is ready")
    if refused:
        return Check("controller", False, "cannot be asked", refused)
    seen = f"none is seen at {' or '.join(asked)}" if asked else "none can be asked: http_listen is empty"
    start = "Start it: `sudo systemctl start whisperpage`, or `whisperpage serve`."
    return Check("controller", False, seen, f"{start} One on another machine is asked there.")


def _audio(settings: Settings, form: Form) -> Iterator[Check]:
    from controller.cli.interrupt import interruptible
    from controller.doctor.audio import TURNS, try_page
    from controller.doctor.hearing import Observation

    for address in settings.addresses:
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
    """Show who hears whom: a row for each listener, a column for each speaker; what is wrong is marked."""
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
