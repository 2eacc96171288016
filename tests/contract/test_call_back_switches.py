"""Call back with several switches: the pager is rung at its own, if it is on a call at none of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from controller.app import Controller
from controller.simulator.phones import PhoneCall
from controller.store import call_backs
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        yield two


@pytest.fixture
def controller(two: TwoSwitches) -> Controller:
    return two.start()


@pytest.fixture
def meeting(two: TwoSwitches, controller: Controller) -> PhoneCall:
    """1002 is in a conference at its switch, and 1001 has asked for a call back at its own."""
    meeting = two.beta.dial("1002", "3001")
    two.settle(lambda: meeting.leg.conference, "the conference")
    ask(two, "*191002")
    return meeting


def ask(two: TwoSwitches, number: str) -> None:
    """1001 dials a page that is refused, and asks for a call back."""
    pager = two.alpha.dial("1001", number)
    two.settle(lambda: pager.leg.application == "play_and_get_digits", "the offer of a call back")
    pager.press("5")
    two.settle(lambda: pager.over, "the end of the pager's call")
    assert waiting(two) == 1


def waiting(two: TwoSwitches) -> int:
    with two.store.reading() as reading:
        return len(call_backs.listing(reading))


def test_pager_is_rung_at_its_own_switch_and_pages_at_the_other(two: TwoSwitches, meeting: PhoneCall) -> None:
    meeting.hang_up()
    two.settle(lambda: two.attempts()[0].answered_at, "the page")
    assert two.attempts()[0].switch == "beta"
    assert [leg.direction for leg in two.legs() if leg.presence_id == "1001@pbx.test"][:1] == ["outbound"]
    two.settle(lambda: not waiting(two), "the call back to be done")


def test_pager_on_a_call_at_any_switch_is_not_rung(two: TwoSwitches, meeting: PhoneCall) -> None:
    two.beta.phone("1001").register()  # a second phone, at the other switch
    call = two.beta.dial("1001", "9555")
    two.settle(lambda: call.up, "the call")
    meeting.hang_up()
    two.clock.sleep(30)
    assert waiting(two) == 1
    assert len(two.attempts()) == 1
    call.hang_up()
    two.settle(lambda: not waiting(two), "the call back to be done")


def test_pager_that_takes_a_call_at_another_switch_as_its_phone_rings_is_rung_after_it(
    two: TwoSwitches, meeting: PhoneCall
) -> None:
    rung = two.alpha.phone("1001")
    rung.behaviour = replace(rung.behaviour, answers=False)
    meeting.hang_up()
    two.settle(lambda: ringing(two), "the pager to be rung")
    two.beta.phone("1001").register()  # a second phone, at the other switch
    client = two.beta.dial("1001", "9555")
    two.settle(lambda: client.up, "the call")
    two.clock.sleep(1)
    assert not ringing(two)
    two.clock.sleep(30)
    assert not ringing(two)
    assert waiting(two) == 1
    rung.behaviour = replace(rung.behaviour, answers=True)
    client.hang_up()
    two.settle(lambda: not waiting(two), "the call back to be done")


def ringing(two: TwoSwitches) -> bool:
    """Whether a phone of 1001 is rung at its own switch."""
    own = [leg for leg in two.alpha.switch.channels.values() if leg.presence_id == "1001@pbx.test"]
    return any(leg.direction == "outbound" for leg in own)


def test_with_one_database_of_registrations_the_pager_is_rung_at_the_switch_of_its_phone(
    two: TwoSwitches, controller: Controller
) -> None:
    two.share()
    meeting = two.alpha.dial("1001", "3001")
    two.settle(lambda: meeting.leg.conference, "the conference")
    pager = two.beta.dial("1002", "*191001")
    two.settle(lambda: pager.leg.application == "play_and_get_digits", "the offer of a call back")
    pager.press("5")
    two.settle(lambda: pager.over, "the end of the pager's call")
    meeting.hang_up()
    two.settle(lambda: two.attempts()[0].answered_at, "the page")
    assert two.attempts()[0].switch == "alpha"
    [rung] = [leg for leg in two.beta.switch.channels.values() if leg.presence_id == "1002@pbx.test"]
    assert rung.direction == "outbound"
    assert not any(leg.presence_id == "1002@pbx.test" for leg in two.alpha.switch.channels.values())


@pytest.mark.parametrize("restart", [False, True], ids=["away", "not read since a restart"])
def test_pager_is_not_rung_while_a_switch_is_unknown_at_which_it_may_be_on_a_call(
    two: TwoSwitches, controller: Controller, restart: bool
) -> None:
    asked_for_1003(two)
    if restart:
        two.stop(controller)
    two.beta.socket.faults.refused = True
    two.beta.socket.cut()
    two.beta.phone("1001").register()  # a second phone, at the other switch
    call = two.beta.dial("1001", "9555")
    two.settle(lambda: call.up, "the call")
    if restart:
        controller = two.make()
        controller.start()
    two.settle(lambda: at(controller, "alpha").link.state == "up", "the switch of pager and target")
    two.alpha.phone("1003").call.hang_up()
    two.clock.sleep(30)
    assert waiting(two) == 1
    two.beta.socket.faults.heal()
    two.settle(lambda: at(controller, "beta").link.state == "up", "the other switch")
    two.clock.sleep(15)
    assert waiting(two) == 1
    assert not two.alpha.phone("1001").calls
    call.hang_up()
    two.settle(lambda: not waiting(two), "the call back to be done")


def asked_for_1003(two: TwoSwitches) -> None:
    """1003 is in a conference at the pager's switch, and 1001 has asked for a call back."""
    meeting = two.alpha.dial("1003", "3001")
    two.settle(lambda: meeting.leg.conference, "the conference")
    ask(two, "*191003")
