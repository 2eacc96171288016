"""Call back: what becomes of it if its pager is on another call while its phones ring (B1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.simulator.phones import PhoneCall
from tests.contract.office import SimulatedOffice
from tests.contract.test_call_back import asked, kept


def rung(office: SimulatedOffice) -> bool:
    """Whether a phone of 1001 is rung for the call back."""
    shown = [call.leg.variables.get("origination_caller_id_name", "") for call in calls(office)]
    return any("Call back" in each for each in shown)


def calls(office: SimulatedOffice) -> list[PhoneCall]:
    """The calls at the phone of 1001 that are not over."""
    return [call for call in office.office.phone("1001").calls if not call.over]


@pytest.fixture
def ringing(simulated: SimulatedOffice) -> SimulatedOffice:
    """1001 waited for 1002, and its phone rings for the call back."""
    phone = simulated.office.phone("1001")
    phone.behaviour = replace(phone.behaviour, answers=False)
    simulated.hang_up(asked(simulated))
    simulated.wait(lambda: rung(simulated), "the pager to be rung")
    return simulated


def waits_until_after(office: SimulatedOffice, client: PhoneCall) -> None:
    """The phone stops ringing, and rings again when the call is over."""
    office.wait(lambda: not rung(office), "the ringing to end", 1)
    for _ in range(30):
        office.clock.sleep(1)
        assert calls(office) == [client]
    assert kept(office) == [("1001", "1002")]
    assert office.attempts()[0]["reason"] == "pager_on_call"
    phone = office.office.phone("1001")
    phone.behaviour = replace(phone.behaviour, answers=True)
    office.hang_up(client)
    office.attempt(treatment="intercom")
    office.wait(lambda: not kept(office), "the call back to be done")


def test_pager_that_calls_somebody_meanwhile_is_rung_after_that(ringing: SimulatedOffice) -> None:
    waits_until_after(ringing, ringing.call("1001", "9555"))


def test_pager_that_takes_a_call_meanwhile_is_rung_after_that(ringing: SimulatedOffice) -> None:
    caller = ringing.dial("1003", "1001")
    ringing.wait(lambda: len(calls(ringing)) == 2, "the other call to ring")
    ringing.clock.sleep(2)
    assert rung(ringing)  # nobody has taken the other call yet
    taken = calls(ringing)[-1]
    taken.answer()
    ringing.wait(lambda: caller.up, "the call")
    waits_until_after(ringing, taken)
