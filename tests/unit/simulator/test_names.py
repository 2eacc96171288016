"""A switch is known by its own name, and not by the address at which a controller reaches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from controller.app import Controller
from controller.config import Settings
from controller.simulator.office import Office
from controller.store import pages
from controller.store.everybody import open_to_all
from tests.virtual import VirtualClock

Starts = Callable[..., Controller]


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    clock = VirtualClock()
    yield clock
    clock.close()


@pytest.fixture
def office(clock: VirtualClock) -> Iterator[Office]:
    with Office(tempo=5, clock=clock, name="alpha") as office:
        yield office
        assert office.switch.unknown == []


@pytest.fixture
def start(clock: VirtualClock, tmp_path: Path) -> Iterator[Starts]:
    """Start a controller for switches at these addresses; all have one database."""
    with ExitStack() as stack:

        def run(*urls: str) -> Controller:
            settings = Settings(database_url=f"sqlite:///{tmp_path}/a.db", switch_url=",".join(urls))
            controller = Controller(settings, clock)
            open_to_all(controller.store)
            controller.start()
            stack.callback(controller.stop)
            return controller

        yield run


def up(controller: Controller) -> bool:
    return all(station.link.state == "up" for station in controller.stations)


def troubles(controller: Controller) -> list[str]:
    return [str(station.link.error or "") for station in controller.stations]


def page(office: Office) -> None:
    call = office.dial(1002, "9555")
    office.settle(lambda: call.up and call.leg.link, "the call")
    pager = office.dial(1001, "*191002")
    office.settle(lambda: pager.leg.link, "the page")


def test_one_switch_under_two_addresses_is_one_for_two_controllers(start: Starts, office: Office) -> None:
    first, second = start(office.url), start(office.url.replace("127.0.0.1", "localhost"))
    office.settle(lambda: up(first) and up(second), "both")
    page(office)
    follow = [controller.stations[0].live for controller in (first, second)]
    office.settle(lambda: all(live.all() for live in follow), "both to follow the page")
    assert {live.all()[0].record.switch for live in follow} == {"alpha"}


def test_two_switches_under_one_address_are_two(start: Starts, office: Office, clock: VirtualClock) -> None:
    first = start(office.url)
    office.settle(lambda: up(first), "the first")
    page(office)
    (live,) = first.stations[0].live.all()
    office.settle(lambda: not len(first.history), "the history")
    with Office(clock=clock, name="beta") as other:
        # what the other controller reaches at its own address is not the switch of the page
        second = start(other.url)
        other.settle(lambda: up(second), "the second")
        second.history.drain(5)
        with second.store.reading() as reading:
            assert pages.show(reading, live.record.page_id).ended_at is None


def test_one_switch_under_two_addresses_of_one_controller_is_taken_once(
    start: Starts, office: Office
) -> None:
    controller = start(office.url, office.url.replace("127.0.0.1", "localhost"))
    office.settle(
        lambda: any("it is one switch" in trouble for trouble in troubles(controller)), "the trouble"
    )
    office.settle(lambda: [each.link.state for each in controller.stations].count("up") == 1, "the other")


def test_two_switches_that_have_one_name_are_not_taken_for_one(
    start: Starts, office: Office, clock: VirtualClock
) -> None:
    with Office(clock=clock, name="alpha") as other:
        controller = start(office.url, other.url)
        office.settle(lambda: any("both say" in trouble for trouble in troubles(controller)), "the trouble")


def test_restarted_switch_is_told_from_another_one(
    start: Starts, office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    controller = start(office.url)
    (station,) = controller.stations
    office.settle(lambda: up(controller), "the link")
    core = station.core_uuid
    office.restart()
    office.settle(lambda: station.link.times_up == 2, "the link to be back")
    assert (station.name, station.core_uuid != core) == ("alpha", True)
    office.name = "gamma"
    office.restart()
    office.settle(lambda: station.link.times_up == 3, "the link to be back")
    assert station.name == "gamma"
    told = capsys.readouterr().out
    assert told.count("switch.restarted") == told.count("switch.replaced") == 1


def test_page_of_an_earlier_version_is_found_by_the_address(start: Starts, office: Office) -> None:
    first = start(office.url)
    office.settle(lambda: up(first), "the first")
    page(office)
    office.settle(lambda: not len(first.history), "the history")
    (live,) = first.stations[0].live.all()
    with first.store.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE pages SET switch = '127.0.0.1:{office.socket.port}'")
    office.switch.call("hupall", "")
    office.socket.cut()
    second = start(office.url)
    office.settle(lambda: up(second), "the second")
    second.history.drain(5)
    with second.store.reading() as reading:
        assert pages.show(reading, live.record.page_id).ended_at
