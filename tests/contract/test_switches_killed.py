"""C5: a controller is killed at any command of what goes across switches; nothing is left on either switch.

Alone, or beside a second one that goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import gevent
import pytest

from controller.app import Controller
from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.simulator.phones import PhoneCall
from tests.contract.killable import Mortal, mortal
from tests.contract.killing import UNSEEN, at_each_command
from tests.contract.rig import Controllers, is_up
from tests.contract.test_message_code import SOUND, add
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all

REORDER = "480,620"
Makes = Callable[[], TwoSwitches]


@pytest.fixture
def make(tmp_path: Path) -> Makes:
    numbers = count()
    return lambda: TwoSwitches(open_to_all(tmp_path / f"{next(numbers)}.db"))


class Killing:
    """A kill of the first controller at a command, on either switch; `moment` is `before` or `after`."""

    def __init__(self, two: TwoSwitches, number: int, moment: str) -> None:
        self.commands: list[str] = []
        self.killed = ""
        self.victim: Mortal | None = None
        self._number = number
        for office in two.offices:
            setattr(office.socket.faults, moment, self._met)

    def _met(self, line: str, client: int) -> None:
        if client != 1:
            return
        self.commands.append(line)
        if len(self.commands) == self._number + 1 and self.victim:
            self.killed = line
            self.victim.kill()
        if self.killed:
            raise ConnectionAbortedError


@pytest.mark.parametrize(
    ("moment", "number"),
    [(moment, number) for number in ("*191002", "*191005") for moment in ("before", "after")],
)
def test_controller_killed_at_any_command_leaves_nothing_behind(
    make: Makes, moment: str, number: str
) -> None:
    at_each_command(lambda kill: play(make(), number, kill, moment, beside=False), step=4)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_one_of_two_killed_at_any_command_leaves_everything_to_the_other(make: Makes, moment: str) -> None:
    at_each_command(lambda kill: play(make(), "*191002", kill, moment, beside=True), step=4)


def play(two: TwoSwitches, number: str, kill: int, moment: str, *, beside: bool) -> bool:
    """Page across switches; False if the controller sends fewer commands than that with the number `kill`."""
    killing, call = Killing(two, kill, moment), two.target_calls()
    with closing(two):
        with mortal(two) as first:
            killing.victim = first
            two.settle(lambda: first.up, "the first controller")
            second = two.start() if beside else None
            pager = two.alpha.dial("1001", number)
            two.settle(lambda: killing.killed or talks(two, pager), f"the page; {kill}")
            if not killing.killed:
                pager.hang_up()
                two.settle(lambda: killing.killed or not two.page_legs(), f"the end; {kill}")
                two.clock.sleep(0.5)
        for office in two.offices:
            office.socket.faults.heal()
        note = f"{number}, killed {moment} {kill}: {killing.killed}"
        verify(two, second or two.start(), pager, call, note)
    return bool(killing.killed)


def talks(two: TwoSwitches, pager: PhoneCall) -> bool:
    """Whether the pager talks with the target, in a complete page or in an intercom call."""
    if not pager.up:
        return False
    intercom = two.beta.phone("1005").calls
    return (two.paged and two.keyed) or bool(intercom and intercom[-1].up)


def verify(two: TwoSwitches, controller: Controller, pager: PhoneCall, call: PhoneCall, note: str) -> None:
    """Assert that in the end nothing of the page is left, and that the controller agrees."""
    two.settle(lambda: is_up(controller), f"the controller; {note}")
    two.settle(lambda: pager.over or talks(two, pager), f"a page or a refusal; {note}")
    if pager.over:
        assert pager.cause == "NORMAL_CLEARING" or any(REORDER in each for each in two.heard("1001")), note
    else:
        live = at(controller, "beta").live
        two.settle(lambda: any(each.page.up for each in live.all()), f"the page to be followed; {note}")
        pager.hang_up()
    verify_nothing_left(two, controller, call, note)


def verify_nothing_left(two: TwoSwitches, controller: Controller, call: PhoneCall, note: str) -> None:
    """Assert that the target's call is as before, and that all is over and in the history."""
    two.settle(lambda: not two.page_legs(), f"nothing of the page to be left; {note}")
    stations = controller.stations
    two.settle(lambda: not any(each.live.all() for each in stations), f"nothing to be followed; {note}")
    assert call.leg.link, note
    far = call.leg.link.other(call.leg)
    two.settle(lambda: not call.leg.bugs and not far.bugs, f"nobody to listen any more; {note}")
    for key in tuple(call.leg.meta):
        call.press(f"*{key}")  # a key without a page unbinds itself
    two.settle(lambda: not call.leg.meta, f"no keys to be left; {note}")
    two.settle(
        lambda: all(record.ended_at for record in kept(two, controller)), f"the history; {note}", UNSEEN
    )
    assert len(kept(two, controller)) <= 1, note
    call.hang_up()
    two.settle(lambda: not two.legs(), f"every leg to be gone; {note}")


