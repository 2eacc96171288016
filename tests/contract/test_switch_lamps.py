"""Lamps of a page across switches: a phone at either switch is told of it, whichever of them has the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.app import Controller
from controller.domain.names import UserName
from controller.domain.toggle import Toggle
from controller.simulator.office import DOMAIN, Office
from controller.simulator.presence import Watch
from tests.contract.rig import is_up
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all

TARGET = UserName("1002", DOMAIN)


@pytest.fixture(params=["alpha", "beta"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TwoSwitches]:
    """With either of the switches before the other one in the settings."""
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"), first=request.param)) as two:
        yield two


@pytest.fixture
def controller(two: TwoSwitches) -> Controller:
    return two.start()


class Lamps:
    """The keys of a phone at either switch that watch one lamp of 1002."""

    def __init__(self, two: TwoSwitches, lamp: str = "whisper") -> None:
        self.two, self.lamp = two, lamp
        self.watches = [self.at(office) for office in two.offices]

    def at(self, office: Office) -> Watch:
        """The key of one more phone."""
        return office.switch.presence.subscribe(f"1003@{DOMAIN}", f"{self.lamp}+{TARGET}")

    @property
    def lit(self) -> list[bool | None]:
        return [watch.lit for watch in self.watches]

    @property
    def told(self) -> list[list[bool]]:
        return [watch.told for watch in self.watches]

    def be(self, lit: bool) -> None:
        """They are all so now."""
        self.two.settle(lambda: set(self.lit) == {lit}, f"the lamps to be {lit}: {self.lamp}")


def test_each_switch_tells_of_the_page_once_and_of_its_end(two: TwoSwitches, controller: Controller) -> None:
    two.target_calls()
    lamps = Lamps(two)
    lamps.be(False)
    pager = two.page()
    lamps.be(True)
    late = [lamps.at(office) for office in two.offices]
    two.settle(lambda: all(watch.told == [True] for watch in late), "phones that subscribe now to be told")
    pager.hang_up()
    lamps.be(False)
    assert lamps.told == [[False, True, False]] * 2


def test_each_switch_tells_of_mute(two: TwoSwitches, controller: Controller) -> None:
    two.target_calls()
    lamps = Lamps(two, "whispermute")
    lamps.be(False)
    two.page()
    for lit in (True, False, True):
        at(controller, "beta").control.mute(TARGET, Toggle.FLIP)
        lamps.be(lit)


class Lost:
    """One of the switches cannot be reached, until it is `back`."""

    def __init__(self, two: TwoSwitches, controller: Controller, name: str) -> None:
        self.two, self.controller = two, controller
        self.office = two.alpha if name == "alpha" else two.beta
        self.office.socket.faults.refused = True
        self.office.socket.cut()
        two.settle(lambda: at(controller, name).link.state == "down", "the link to be down")

    def back(self) -> None:
        self.office.socket.faults.heal()
        self.two.settle(lambda: is_up(self.controller), "the link")
        for station in self.controller.stations:
            station.lamps.drain(30)


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_lamps_of_a_page_that_goes_on_stay_while_a_switch_cannot_be_reached_and_after_that(
    two: TwoSwitches, controller: Controller, name: str
) -> None:
    two.target_calls()
    lamps = Lamps(two)
    lamps.be(False)
    two.page()
    lamps.be(True)
    lost = Lost(two, controller, name)
    for station in controller.stations:
        station.lamps.touch(TARGET)
        station.lamps.drain(30)
    lost.back()
    assert lamps.told == [[False, True]] * 2


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_lamps_of_a_page_that_ends_meanwhile_go_dark_when_the_switch_is_back(
    two: TwoSwitches, controller: Controller, name: str
) -> None:
    two.target_calls()
    lamps = Lamps(two)
    pager = two.page()
    lamps.be(True)
    lost = Lost(two, controller, name)
    pager.hang_up()
    two.settle(lambda: not two.page_legs(), "the end of the page")
    if name == "alpha":
        two.settle(lambda: lamps.lit == [True, False], "the lamp at the switch that is there")
    lost.back()
    lamps.be(False)


def test_restarted_controller_darkens_the_lamps_of_a_page_that_has_ended(
    two: TwoSwitches, controller: Controller
) -> None:
    two.target_calls()
    lamps = Lamps(two)
    pager = two.page()
    lamps.be(True)
    two.stop(controller)
    pager.hang_up()
    two.settle(lambda: not two.page_legs(), "the end of the page")
    assert set(lamps.lit) == {True}
    two.start()
    lamps.be(False)


def test_restarted_controller_keeps_the_lamps_of_a_page_that_goes_on(
    two: TwoSwitches, controller: Controller
) -> None:
    two.target_calls()
    lamps = Lamps(two)
    pager = two.page()
    lamps.be(True)
    two.stop(controller)
    two.start()
    late = [lamps.at(office) for office in two.offices]
    two.settle(lambda: all(watch.told == [True] for watch in late), "phones that subscribe now to be told")
    pager.hang_up()
    lamps.be(False)
