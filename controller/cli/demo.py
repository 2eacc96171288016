"""`whisperpage demo`: the whole feature in a few seconds, on a simulated switch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from controller.domain.record import PageRecord
    from controller.simulator.measured import MeasuredDemo
    from controller.simulator.simulated import SimulatedDemo
    from controller.store.session import Store

_PAUSE = 6.0


@click.command(epilog="Example: whisperpage demo --slow")
@click.option("--slow", is_flag=True, help="Pause after each scene, for watching.")
@click.option(
    "--stay",
    is_flag=True,
    help="Leave the simulated switch and its controller running, to try other commands with; Ctrl-C ends.",
)
@click.option(
    "--switch",
    type=click.Choice(["simulated", "freeswitch"]),
    default="simulated",
    show_default=True,
    help="Where to play: `freeswitch` starts a real one, and measures.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of the scenes.")
def demo(slow: bool, stay: bool, switch: str, as_json: bool) -> int:
    """Play the whole feature on a simulated switch, and show who hears whom.

    A client call, a page, the target's keys, a message and its reply, a reverse page, Whisper Page Off, a
    refused page to a conference and the call back after it, an intercom call to an idle phone, a page to a
    group, and one to another switch; then what the history has of it. Everything but the switches is the real
    thing: the controller, its event sockets, its database, the dialplan. The exit status tells whether all
    was as it should be.
    """
    if stay and (as_json or switch != "simulated"):
        raise click.UsageError("--stay is for the simulated switch, and not with --json.")

    import logging

    import structlog

    from controller.cli.interrupt import interruptible
    from controller.cli.stay import stay_with
    from controller.simulator.measured import MeasuredDemo
    from controller.simulator.simulated import SimulatedDemo

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with (
        interruptible(),
        MeasuredDemo() if switch == "freeswitch" else SimulatedDemo(_prepare) as office,
    ):
        right = _as_json(office) if as_json else _as_tables(office, _PAUSE if slow else 0.0)
        right = right and not office.unknown
        if not as_json:
            click.echo("Everything was as it should be." if right else "Something was not as it should be.")
        if stay and isinstance(office, SimulatedDemo):
            stay_with(office)
    return 0 if right else 1


def _prepare(store: Store) -> None:
    """Make the database: everybody may page everybody, and there are a page group and a message."""
    from controller.domain.message import Message
    from controller.domain.names import UserName
    from controller.domain.page_group import PageGroupName
    from controller.simulator.office import DOMAIN
    from controller.simulator.scene import GROUP, MEMBERS, MESSAGE
    from controller.simulator.simulated import VISITOR
    from controller.store import messages, page_groups
    from controller.store.everybody import open_to_all

    open_to_all(store)
    with store.unit() as unit:
        page_groups.add(unit, name := PageGroupName(GROUP), "Everybody")
        for member in MEMBERS:
            page_groups.add_member(unit, name, UserName(member, DOMAIN))
        messages.add(unit, messages.ALL, Message(MESSAGE, VISITOR, number=1))
        unit.commit()


def _as_json(office: SimulatedDemo | MeasuredDemo) -> bool:
    from controller.simulator.story import play

    played = list(play(office))
    rows = [
        {
            "title": each.scene.title,
            "hears": {who: sorted(whom) for who, whom in each.seen.hears.items()},
            "expected": {who: sorted(whom) for who, whom in each.scene.wanted.hears.items()},
            "lamps": sorted(lamp.name.lower() for lamp in each.seen.lamps),
            "tone": sorted(each.seen.tone),
            "message": sorted(each.seen.message),
            "refused": each.seen.refused,
            "reply": each.seen.reply,
            "seconds": round(each.seconds, 2),
            "right": each.right,
        }
        for each in played
    ]
    click.echo(json.dumps(rows, indent=1))
    _, kept = _history(office)
    return kept and all(each.right for each in played)


def _as_tables(office: SimulatedDemo | MeasuredDemo, pause: float) -> bool:
    """One table a scene, live while the scene is played; then the history."""
    from controller.cli.scenes import SceneScreen, history
    from controller.simulator.story import play

    right: list[bool] = []
    with SceneScreen() as screen:
        for played in play(office, screen.show):
            screen.show(played, over=True)
            right.append(played.right)
            office.wait(pause)
        records, kept = _history(office)
        screen.console.print(history(records, right=kept))
    return kept and all(right)


def _order(record: PageRecord) -> tuple[datetime, bool, str]:
    """The oldest first, and a page to a group before its parts, which begin with it."""
    return record.started_at, record.part_of is not None, record.called


def _history(office: SimulatedDemo | MeasuredDemo) -> tuple[list[PageRecord], bool]:
    """The attempts in the history once everybody has hung up, the oldest first; and whether that is all."""
    from contextlib import closing
    from time import monotonic

    from controller.simulator.story import BRANCH_HISTORY, HISTORY
    from controller.store import pages
    from controller.store.session import Store

    office.all_hang_up()
    deadline = monotonic() + office.patience
    expected = [*HISTORY, *(BRANCH_HISTORY if office.branch else ())]
    with closing(Store(office.database_url)) as store:
        while True:
            with store.reading() as reading:
                records = sorted(pages.history(reading), key=_order)
            told = [
                (each.target and each.target.extension, each.treatment, each.reason or each.ending)
                for each in records
            ]
            if told == expected or monotonic() > deadline:
                return records, told == expected
            office.wait(0.05)
