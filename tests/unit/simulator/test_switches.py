"""One controller and two switches: each has its own pages and its own faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.app import Controller
from controller.config import Settings
from controller.doctor.check import Check
from controller.doctor.installation import examine
from controller.domain.names import UserName
from controller.simulator.media import Quality
from controller.simulator.office import CUSTOMER, DOMAIN, Office
from controller.store import pages, schema
from controller.store.everybody import open_to_all
from controller.store.permitted import permitted_at
from controller.visit import visiting
from tests.virtual import VirtualClock


@pytest.fixture
def first(clock: VirtualClock) -> Iterator[Office]:
    with Office(tempo=5, clock=clock, name="first") as office:
        yield office
        assert office.switch.unknown == []


@pytest.fixture
def second(clock: VirtualClock) -> Iterator[Office]:
    with Office(tempo=5, clock=clock, name="second") as office:
        yield office
        assert office.switch.unknown == []


@pytest.fixture
def settings(first: Office, second: Office, tmp_path: Path) -> Settings:
    urls = f"{first.url}, {second.url}"
    return Settings(database_url=f"sqlite:///{tmp_path}/switches.db", switch_url=urls)


@pytest.fixture
def controller(settings: Settings, first: Office, clock: VirtualClock) -> Iterator[Controller]:
    controller = Controller(settings, clock)
    open_to_all(controller.store)
    controller.start()
    first.settle(lambda: states(controller) == ["up", "up"], "both links")
    yield controller
    controller.stop()


def states(controller: Controller) -> list[str]:
    return [station.link.state for station in controller.stations]


def switches(controller: Controller) -> set[str]:
    """The switches of the pages that are open in the history."""
    with controller.store.reading() as reading:
        return {record.switch for record in pages.history(reading, limit=9) if record.answered_at}


def page(office: Office) -> None:
    """Page a target that is on a call with the customer."""
    call = office.dial(1002, "9555")
    office.settle(lambda: call.up and call.leg.link, "the call")
    pager = office.dial(1001, "*191002")
    office.settle(lambda: pager.leg.link, "the page")


def hears(office: Office, who: int | str) -> set[str]:
    channels = office.switch.channels.values()
    office.settle(lambda: not any(leg.playing for leg in channels), "the tones to end")
    return {party for party, quality in office.hears(who).items() if quality is Quality.CLEAR}


def test_each_switch_has_pages_of_its_own(controller: Controller, first: Office, second: Office) -> None:
    page(first)
    page(second)
    for office in (first, second):
        assert hears(office, 1002) == {"1001", CUSTOMER}
        assert hears(office, CUSTOMER) == {"1002"}
    first.settle(lambda: len(switches(controller)) == 2, "the history")
    assert switches(controller) == {"first", "second"}


def test_a_switch_that_goes_leaves_the_pages_of_the_other(
    controller: Controller, first: Office, second: Office
) -> None:
    page(second)
    first.socket.stop()
    second.settle(lambda: states(controller)[0] != "up", "the first link to be down")
    assert states(controller)[1] == "up"
    pager = next(call for call in second.phone(1001).calls)
    pager.hang_up()
    second.settle(lambda: not [leg for leg in second.switch.channels.values() if leg.loopback], "the end")


@pytest.fixture
def at_the_second(controller: Controller, first: Office) -> str:
    """A user whose phone is registered only at the second switch."""
    first.phone(1003).vanish()
    return f"1003@{DOMAIN}"


@pytest.mark.usefixtures("real_time")
def test_a_command_goes_to_the_switch_where_the_pager_has_a_phone(
    settings: Settings, controller: Controller, at_the_second: str
) -> None:
    with visiting(settings, at_the_second) as (visit, user):
        assert str(visit.name) == controller.stations[1].name
        assert user == UserName.parse(at_the_second)


@pytest.mark.usefixtures("real_time")
def test_a_command_goes_to_the_switch_that_can_be_reached(
    settings: Settings, controller: Controller, first: Office
) -> None:
    first.socket.stop()
    with visiting(settings, "1001") as (visit, _):
        assert str(visit.name) == controller.stations[1].name


@pytest.mark.usefixtures("real_time")
def test_the_doctor_looks_at_every_switch(settings: Settings, controller: Controller, second: Office) -> None:
    second.socket.stop()
    serving = Check("controller", True, "serves")
    checks = examine(settings, "default", schema.state_at, permitted_at, lambda: serving)
    whats = [(check.what, check.right) for check in checks]
    assert ("switch", True) in whats
    assert ("switch", False) in whats
