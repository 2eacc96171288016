"""A caller writes another user into its From header to get the whisper pages to that user.

The caller may be a user's phone with its own password, or a caller from outside on a profile that needs no
password and manages presence. On a real switch, tests/live/attacks does the same.
"""

from __future__ import annotations

import pytest

from tests.contract.office import ContractOffice, SimulatedOffice

TARGET = "1002@pbx.test"


@pytest.fixture
def office(office: ContractOffice) -> SimulatedOffice:
    if not isinstance(office, SimulatedOffice):
        pytest.skip("tests/live/attacks has SIP phones for this")
    return office


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("liar", ["1003", "customer"])
def test_a_caller_that_only_claims_to_be_the_target_gets_no_whisper(
    office: SimulatedOffice, liar: str, restarts: bool
) -> None:
    call = office.office.dial(liar, "9555" if liar == "1003" else "1004", says=TARGET)
    office.office.settle(lambda: call.up, "the liar's call")
    if restarts:
        office.kill_controller()
        office.start_controller()
    assert not office.cause(office.dial("1001", "*191002"))
    office.attempt(treatment="intercom")
    assert not office.legs("loopback/")
    assert office.office.hears(liar).keys() == {"customer" if liar == "1003" else "1004"}


@pytest.mark.parametrize("number", ["9555", "1003"])
def test_the_target_itself_is_found_after_a_restart(office: SimulatedOffice, number: str) -> None:
    office.target_calls(number)
    office.kill_controller()
    office.start_controller()
    office.page()
    office.attempt(treatment="whisper")


def test_the_target_that_was_called_is_found_after_a_restart(office: SimulatedOffice) -> None:
    call = office.dial("1003", "1002")
    office.office.settle(lambda: call.up, "the call")
    office.kill_controller()
    office.start_controller()
    office.page()
    office.attempt(treatment="whisper")
