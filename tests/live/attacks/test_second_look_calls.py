"""Requests of a pager's phone during its page, other than hold and transfer: none has an effect."""

from __future__ import annotations

import time

import pytest

from tests.live.handset import Handset
from tests.live.office import Office, wait_for
from tests.live.parties import heard, whom

IN_CALL = {
    "event": ("INFO", "Content-Type: freeswitch/session-event\r\n", "call-command: hangup\r\n\r\n"),
    "command": ("INFO", "Content-Type: freeswitch/api-request\r\n", "hupall:"),
    "record": ("INFO", "Record: on\r\nContent-Type: text/plain\r\n", "x"),
    "display": ("INFO", "Content-Type: message/update_display\r\n", "x"),
    "message": ("MESSAGE", "Content-Type: text/plain\r\n", "call-command: hangup\n\n"),
}


@pytest.fixture
def pager(office: Office) -> Handset:
    """The phone of a pager whose page is up."""
    office.target_calls()
    phone = office.handset("pager", 1001)
    assert phone.call("*191002") == 200
    wait_for(lambda: office.whispering() and office.keyed(), "the page")
    return phone


def assert_page_goes_on(office: Office) -> None:
    time.sleep(2)  # the time that is recorded and measured
    assert office.whispering()
    found = heard(office)
    assert whom(found, "1002", 1.2) == {"1001", "customer"}, found
    assert whom(found, "customer") == {"1002"}, found


def test_no_request_in_a_page_does_more_than_phones_do(office: Office, pager: Handset) -> None:
    target = office.leg(1002)
    bugs = office.bugs(target)
    for method, headers, body in IN_CALL.values():
        pager.request(method, headers, body, wanted=False)
    pager.press("1")  # its answer shows that the requests before it were read
    wait_for(lambda: not office.lab.pbx.api(f"uuid_buglist {office.leg(1001)}").count("record"), "no record")
    assert office.bugs(target) == bugs
    assert_page_goes_on(office)
