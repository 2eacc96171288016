"""The contract, the target's keys: their effects, and their return to the call after the page (P7, P8)."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from controller.laboratory.office import HOLD_MUSIC
from tests.contract.office import HEARD, MUTED, ContractOffice
from tests.contract.test_pages import CALL, PAGED


def muted(office: ContractOffice) -> bool:
    """Whether the sound for the far party is muted."""
    return bool(office.bugs(office.partner(office.leg("1002"))))


def mute(office: ContractOffice, target: Any, *, on: bool = True) -> None:
    """Make the target press the mute key, and wait until it is muted or unmuted."""
    office.press(target, "*5")
    office.wait(lambda: muted(office) is on, "the mute key")


def digits(office: ContractOffice, target: Any, keys: str) -> str:
    """Make the target press keys; return those that reach the call."""
    leg = office.leg("1002")
    with closing(office.connect()) as wire:
        wire.command("event json DTMF")
        office.press(target, keys)
        heard = ""
        while not wire.none_comes(0.6):
            heard += "".join(event["DTMF-Digit"] for event in wire.events if event["Unique-ID"] == leg)
            wire.events.clear()
        return heard


def test_muted_target_is_heard_by_the_pager_alone(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    mute(office, target)
    assert office.finish() == PAGED | {"customer": set()}


def test_second_press_unmutes(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    mute(office, target)
    mute(office, target, on=False)
    assert office.finish() == PAGED


def test_mute_and_its_end_are_heard_by_the_target_and_not_by_the_far_party(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    mute(office, target)
    mute(office, target, on=False)
    assert office.beeps("1002", (MUTED, HEARD)) == [MUTED, HEARD]
    assert office.beeps("customer", (MUTED, HEARD)) == []


@pytest.mark.parametrize("who", ["1001", "1002", "customer"])
def test_nobody_hears_music_as_the_target_mutes_and_unmutes(office: ContractOffice, who: str) -> None:
    target = office.target_calls()
    office.page()
    mute(office, target)
    mute(office, target, on=False)
    assert office.beeps(who, (HOLD_MUSIC,)) == []


@pytest.mark.parametrize("controller", ["alive", "dead"])
def test_muted_target_is_heard_again_as_its_pager_hangs_up(office: ContractOffice, controller: str) -> None:
    target = office.target_calls()
    pager = office.page()
    mute(office, target)
    if controller == "dead":
        office.kill_controller()
    office.hang_up(pager)
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on, unmuted")
    if controller == "dead":
        office.start_controller()
    assert office.finish() == CALL


def test_unmuted_target_that_its_far_party_mutes_is_not_unmuted_by_the_end_of_the_page(
    office: ContractOffice,
) -> None:
    """The hook that unmutes goes with the mute."""
    target = office.target_calls()
    pager = office.page()
    mute(office, target)
    mute(office, target, on=False)
    office.wire.api(f"uuid_audio {office.partner(office.leg('1002'))} start write mute 1")
    office.hang_up(pager)
    office.wait(office.page_gone, "the page to be gone")
    assert office.finish() == CALL | {"customer": set()}


def test_end_key_ends_the_page_and_the_call_goes_on(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    office.press(target, "*6")
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.attempt(treatment="whisper", ending="stopped")
    assert office.finish() == CALL


def test_end_key_without_a_controller_ends_the_page_as_well(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    office.kill_controller()
    office.press(target, "*6")
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.start_controller()


def test_keys_do_not_reach_the_call_during_the_page_and_reach_it_again_afterwards(
    office: ContractOffice,
) -> None:
    target = office.target_calls()
    pager = office.page()
    assert digits(office, target, "*5") == ""
    office.hang_up(pager)
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    assert digits(office, target, "*5*6*7") == "*5*6*7"


def test_keys_work_in_the_second_page_of_a_call_as_well(office: ContractOffice) -> None:
    target = office.target_calls()
    office.hang_up(office.page())
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.page()
    mute(office, target)


def test_leg_keeps_a_star_of_its_own_after_the_page(office: ContractOffice) -> None:
    target = office.target_calls()
    leg = office.leg("1002")
    office.wire.api(f"uuid_setvar {leg} bind_meta_key #")
    office.hang_up(office.page())
    office.wait(office.page_gone, "the page to be gone")
    office.wait(lambda: digits(office, target, "#5") == "#5", "the keys to be the call's again")
    assert office.wire.api(f"uuid_getvar {leg} bind_meta_key").strip() == "#"


def test_keys_left_behind_by_a_dead_controller_unbind_themselves(office: ContractOffice) -> None:
    target = office.target_calls()
    pager = office.page()
    office.kill_controller()
    office.hang_up(pager)
    office.wait(office.page_gone, "the page to be gone")
    assert digits(office, target, "*6") == ""
    assert digits(office, target, "*5*6*7") == "*5*6*7"
    office.start_controller()
