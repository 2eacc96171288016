"""A phone that is called, or that has somebody on a call, tries to have that caller page (S2).

What it writes is the number of a transfer: the Contact of a 302, the Refer-To of a REFER. FreeSWITCH takes it
as it stands. On a real switch, tests/live/attacks does the same with SIP phones of its own.
"""

from __future__ import annotations

import pytest

from controller.domain.names import UserName
from controller.simulator.behaviour import Behaviour
from controller.store import users
from tests.contract.office import ContractOffice, SimulatedOffice

CODES = ("*191002", "*151002", "*19", "*20", "whisperoff+1001")
#: What FreeSWITCH would run or set, where the number is expanded: in any field or data of the dialplan.
COMMANDS = (
    "${system(touch /tmp/x)}",
    "$${system(touch /tmp/x)}",
    "${${eval(system)}(id)}",
    "${eval(${system(id)})}",
    "*19${system(id)}",
    "whisperoff+${system(id)}",
    "whisperoff+1001=${system(id)}",
    "*20${system(id)}",
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
    """The newest attempt, if there is one, is nobody's, and 1001 lets pages in."""
    for attempt in office.attempts()[:1]:
        assert attempt["reason"] == "not_authenticated"
    with office.store.reading() as reading:
        assert UserName("1001", "pbx.test") not in set(users.blocked(reading))


@pytest.mark.parametrize("number", CODES)
def test_a_called_phone_cannot_have_its_caller_page_by_forwarding(
    office: SimulatedOffice, number: str
) -> None:
    forwards(office, "1003", number)
    call = office.dial("1001", "1003")
    office.wait(lambda: call.over or office.attempts(), "the end of it", 40)
    of_nobody(office)


@pytest.mark.parametrize("number", CODES)
def test_a_phone_in_a_call_cannot_have_the_other_page_by_a_transfer(
    office: SimulatedOffice, number: str
) -> None:
    call = office.call("1001", "1003")
    office.got("1003").refer(number)
    office.wait(lambda: call.over or office.attempts(), "the end of it", 40)
    of_nobody(office)


@pytest.mark.parametrize("number", COMMANDS)
def test_nothing_that_a_phone_writes_is_run(office: SimulatedOffice, number: str) -> None:
    """Whatever the switch is asked for and does not know, the fixture finds."""
    forwards(office, "1003", number)
    call = office.dial("1001", "1003")
    office.wait(lambda: call.over, "the end of it", 40)
    assert office.office.switch.unknown == []


def test_an_intercom_call_goes_nowhere_else_by_the_targets_forwarding(office: SimulatedOffice) -> None:
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
