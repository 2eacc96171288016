"""`whisperpage demo`: the whole feature in a few seconds, on a simulated switch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from controller.simulator.story import DemoOffice, Played

_PAUSE = 6.0


@click.command(epilog="Example: whisperpage demo --slow")
@click.option("--slow", is_flag=True, help="Pause after each scene, for watching.")
@click.option(
    "--switch",
    type=click.Choice(["simulated", "freeswitch"]),
    default="simulated",
    show_default=True,
    help="Where to play: `freeswitch` starts a real one, and measures.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of the scenes.")
def demo(slow: bool, switch: str, as_json: bool) -> int:
    """Play the whole feature on a simulated switch, and show who hears whom.

    A client call, a page, mute and unmute, a refused page to a conference, and an intercom call to an idle
    phone. Everything but the switch is the real thing: the controller, its event socket, its database, the
    dialplan. The exit status tells whether all was as it should be.
    """
    import logging

    import structlog

    from controller.simulator.measured import MeasuredDemo
    from controller.simulator.simulated import SimulatedDemo
    from controller.simulator.story import play
    from controller.store.everybody import open_to_all

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with MeasuredDemo() if switch == "freeswitch" else SimulatedDemo(open_to_all) as office:
        scenes = _as_json(play(office)) if as_json else _as_tables(office, _PAUSE if slow else 0.0)
        right = all(scenes) and not office.unknown
    if not as_json:
        verdict = "Everything was as it should be." if right else "Something was not as it should be."
        click.echo(verdict)
    return 0 if right else 1


def _as_json(scenes: Iterator[Played]) -> list[bool]:
    played = list(scenes)
    rows = [
        {
            "title": each.scene.title,
            "hears": {who: sorted(whom) for who, whom in each.hears.items()},
            "expected": {who: sorted(whom) for who, whom in each.scene.hears.items()},
            "tone": sorted(each.tone),
            "refused": each.refused,
            "seconds": round(each.seconds, 2),
            "right": each.right,
        }
        for each in played
    ]
    click.echo(json.dumps(rows, indent=1))
    return [each.right for each in played]


def _as_tables(office: DemoOffice, pause: float) -> list[bool]:
    """One table a scene, live while the scene is played."""
    import gevent
    from rich.console import Console
    from rich.live import Live

    from controller.simulator.story import play

    console = Console()
    right: list[bool] = []
    live = Live(console=console, auto_refresh=False)

    def watch(played: Played) -> None:
        nonlocal live
        if not live.is_started:
            console.print(f"[bold]{len(right) + 1}. {played.scene.title}[/bold]\n{played.scene.told}")
            live.start()
        live.update(_table(played), refresh=True)

    for played in play(office, watch):
        right.append(played.right)
        live.stop()
        console.print()
        live = Live(console=console, auto_refresh=False)
        gevent.sleep(pause)
    return right


def _table(played: Played) -> Table:
    """Listeners down, speakers across; what is not as it should be is marked."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from controller.simulator.story import CAST

    table = Table("hears", *CAST.values(), "the tone", box=SIMPLE_HEAD)
    for listener, name in CAST.items():
        cells = [_cell(played, listener, speaker) for speaker in CAST]
        table.add_row(
            f"{name} {listener}", *cells, _mark(listener in played.tone, listener in played.scene.tone)
        )
    if played.refused or played.scene.refused:
        table.caption = f"refused: {played.refused or 'not yet'}"
    return table


def _cell(played: Played, listener: str, speaker: str) -> str:
    if listener == speaker:
        return ""
    return _mark(speaker in played.hears[listener], speaker in played.scene.hears[listener])


def _mark(heard: bool, wanted: bool) -> str:
    text = "yes" if heard else "-"
    if heard != wanted:
        return "[red]wrongly[/red]" if heard else "[red]missing[/red]"
    return f"[green]{text}[/green]" if heard else text
