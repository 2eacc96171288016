"""P11, C5, G1: a controller is killed at every command of a page to a group with a member on another switch.

Alone, or beside a second one that goes on: nothing is left on either switch.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from controller.app import Controller
from controller.simulator.phones import PhoneCall
from tests.contract.gathering import GROUP, make_group
from tests.contract.killable import mortal
from tests.contract.killing import UNSEEN, at_each_command
from tests.contract.rig import is_up
from tests.contract.test_switches_killed import Killing
from tests.contract.two import TwoSwitches
from tests.databases import open_to_all

Makes = Callable[[], TwoSwitches]


@pytest.fixture
def make(tmp_path: Path) -> Makes:
    numbers = count()

    def one() -> TwoSwitches:
        two = TwoSwitches(open_to_all(tmp_path / f"{next(numbers)}.db"))
        make_group(two.store, ("1001", "1002", "1005"))
        return two

    return one


@pytest.mark.parametrize(("moment", "beside"), [("before", False), ("after", True)])
def test_controller_killed_at_any_command_leaves_nothing_behind(
    make: Makes, moment: str, beside: bool
) -> None:
    at_each_command(lambda kill: play(make(), kill, moment, beside=beside), step=5)


def play(two: TwoSwitches, kill: int, moment: str, *, beside: bool) -> bool:
    """Page the group; False if the controller sends fewer commands than that with the number `kill`."""
    killing, call = Killing(two, kill, moment), two.target_calls()
    with closing(two):
        with mortal(two) as first:
            killing.victim = first
            two.settle(lambda: first.up, "the first controller")
            second = two.start() if beside else None
            pager = two.alpha.dial("1001", GROUP)
            two.settle(lambda: killing.killed or complete(two), f"the page; {kill}")
            if not killing.killed:
                call.press("*6")
                two.settle(lambda: killing.killed or len(sent(two)) == 1, f"the end of a part; {kill}")
                pager.hang_up()
                two.settle(lambda: killing.killed or not two.page_legs(), f"the end; {kill}")
                two.clock.sleep(0.5)
        for office in two.offices:
            office.socket.faults.heal()
        note = f"killed {moment} {kill}: {killing.killed}"
        verify(two, second or two.start(), pager, call, note)
    return bool(killing.killed)


def sent(two: TwoSwitches) -> list[str]:
    return [leg.uuid for leg in two.alpha.switch.channels.values() if leg.wire]


def complete(two: TwoSwitches) -> bool:
    """Whether both members hear the pager, and the keys of one are bound."""
    return two.paged and two.keyed and "1001" in two.beta.hears("1002") and "1001" in two.beta.hears("1005")


def verify(two: TwoSwitches, controller: Controller, pager: PhoneCall, call: PhoneCall, note: str) -> None:
    """Assert that in the end nothing of the page is left, and that the controller agrees."""
    stations = controller.stations
    two.settle(lambda: is_up(controller), f"the controller; {note}")
    two.settle(lambda: pager.over or pager.leg.conference, f"a page or a refusal; {note}")
    two.clock.sleep(6)  # by then no leg is on its way any more
    if not pager.over:
        known = sorted(leg for live in stations[0].live.all() for leg in live.page.legs)
        assert set(sent(two)) <= set(known), f"a leg is not followed; {note}"
        pager.hang_up()
    two.settle(lambda: not two.page_legs() and not two.alpha.switch.rooms, f"nothing to be left; {note}")
    two.settle(lambda: not any(each.live.all() for each in stations), f"nothing to be followed; {note}")
    two.settle(lambda: not two.beta.phone("1005").calls, f"no phone to be called any more; {note}")
    assert call.leg.link, note
    far = call.leg.link.other(call.leg)
    two.settle(lambda: not call.leg.bugs and not far.bugs, f"nobody to listen any more; {note}")
    for key in tuple(call.leg.meta):
        call.press(f"*{key}")  # a key without a page unbinds itself
    two.settle(lambda: not call.leg.meta, f"no keys to be left; {note}")
    two.settle(
        lambda: all(each.ended_at for each in two.attempts()),
        f"the history, {two.attempts()}; {note}",
        UNSEEN,
    )
    assert len({each.page_id for each in two.attempts()}) == len(two.attempts()) <= 3, note
    call.hang_up()
    two.settle(lambda: not two.legs(), f"every leg to be gone; {note}")
