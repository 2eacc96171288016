"""P6: whatever the pager's phone sends, its leg can only hang up."""

from __future__ import annotations

import time

import pytest

from controller.laboratory.office import CUSTOMER2, FIRST_PHONE_PORT
from tests.live.handset import Handset
from tests.live.office import Office, wait_for
from tests.live.parties import heard, legs, whom

#: The port of 1003's phone.
OF_1003 = FIRST_PHONE_PORT + 2
#: A phone's offers for hold: the direction and the address.
HOLD = {
    "sendonly": ("sendonly", "127.0.0.1"),
    "inactive": ("inactive", "127.0.0.1"),
    "0.0.0.0": ("sendrecv", "0.0.0.0"),
}


@pytest.fixture
def pager(office: Office) -> Handset:
    """The phone of a pager whose page is up."""
    office.target_calls()
    phone = office.handset("pager", 1001)
    assert phone.call("*191002") == 200
    wait_for(office.whispering, "the page")
    bond = (
        f"uuid_getvar {office.leg(1001)} signal_bond"  # unset as the tone begins, a fifth of a second later
    )
    wait_for(lambda: office.lab.pbx.api(bond) == "_undef_", "the page's tone")
    return phone


def consultation(office: Office) -> Handset:
    """A second call of the pager's phone, with 1003, with another tone."""
    phone = office.handset("consultation", 1001, CUSTOMER2)
    assert phone.call("1003") == 200
    return phone


def assert_page_goes_on(office: Office) -> None:
    """Assert that the page is unchanged, and that nobody has heard too much at any time."""
    assert office.whispering()
    relay = office.relay()
    assert office.partner(relay) == office.lab.pbx.api(f"uuid_getvar {relay} whisperpage_pager_leg")
    time.sleep(2)  # the time that is recorded and measured
    found = heard(office)
    assert whom(found, "1001") == whom(found, "1001", 1.2) == {"1002"}, found
    assert whom(found, "1002") == whom(found, "1002", 1.2) == {"1001", "customer"}, found
    assert whom(found, "customer") == whom(found, "customer", 1.2) == {"1002"}, found
    assert whom(found, "1003") == set(), found


@pytest.mark.parametrize("how", HOLD)
def test_hold_has_no_effect(office: Office, pager: Handset, how: str) -> None:
    with office.watching("CHANNEL_HOLD") as esl:
        pager.reinvite(*HOLD[how])
        assert esl.event(1) is None
    assert office.whispering()
    pager.reinvite()
    assert_page_goes_on(office)


@pytest.mark.parametrize("number", ["1003", "*191003", "3001"])
def test_blind_transfer_is_denied(office: Office, pager: Handset, number: str) -> None:
    assert "403" in pager.refer(number)
    assert not office.lab.channels(presence_id="1003@")
    assert_page_goes_on(office)


def test_attended_transfer_is_denied(office: Office, pager: Handset) -> None:
    assert "403" in pager.refer("1003", consultation(office).dialog())
    assert_page_goes_on(office)


def test_attended_transfer_of_the_consultation_is_denied(office: Office, pager: Handset) -> None:
    assert "403" in consultation(office).refer("1001", pager.dialog())
    assert_page_goes_on(office)


def test_attended_transfer_to_a_call_that_the_switch_does_not_know_rings_nobody(
    office: Office, pager: Handset
) -> None:
    assert "403" in pager.refer("1003", "elsewhere;to-tag=1;from-tag=2", OF_1003)
    assert not office.phone_legs(1003)
    assert_page_goes_on(office)


def test_pagers_keys_do_nothing(office: Office, pager: Handset) -> None:
    pager.press("*5*6*7123#")
    assert_page_goes_on(office)


@pytest.mark.parametrize("a_leg", ["", ";a-leg=true"])
def test_a_phone_that_takes_the_pagers_call_is_connected_to_nobody(
    office: Office, pager: Handset, a_leg: str
) -> None:
    name = f"{legs(office)['pager']};to-tag=1;from-tag=2{a_leg}" if a_leg else pager.dialog()
    third = office.handset("third", 1003)
    assert third.call("1001", f"Replaces: {name}\r\n") == 200
    wait_for(office.page_is_gone, "the page to be gone")
    wait_for(third.ended.is_set, "the end of the third's call", 10)
    found = heard(office)
    assert whom(found, "1003") == set(), found
    assert whom(found, "1001") | whom(found, "customer") <= {"1002"}, found
