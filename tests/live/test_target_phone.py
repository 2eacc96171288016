"""P7: the phones of the target and of the far party hold, transfer, and are replaced, like any phone."""

from __future__ import annotations

import time

import pytest

from tests.live.handset import Handset
from tests.live.office import Office, wait_for
from tests.live.parties import heard, whom

#: A phone's offers for hold: the direction and the address.
HOLD = {
    "sendonly": ("sendonly", "127.0.0.1"),
    "inactive": ("inactive", "127.0.0.1"),
    "0.0.0.0": ("sendrecv", "0.0.0.0"),
}


@pytest.fixture(params=["target", "customer"])
def phone(office: Office, request: pytest.FixtureRequest) -> Handset:
    """The phone of the caller in the target's call, while the target is being paged."""
    by_target = request.param == "target"
    phone = office.handset(request.param, 1002 if by_target else 0)
    assert phone.call("9555" if by_target else "1002") == 200
    office.talking(1002)
    office.page()
    return phone


def assert_nobody_heard_the_pager(office: Office) -> dict[str, dict[str, float]]:
    found = heard(office)
    assert whom(found, "1001") <= {"1002"}, found
    assert "1001" not in whom(found, "customer") | whom(found, "1003"), found
    return found


@pytest.mark.parametrize("how", HOLD)
def test_hold_ends_the_page_and_the_call_can_be_resumed(office: Office, phone: Handset, how: str) -> None:
    target, far = office.leg(1002), office.partner(office.leg(1002))
    phone.reinvite(*HOLD[how])
    wait_for(office.page_is_gone, "the page to be gone")
    office.last_attempt(ending="held")
    phone.reinvite()
    assert office.partner(target) == far
    time.sleep(2)  # the time that is recorded and measured
    found = assert_nobody_heard_the_pager(office)
    assert whom(found, "customer", 1.5) == {"1002"}, found
    assert whom(found, "1002", 1.5) == {"customer"}, found


def test_blind_transfer_ends_the_page(office: Office, phone: Handset) -> None:
    assert "200" in phone.refer("1003")
    wait_for(office.page_is_gone, "the page to be gone")
    assert_nobody_heard_the_pager(office)


def test_attended_transfer_ends_the_page(office: Office, phone: Handset) -> None:
    target = phone.user == "1002"
    consultation = office.handset(f"{phone.recording.stem}-consults", 1002 if target else 0)
    assert consultation.call("1003") == 200
    phone.refer("1003", consultation.dialog())
    wait_for(office.page_is_gone, "the page to be gone")
    assert_nobody_heard_the_pager(office)


def test_a_phone_that_takes_over_a_leg_of_the_call_ends_the_page(office: Office, phone: Handset) -> None:
    third = office.handset("third", 1003)
    assert third.call("1002", f"Replaces: {phone.dialog()}\r\n") == 200
    wait_for(office.page_is_gone, "the page to be gone")
    time.sleep(1)  # the time that is recorded and measured
    found = assert_nobody_heard_the_pager(office)
    # it has taken the place of that leg
    assert whom(found, "1003", 0.5) == ({"customer"} if phone.user == "1002" else {"1002"}), found
