"""The connection is cut a hundred times: the next page works as usual."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.eventsocket.backoff import Backoff
from tests.contract.office import SimulatedOffice

CUTS = 100


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SimulatedOffice]:
    """An office whose controller waits a fiftieth of the usual time before it connects again."""
    office = SimulatedOffice(tmp_path)
    assert office.controller
    office.controller.stations[0].link._backoff = Backoff(0.004, 0.2, 0.04)
    yield office
    office.close()


def cut(office: SimulatedOffice) -> None:
    """Cut the connection a hundred times, each time as soon as the controller is connected again."""
    assert office.controller
    link = office.controller.stations[0].link
    for number in range(link.times_up, link.times_up + CUTS):
        office.office.socket.cut()
        office.office.settle(lambda: link.times_up > number, "the controller to be back")  # noqa: B023
    office.reconnect()


def test_page_is_made_after_a_hundred_cuts(office: SimulatedOffice) -> None:
    office.target_calls()
    cut(office)
    pager = office.page()
    office.hang_up(pager)
    office.wait(office.page_gone, "the page to be gone")
    office.attempt(treatment="whisper", ending="pager_hung_up")


def test_page_stays_up_and_is_still_followed_after_a_hundred_cuts(office: SimulatedOffice) -> None:
    call = office.target_calls()
    office.page()
    cut(office)
    assert office.whispering()
    office.hold(call)  # only the controller ends a page for a hold
    office.wait(office.page_gone, "the page to be gone")
    office.attempt(treatment="whisper", ending="held")


def test_page_is_made_after_a_hundred_cuts_and_a_restart(office: SimulatedOffice) -> None:
    cut(office)
    assert office.controller
    link = office.controller.stations[0].link
    seen = link.times_up
    office.office.restart()
    office.office.settle(lambda: link.times_up > seen, "the controller to be back", 1)
    office.reconnect()
    office.target_calls()
    office.page()
