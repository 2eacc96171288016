"""The contract, intercom calls: both hear the tone, and the target's phone can only hang up (P2, P3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from controller.simulator.phones import PhoneCall
from tests.contract.office import BEEPS, OVER, PAGE_TONE, ContractOffice, SimulatedOffice

TALK = {"1001": {"1002"}, "1002": {"1001"}}


@pytest.mark.parametrize("number", ["*151002", "*191002"])
def test_pager_and_target_hear_the_tone(office: ContractOffice, number: str) -> None:
    office.call("1001", number)
    assert office.beeps("1002", (PAGE_TONE,)) == [PAGE_TONE]
    assert office.beeps("1001", (PAGE_TONE,)) == [PAGE_TONE]


def test_targets_hold_has_no_effect(office: ContractOffice) -> None:
    office.call("1001", "*151002")
    office.hold(office.got("1002"))
    office.clock.sleep(0.5)  # long enough for the event of a hold
    assert [row["callstate"] for row in office.legs("1002@")] == ["ACTIVE"]
    assert office.partner(office.leg("1002"))


def test_targets_blind_transfer_moves_nothing_and_rings_nobody(office: ContractOffice) -> None:
    office.call("1001", "*151002")
    office.refer(office.got("1002"), "1003")
    assert not office.legs("1003@")
    assert office.finish() in (TALK, {})  # a phone may hang up what it could not transfer


def test_targets_blind_transfer_sends_the_pager_to_nothing_that_the_dialplan_has_for_itself(
    office: ContractOffice,
) -> None:
    office.call("1001", "*151002")
    office.refer(office.got("1002"), "pages-off")
    assert office.beeps("1001", BEEPS) == []


@pytest.mark.parametrize("who", ["1001", "1002"])
def test_leg_that_is_sent_to_a_number_without_a_context_ends(office: ContractOffice, who: str) -> None:
    office.call("1001", "*151002")
    office.wire.api(f"uuid_transfer {office.leg(who)} 1003")
    office.wait(lambda: not office.legs(), "every leg to be gone")  # 1003 would answer and keep the call


@pytest.mark.parametrize("who", ["1001", "1002"])
def test_leg_that_is_sent_to_a_number_that_the_dialplan_has_for_itself_ends_as_well(
    office: ContractOffice, who: str
) -> None:
    office.call("1001", "*151002")
    office.wire.api(f"uuid_transfer {office.leg(who)} pages-off")
    office.wait(lambda: not office.legs(f"{who}@"), "the leg to be gone")
    assert office.beeps(who, BEEPS) == []


@pytest.mark.parametrize("who", ["1001", "1002"])
def test_either_hangs_up_and_the_call_is_over(office: ContractOffice, who: str) -> None:
    pager = office.call("1001", "*151002")
    office.hang_up(pager if who == "1001" else office.got("1002"))
    office.wait(lambda: not office.legs(), "every leg to be gone")
    office.attempt(treatment="intercom", ending="pager_hung_up" if who == "1001" else "target_hung_up")
    assert office.beeps("1001", (OVER,)) == []


def test_prompt_collects_the_extension(office: ContractOffice) -> None:
    call = office.call("1001", "*15")
    office.press(call, "1002#")
    office.wait(lambda: office.partner(office.leg("1001")), "the intercom call")
    office.attempt(treatment="intercom")
    assert office.finish() == TALK


# -- what the simulator's phones can do: transfer attended, and be left alone ------------------------------


def test_an_attended_transfer_by_the_target_is_refused_and_the_call_goes_on(
    simulated: SimulatedOffice,
) -> None:
    simulated.call("1001", "*151002")
    intercom = simulated.got("1002")
    consultation = simulated.call("1002", "1003")
    simulated.wait(lambda: simulated.partner(consultation.leg.uuid), "the consultation")
    assert intercom.refer_to(consultation) == "403"
    assert simulated.partner(simulated.leg("1001")) == intercom.leg.uuid


@pytest.fixture
def unattended(tmp_path: Path) -> Iterator[SimulatedOffice]:
    """An office in which 1002's phone always rings, and nobody answers."""
    office = SimulatedOffice(tmp_path)
    phone = office.office.phone("1002")
    phone.behaviour = replace(phone.behaviour, answers=False, auto_answer=lambda headers: False)
    yield office
    office.close()


def ringing(office: SimulatedOffice) -> PhoneCall:
    """Make 1001 call 1002, whose phone rings; return the pager's call."""
    call = office.dial("1001", "*151002")
    office.wait(lambda: any(each.ringing for each in office.office.phone("1002").calls), "the phone to ring")
    return call


def test_call_that_nobody_answers_is_over_for_the_pager_as_one(unattended: SimulatedOffice) -> None:
    call = ringing(unattended)
    unattended.wait(lambda: call.over, "the pager to be sent away", 90)  # the phone rings for a minute
    assert call.cause == "NO_ANSWER"
    unattended.wait(lambda: not unattended.legs(), "every leg to be gone")
    unattended.attempt(treatment="intercom", ending="unanswered")


def test_pager_that_waits_no_longer_ends_the_ringing(unattended: SimulatedOffice) -> None:
    ringing(unattended).hang_up()
    unattended.wait(lambda: not unattended.legs(), "every leg to be gone")
    unattended.attempt(treatment="intercom", ending="unanswered")
    assert not unattended.office.phone("1002").calls
