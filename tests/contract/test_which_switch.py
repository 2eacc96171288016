"""Where a target is paged whose phone is registered at one switch and whose call may be at another one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.app import Controller
from controller.domain.names import UserName
from controller.domain.refusal import Refusal
from controller.simulator.phones import PhoneCall
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all

PAGER = UserName("1001", "pbx.test")
#: The proxy of these tests is no part of any call: that there is one says that calls may be spread.
SPREAD = "10.0.0.9"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        yield two


@pytest.fixture
def spread(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"), trusted_proxies=SPREAD)) as two:
        yield two


def calls(two: TwoSwitches, where: str, user: str, number: str = "9555") -> PhoneCall:
    """A call of a user at one of the switches, whichever has its phone registered."""
    call = getattr(two, where).dial(user, number)
    tables = [at(each, where).legs for each in two.controllers if at(each, where).link.state == "up"]
    seen = UserName(user, "pbx.test")
    two.settle(lambda: call.leg.link and all(legs.of(seen) for legs in tables), "the call")
    return call


def start_without_beta(two: TwoSwitches) -> Controller:
    """A controller that has never reached the second switch."""
    two.beta.socket.faults.refused = True
    controller = two.make()
    controller.start()
    two.settle(lambda: at(controller, "alpha").link.state == "up", "the first switch")
    return controller


def refused(two: TwoSwitches, number: str) -> str | None:
    """Why a page from the first switch is refused."""
    pager = two.alpha.dial("1001", number)
    two.settle(lambda: pager.over, "the refusal")
    return two.attempts()[0].reason


def rings(two: TwoSwitches, number: str, user: str) -> None:
    """A page from the first switch rings the target's phone there."""
    phone = two.alpha.phone(user)
    known = len(phone.calls)
    two.alpha.dial("1001", number)
    two.settle(lambda: len(phone.calls) > known, "the call")


def test_phone_that_may_be_on_a_call_at_a_switch_out_of_reach_is_not_made_to_answer(
    spread: TwoSwitches,
) -> None:
    start_without_beta(spread)
    calls(spread, "beta", "1003")
    assert refused(spread, "*191003") == "switch_away"
    assert refused(spread, "*151003") == "switch_away"
    assert not spread.alpha.phone("1003").calls


def test_where_phones_call_by_their_own_switch_an_idle_one_is_paged_while_another_switch_is_away(
    two: TwoSwitches,
) -> None:
    start_without_beta(two)
    rings(two, "*191003", "1003")
    assert two.attempts()[0].treatment == "intercom"


def test_partition_that_is_not_noticed_yet_is_named(two: TwoSwitches) -> None:
    controller = two.start()
    two.beta.socket.faults.stalled = True
    assert at(controller, "beta").link.state == "up"
    two.alpha.dial("1001", "*191005")
    two.settle(two.attempts, "the refusal")
    two.beta.socket.faults.heal()
    [record] = two.attempts()
    assert (record.reason, record.switch) == ("switch_away", "beta")


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("where", ["alpha", "beta"])
def test_phone_on_a_call_rings_at_the_switch_where_it_is_registered(
    two: TwoSwitches, where: str, shared: bool
) -> None:
    if shared:
        two.share()
    two.start()
    calls(two, where, "1003")
    rings(two, "*151003", "1003")
    [record] = two.attempts()
    assert (record.treatment, record.switch) == ("call", "alpha")


@pytest.mark.parametrize("where", ["alpha", "beta"])
def test_page_to_a_softphone_on_a_call_rings_where_it_is_registered(two: TwoSwitches, where: str) -> None:
    two.share()
    two.beta.phone("1006").vanish()
    two.alpha.phone("1006").register()
    two.start()
    calls(two, where, "1006")
    rings(two, "*191006", "1006")
    [record] = two.attempts()
    assert (record.treatment, record.switch) == ("call", "alpha")


@pytest.mark.parametrize("number", ["*151005", "*191006"])
def test_phone_on_a_call_here_rings_at_the_other_switch_where_it_is_registered(
    two: TwoSwitches, number: str
) -> None:
    controller = two.start()
    user = number[-4:]
    calls(two, "alpha", user)
    verdicts = at(controller, "alpha").verdicts.of(PAGER, [UserName(user, "pbx.test")])
    assert not any(isinstance(each, Refusal) for each in verdicts.values())
    phone = two.beta.phone(user)
    two.alpha.dial("1001", number)
    two.settle(lambda: phone.calls, "the call")
    [record] = two.attempts()
    assert (record.treatment, record.switch) == ("call", "beta")


def test_target_on_calls_on_two_switches_is_rung_where_it_is_registered(two: TwoSwitches) -> None:
    two.start()
    two.target_calls()
    calls(two, "alpha", "1002", "9556")
    phone = two.beta.phone("1002")
    known = len(phone.calls)
    two.alpha.dial("1001", "*151002")
    two.settle(lambda: len(phone.calls) > known, "the call")
    [record] = two.attempts()
    assert (record.treatment, record.switch) == ("call", "beta")
