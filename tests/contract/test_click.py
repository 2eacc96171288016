"""The contract, click to page: a page that the command line asks for is a page like any other."""

from __future__ import annotations

from typing import Any

import gevent
import pytest

from tests.contract.office import ContractOffice
from tests.contract.test_pages import CALL, PAGED


def paged_by_click(office: ContractOffice) -> Any:
    """Make 1001 page 1002, which is on a call, by a click; return the call that 1001's phone has received."""
    office.target_calls()
    status, said = office.click("1001", "1002")
    assert (status, said.splitlines()[1:]) == (0, ["Answered.", "Paging 1002@pbx.test."]), said
    office.wait(office.whispering, "the page")
    return office.got("1001")


def test_clicked_page_is_heard_by_the_target_alone(office: ContractOffice) -> None:
    paged_by_click(office)
    office.attempt(treatment="whisper")
    assert office.finish() == PAGED


def test_clicked_page_ends_as_its_pager_hangs_up(office: ContractOffice) -> None:
    before = len(office.attempts())
    office.hang_up(paged_by_click(office))
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.attempt(treatment="whisper", ending="pager_hung_up")
    assert len(office.attempts()) == before + 1


def test_clicked_intercom_is_a_call_of_two(office: ContractOffice) -> None:
    status, said = office.click("1001", "1002", "--intercom")
    assert status == 0, said
    office.attempt(treatment="intercom")
    assert office.finish() == {"1001": {"1002"}, "1002": {"1001"}}


def test_click_that_would_be_refused_rings_nobody(office: ContractOffice) -> None:
    office.call("1002", "3001")
    status, said = office.click("1001", "1002")
    assert status == 1
    assert "the target is in a conference (conference)" in said
    assert "Ringing" not in said
    assert not office.legs("1001@")
    office.attempt(treatment="refused", reason="conference")


def test_click_of_a_pager_without_a_phone_is_refused(office: ContractOffice) -> None:
    status, said = office.click("1009", "1002")
    assert (status, "(pager_not_registered)" in said) == (1, True)
    office.attempt(treatment="refused", reason="pager_not_registered")


def test_click_that_no_controller_takes_is_reported(office: ContractOffice) -> None:
    office.kill_controller()
    status, said = office.click("1001", "1002")
    assert (status, "No controller took the page" in said) == (1, True)
    office.start_controller()


# -- the pager's leg, which the switch has made ------------------------------------------------------------


def test_clicked_pagers_hold_has_no_effect(office: ContractOffice) -> None:
    office.hold(paged_by_click(office))
    gevent.sleep(0.5)  # long enough for the event of a hold
    assert office.whispering()
    assert office.finish()["customer"] == {"1002"}


@pytest.mark.parametrize("number", ["*191003", "1003"])
def test_clicked_pagers_blind_transfer_moves_nothing_and_rings_nobody(
    office: ContractOffice, number: str
) -> None:
    office.refer(paged_by_click(office), number)
    assert not office.legs("1003@")
    assert office.finish() in (PAGED, CALL)  # a phone may hang up what it could not transfer
