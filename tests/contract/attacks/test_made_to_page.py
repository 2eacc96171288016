"""A phone tries to make its caller, or the other party of its call, page somebody (S2).

The phone chooses the number of a transfer: in the Contact of a 302, or in the Refer-To of a REFER. FreeSWITCH
uses it unchanged. On a real switch, tests/live/attacks does the same with its own SIP phones.
"""

from __future__ import annotations

import pytest

from controller.domain.names import UserName
from controller.simulator.behaviour import Behaviour
from controller.store import users
from tests.contract.office import ContractOffice, SimulatedOffice

CODES = ("*191002", "*151002", "*19", "*20", "whisperoff+1001", "*181*1002", "reverse-1003")
#: Numbers that FreeSWITCH would run if any field or data of the dialplan expanded them.
COMMANDS = (
    "${system(touch /tmp/x)}",
    "$${system(touch /tmp/x)}",
    "${${eval(system)}(id)}",
    "${eval(${system(id)})}",
    "*19${system(id)}",
    "whisperoff+${system(id)}",
    "whisperoff+1001=${system(id)}",
    "*20${system(id)}",
    "*18${system(id)}",
    "*181*${system(id)}",
    "*18${system(id)}*1002",
    "reverse-${system(id)}",
    "${destination_number}",
)


@pytest.fixture
def office(office: ContractOffice) -> SimulatedOffice:
    if not isinstance(office, SimulatedOffice):
        pytest.skip("tests/live/attacks has SIP phones for this")
    return office


def forwards(office: SimulatedOffice, who: str, number: str) -> None:
    office.office.phone(who).behaviour = Behaviour(forwards=number)


def of_nobody(office: SimulatedOffice) -> None:
    """Assert that the newest attempt, if any, has no pager, and that pages to 1001 are still on."""
    for attempt in office.attempts()[:1]:
        assert attempt["reason"] == "not_authenticated"
    with office.store.reading() as reading:
        assert UserName("1001", "pbx.test") not in set(users.blocked(reading))


@pytest.mark.parametrize("number", CODES)
def test_a_called_phone_cannot_make_its_caller_page_by_forwarding(
    office: SimulatedOffice, number: str
) -> None:
    forwards(office, "1003", number)
    call = office.dial("1001", "1003")
    office.wait(lambda: call.over or office.attempts(), "the end of it", 40)
    of_nobody(office)


@pytest.mark.parametrize("number", CODES)
def test_a_phone_in_a_call_cannot_make_the_other_page_by_a_transfer(
    office: SimulatedOffice, number: str
) -> None:
    call = office.call("1001", "1003")
    office.got("1003").refer(number)
    office.wait(lambda: call.over or office.attempts(), "the end of it", 40)
    of_nobody(office)


@pytest.mark.parametrize("number", COMMANDS)
def test_no_text_from_a_phone_is_run(office: SimulatedOffice, number: str) -> None:
    """The fixture finds every command that the switch does not know."""
    forwards(office, "1003", number)
    call = office.dial("1001", "1003")
    office.wait(lambda: call.over, "the end of it", 40)


def test_an_intercom_call_is_not_forwarded_by_the_targets_phone(office: SimulatedOffice) -> None:
    forwards(office, "1002", "1003")
    assert office.cause(office.dial("1001", "*151002"))
    assert office.office.phone("1003").calls == []
    office.attempt(treatment="intercom", ending="unanswered")


def test_a_clicked_phone_that_forwards_lets_nobody_page_in_its_place(office: SimulatedOffice) -> None:
    forwards(office, "1001", "1003")
    status, said = office.click("1001", "1002")
    assert status == 1
    assert "was not answered" in said
    assert office.office.phone("1003").calls == []
    office.attempt(treatment="refused", reason="pager_unanswered")