def kept(two: TwoSwitches, controller: Controller) -> list[PageRecord]:
    """The history, when this controller has written all it knows; a dead one writes nothing more."""
    controller.history.drain(30)
    return Controllers.attempts(two)


# -- a message, and a reverse page ------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before", "after"])
def test_controller_killed_at_any_command_of_a_message_leaves_nothing_behind(
    make: Makes, moment: str
) -> None:
    at_each_command(lambda kill: play_message(make(), kill, moment), step=16)


def play_message(two: TwoSwitches, kill: int, moment: str) -> bool:
    """Send a message to the other switch, which its target answers; False as in `play`."""
    add(two.store)
    two.beta.switch.lengths[SOUND] = 10.0
    killing, call = Killing(two, kill, moment), two.target_calls()

    def hears_it() -> bool:
        return SOUND in two.beta.hears("1002")

    with closing(two):
        with mortal(two) as first:
            killing.victim = first
            two.settle(lambda: first.up, "the controller")
            sender = two.alpha.dial("1001", "*181*1002")
            two.settle(lambda: killing.killed or (hears_it() and len(call.leg.meta) >= 4), f"it; {kill}")
            if not killing.killed:
                call.press("*2")
                two.settle(lambda: killing.killed or not two.page_legs(), f"the end; {kill}")
                two.clock.sleep(0.5)
        for office in two.offices:
            office.socket.faults.heal()
        note = f"killed {moment} {kill}: {killing.killed}"
        second = two.start()
        two.settle(lambda: sender.over and not hears_it(), f"the end of both; {note}")
        verify_nothing_left(two, second, call, note)
        assert killing.killed or [each.ending for each in kept(two, second)] == ["replied"], note
    return bool(killing.killed)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_controller_killed_at_any_command_of_a_reverse_page_leaves_no_mute(make: Makes, moment: str) -> None:
    at_each_command(lambda kill: play_reverse(make(), kill, moment), step=24)


def play_reverse(two: TwoSwitches, kill: int, moment: str) -> bool:
    """1002, on a call, speaks privately to 1001 at the other switch; False as in `play`."""
    killing, call = Killing(two, kill, moment), two.target_calls()
    phone = two.alpha.phone("1001")

    def private() -> bool:
        return two.paged and two.keyed and not two.beta.hears("customer")

    with closing(two):
        with mortal(two) as first:
            killing.victim = first
            two.settle(lambda: first.up, "the controller")
            alpha = at(first.controller, "alpha")
            gevent.spawn(alpha.clicks.reverse, UserName("1002", "pbx.test"), UserName("1001", "pbx.test"))
            two.settle(lambda: killing.killed or private(), f"the page; {kill}")
            if not killing.killed:
                call.press("*6")
                two.settle(lambda: killing.killed or not two.page_legs(), f"the end; {kill}")
                two.clock.sleep(0.5)
        for office in two.offices:
            office.socket.faults.heal()
        note = f"killed {moment} {kill}: {killing.killed}"
        second = two.start()
        two.clock.sleep(0.5)  # until the phone that rings is answered
        two.settle(lambda: private() or all(each.over for each in phone.calls), f"a page or none; {note}")
        for each in phone.calls:
            each.hang_up()
        verify_nothing_left(two, second, call, note)
    return bool(killing.killed)
