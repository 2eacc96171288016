"""The controller on a switch with faults: no pager is left in silence, and no part of a page is left over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.office import SimulatedOffice


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SimulatedOffice]:
    simulated = SimulatedOffice(tmp_path)
    yield simulated
    simulated.office.socket.faults.heal()
    simulated.close()


@pytest.mark.parametrize("byte", [1, 1_000, 10_000, 30_000, 60_000, 90_000, 120_000, 200_000])
def test_connection_cut_anywhere_leaves_a_complete_page_or_none(office: SimulatedOffice, byte: int) -> None:
    office.target_calls()
    socket = office.office.socket
    socket.faults.cut_after = socket.sent + byte
    call = office.dial("1001", "*191002")
    office.office.settle(lambda: call.over or call.leg.link or socket.connections < 2, "a page, or the cut")
    socket.faults.heal()
    if socket.connections < 2:
        office.reconnect()
    office.wait(lambda: call.over or office.whispering(), "a page, or a refusal")
    call.hang_up()
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")


def test_switch_that_does_not_answer_leaves_the_pager_to_the_dialplan(office: SimulatedOffice) -> None:
    office.target_calls()
    office.office.socket.faults.stalled = True
    call = office.dial("1001", "*191002")
    assert office.cause(call) == "NORMAL_TEMPORARY_FAILURE"


@pytest.mark.parametrize("denied", ["originate", "uuid_transfer", "uuid_answer", "uuid_setvar_multi"])
def test_step_that_is_denied_refuses_the_page_and_leaves_nothing(
    office: SimulatedOffice, denied: str
) -> None:
    office.target_calls()
    office.office.socket.faults.denied.add(denied)
    call = office.dial("1001", "*191002")
    office.office.settle(lambda: call.over, "the refusal")
    assert call.cause in ("NORMAL_TEMPORARY_FAILURE", "USER_BUSY", "NORMAL_CLEARING")
    office.office.socket.faults.heal()
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")


def test_event_socket_that_restarts_keeps_the_page_and_the_controller_finds_it(
    office: SimulatedOffice,
) -> None:
    office.target_calls()
    pager = office.page()
    office.office.restart(keep_calls=True)
    office.reconnect()
    office.office.settle(
        lambda: office.controller.stations[0].link.times_up == 2, "the controller to be back"
    )
    assert office.whispering()
    pager.hang_up()
    office.wait(office.page_gone, "the page to be gone")
    office.attempt(treatment="whisper", ending="pager_hung_up")


def test_switch_that_restarts_without_its_calls_loses_the_page_in_the_history_too(
    office: SimulatedOffice,
) -> None:
    office.target_calls()
    office.page()
    office.office.restart()
    office.reconnect()
    office.attempt(treatment="whisper", ending="lost")
    office.target_calls()
    office.page()


def test_answers_that_come_late_still_make_a_page(office: SimulatedOffice) -> None:
    office.target_calls()
    office.office.socket.faults.delay = 0.02
    assert office.cause(office.dial("1001", "*191002")) == ""
    office.office.socket.faults.heal()
    office.wait(office.whispering, "the page")


def test_target_whose_phone_knows_the_switch_by_its_address_is_found_by_a_controller_that_starts(
    office: SimulatedOffice,
) -> None:
    office.kill_controller()
    call = office.target_calls()
    call.leg.set("presence_id", "1002@127.0.0.1")
    office.start_controller()
    office.page()
    office.attempt(treatment="whisper")
