"""The contract, the feature: calls, pages, refusals and endings are the same on both switches."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.office import OVER, PAGE_TONE, PROMPT, ContractOffice, SimulatedOffice

CALL = {"1002": {"customer"}, "customer": {"1002"}}
PAGED = {"1001": {"1002"}, "1002": {"1001", "customer"}, "customer": {"1002"}}


def test_plain_call_is_heard_both_ways(office: ContractOffice) -> None:
    office.target_calls()
    assert office.finish() == CALL


def test_page_is_heard_by_the_target_alone(office: ContractOffice) -> None:
    office.target_calls()
    office.page()
    assert office.finish() == PAGED


def test_pager_and_target_hear_the_tone_and_the_far_party_does_not(office: ContractOffice) -> None:
    office.target_calls()
    office.page()
    assert office.beeps("1001", (PAGE_TONE,)) == [PAGE_TONE]
    assert office.beeps("1002", (PAGE_TONE,)) == [PAGE_TONE]
    assert office.beeps("customer", (PAGE_TONE,)) == []


def test_call_between_colleagues_is_paged_as_well(office: ContractOffice) -> None:
    office.target_calls("1003")
    office.page()
    assert office.finish() == {"1001": {"1002"}, "1002": {"1001", "1003"}, "1003": {"1002"}}


def test_mute_on_the_far_partys_leg_leaves_the_pager_hearing(office: ContractOffice) -> None:
    office.target_calls()
    office.page()
    far = office.partner(office.leg("1002"))
    assert office.wire.api(f"uuid_audio {far} start write mute 1") == "+OK\n"
    assert office.finish() == PAGED | {"customer": set()}


def test_mute_on_the_targets_own_leg_deafens_the_pager(office: ContractOffice) -> None:
    office.target_calls()
    office.page()
    assert office.wire.api(f"uuid_audio {office.leg('1002')} start read mute 1") == "+OK\n"
    assert office.finish() == PAGED | {"1001": set(), "customer": set()}


@pytest.mark.parametrize("side", ["target", "far party"])
def test_recording_from_before_the_page_does_not_contain_the_pager(
    office: ContractOffice, tmp_path: Path, side: str
) -> None:
    office.target_calls()
    target = office.leg("1002")
    leg = target if side == "target" else office.partner(target)
    before = tmp_path / "before.wav"
    assert office.wire.api(f"uuid_record {leg} start {before}") == "+OK Success\n"
    office.page()
    office.finish()
    assert office.recorded(before) == {"1002", "customer"}


@pytest.mark.parametrize("controller", ["alive", "dead"])
@pytest.mark.parametrize("side", ["target", "far party"])
def test_recording_started_during_the_page_does_not_contain_the_pager(
    office: ContractOffice, tmp_path: Path, side: str, controller: str
) -> None:
    office.target_calls()
    office.page()
    if controller == "dead":
        office.kill_controller()
    target = office.leg("1002")
    leg = target if side == "target" else office.partner(target)
    during = tmp_path / "during.wav"
    with closing(office.connect()) as wire:
        wire.command("event json MEDIA_BUG_START")
        assert office.wire.api(f"uuid_record {leg} start {during}") == "+OK Success\n"
        if side == "target":
            wire.event(lambda event: event["Media-Bug-Function"] == "eavesdrop")
    assert office.finish() == PAGED
    assert office.recorded(during) == {"1002", "customer"}
    if controller == "dead":
        office.start_controller()


def test_page_is_not_disturbed_by_a_recording_of_its_target(office: ContractOffice, tmp_path: Path) -> None:
    office.target_calls()
    pager = office.page()
    for number in range(3):
        office.wire.api(f"uuid_record {office.leg('1002')} start {tmp_path}/{number}.wav")
    office.wait(office.paged, "speak to be back")
    office.hang_up(pager)
    office.attempt(ending="pager_hung_up")
    office.wait(office.page_gone, "the page to be gone")


def test_three_way_is_heard_by_all(office: ContractOffice) -> None:
    office.target_calls()
    office.call("1003", f"tw-{office.leg('1002')}")
    assert office.finish() == {
        "1002": {"1003", "customer"},
        "1003": {"1002", "customer"},
        "customer": {"1002", "1003"},
    }


def test_supervisor_hears_both_and_is_heard_by_nobody(office: ContractOffice) -> None:
    office.target_calls()
    office.call("1003", f"spy-{office.leg('1002')}")
    assert office.finish() == CALL | {"1003": {"1002", "customer"}}


def test_conference_is_heard_by_all(office: ContractOffice) -> None:
    for who in ("1001", "1002", "1003"):
        office.call(who, "3001")
    assert office.finish() == {
        "1001": {"1002", "1003"},
        "1002": {"1001", "1003"},
        "1003": {"1001", "1002"},
    }


def test_idle_target_is_called_by_intercom(office: ContractOffice) -> None:
    assert office.cause(office.dial("1001", "*191002")) == ""
    assert office.finish() == {"1001": {"1002"}, "1002": {"1001"}}
    office.attempt(treatment="intercom")


@pytest.mark.parametrize(
    ("number", "cause", "reason"),
    [
        ("*191001", "CALL_REJECTED", "oneself"),
        ("*191009", "NO_USER_RESPONSE", "not_registered"),  # what a phone makes of SIP's 480
        ("*191999", "UNALLOCATED_NUMBER", "unknown_target"),
        ("*19" + "1" * 40, "INVALID_NUMBER_FORMAT", "malformed"),
    ],
)
def test_refusals_have_their_causes(office: ContractOffice, number: str, cause: str, reason: str) -> None:
    assert office.cause(office.dial("1001", number)) == cause
    office.attempt(treatment="refused", reason=reason)


@pytest.mark.parametrize(
    ("how", "reason"),
    [("3001", "conference"), ("two calls", "several_calls")],
)
def test_target_whose_call_allows_no_whisper_is_refused(
    office: ContractOffice, how: str, reason: str
) -> None:
    office.call("1002", "9555" if how == "two calls" else how)
    if how == "two calls":
        office.call("1002", "9222")
    office.wait(lambda: [row["callstate"] for row in office.legs("1002@")][:1] == ["ACTIVE"], "the call")
    assert office.cause(office.dial("1001", "*191002")) == "USER_BUSY"
    office.attempt(treatment="refused", reason=reason)


def test_bypass_media_call_is_paged_and_goes_past_the_switch_again_after(office: ContractOffice) -> None:
    office.call("1002", "8555")
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass")
    pager = office.page()
    assert office.state("1002") == "CS_SOFT_EXECUTE"
    office.hang_up(pager)
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass again", 10)
    assert office.finish() == CALL


#: Seconds after which the call would have had bypass media again, if that had not been cancelled.
BYPASSED = 2.5


def test_bypass_media_call_that_is_paged_again_at_once_keeps_its_media(office: ContractOffice) -> None:
    office.call("1002", "8555")
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass")
    office.hang_up(office.page())
    office.wait(office.page_gone, "the page to be gone")
    office.page()
    office.clock.sleep(BYPASSED)
    assert office.state("1002") == "CS_SOFT_EXECUTE"
    assert office.finish() == PAGED


def test_bypass_media_call_whose_target_holds_stays_with_the_switch_after_the_page(
    office: ContractOffice,
) -> None:
    target = office.call("1002", "8555")
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass")
    office.page()
    office.hold(target)
    office.wait(office.page_gone, "the page to be gone")
    office.clock.sleep(BYPASSED)
    assert office.state("1002") == "CS_SOFT_EXECUTE"


@pytest.mark.parametrize("how", ["tw", "spy"])
def test_target_whose_call_somebody_has_joined(office: ContractOffice, how: str) -> None:
    office.target_calls()
    office.call("1003", f"{how}-{office.leg('1002')}")
    office.wait(lambda: office.bugs(office.leg("1002")), "the third")
    assert office.cause(office.dial("1001", "*191002")) == "USER_BUSY"
    office.attempt(reason="joined")


def test_second_pager_is_refused(office: ContractOffice) -> None:
    office.target_calls()
    office.page()
    assert office.cause(office.dial("1003", "*191002")) == "USER_BUSY"
    office.attempt(reason="already_paged")
    assert office.whispering()


def test_no_controller_takes_the_call(office: ContractOffice) -> None:
    office.kill_controller()
    assert office.cause(office.dial("1001", "*191002")) == "NORMAL_TEMPORARY_FAILURE"
    office.start_controller()


# -- endings -----------------------------------------------------------------------------------------------


def test_pager_hangs_up_and_the_call_goes_on(office: ContractOffice) -> None:
    office.target_calls()
    office.hang_up(office.page())
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.attempt(treatment="whisper", ending="pager_hung_up")


def test_target_hangs_up_and_everything_goes(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    office.hang_up(target)
    office.wait(lambda: not office.legs(), "every leg to be gone")
    office.attempt(ending="target_hung_up")


@pytest.mark.parametrize("end", ["relay-a", "relay-b", "voice-a", "voice-b"])
def test_killed_leg_ends_the_page_and_not_the_call(office: ContractOffice, end: str) -> None:
    office.target_calls()
    office.page()
    office.wire.api(f"uuid_kill {office.page_leg(end)}")
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")


@pytest.mark.parametrize("end", ["relay-a", "relay-b", "voice-a", "voice-b"])
def test_killed_leg_ends_the_page_even_with_the_controller_dead(office: ContractOffice, end: str) -> None:
    office.target_calls()
    office.page()
    office.kill_controller()
    office.wire.api(f"uuid_kill {office.page_leg(end)}")
    office.wait(lambda: not office.legs("loopback/"), "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.start_controller()


def test_pager_hears_that_its_page_is_over(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    office.press(target, "*6")
    office.wait(office.page_gone, "the page to be gone")
    assert office.beeps("1001", (OVER,)) == [OVER]


def test_simulated_target_does_not_hear_a_pager_that_another_program_takes_while_that_hears_its_tone(
    tmp_path: Path,
) -> None:
    """On a real switch: tests/live/test_other_programs.py."""
    office = SimulatedOffice(tmp_path)
    office.target_calls()
    office.page()
    office.wait(lambda: "1001" in office.office.hears("1002"), "the target to hear the pager")
    office.wire.api(f"uuid_transfer {office.leg('1001')} 1003 XML default")
    office.wait(lambda: not office.legs("loopback/relay-"), "the relay to be gone")
    assert office.legs("1001@")
    assert "1001" not in office.office.hears("1002")
    office.close()


def test_simulated_pager_that_another_program_takes_goes_nowhere_and_hears_that_its_page_is_over(
    tmp_path: Path,
) -> None:
    """On a real switch: tests/live/test_other_programs.py."""
    office = SimulatedOffice(tmp_path)
    office.target_calls()
    office.page()
    office.wire.api(f"uuid_transfer {office.leg('1001')} 1003 XML default")
    office.wait(office.page_gone, "the page to be gone")
    assert office.beeps("1001", (PAGE_TONE, OVER)) == [PAGE_TONE, OVER]
    assert not office.office.phone("1003").calls
    office.close()


def test_page_ends_on_the_switch_alone_when_its_controller_is_dead(office: ContractOffice) -> None:
    office.target_calls()
    pager = office.page()
    office.kill_controller()
    office.hang_up(pager)
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.start_controller()


def test_transferred_target_ends_the_page_even_with_the_controller_dead(office: ContractOffice) -> None:
    office.target_calls()
    office.page()
    office.kill_controller()
    office.wire.api(f"uuid_transfer {office.leg('1002')} 9555 XML default")
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the new call")
    office.start_controller()


def test_controller_that_comes_back_takes_the_page_over(office: ContractOffice) -> None:
    office.target_calls()
    pager = office.page()
    office.kill_controller()
    office.start_controller()
    office.hang_up(pager)
    office.attempt(ending="pager_hung_up")


def test_targets_hold_ends_the_page(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    office.hold(target)
    office.wait(office.page_gone, "the page to be gone")
    office.attempt(ending="held")


def test_targets_transfer_ends_the_page(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    office.refer(target, "1003")
    office.wait(office.page_gone, "the page to be gone")


# -- the pager's leg ---------------------------------------------------------------------------------------


def test_pagers_hold_has_no_effect(office: ContractOffice) -> None:
    office.target_calls()
    office.hold(office.page())
    office.clock.sleep(0.5)  # long enough for the event of a hold
    assert office.whispering()
    assert office.finish()["customer"] == {"1002"}


def test_pagers_blind_transfer_moves_nothing_and_rings_nobody(office: ContractOffice) -> None:
    office.target_calls()
    office.refer(office.page(), "1003")
    assert not office.legs("1003@")
    assert office.finish() in (PAGED, CALL)  # a phone may hang up what it could not transfer


def test_pagers_leg_transferred_by_another_program_ends_the_page(office: ContractOffice) -> None:
    office.target_calls()
    office.page()
    office.wire.api(f"uuid_transfer {office.leg('1001')} 1003 XML default")
    office.wait(lambda: not office.legs("loopback/"), "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")


def test_prompt_collects_the_extension(office: ContractOffice) -> None:
    office.target_calls()
    call = office.call("1001", "*19")
    office.press(call, "1002#")
    office.wait(office.paged, "the page")
    assert office.beeps("1001", (PROMPT, PAGE_TONE)) == [PROMPT, PAGE_TONE]


@pytest.mark.parametrize("code", ["*191002", "*151002"])
def test_a_phone_cannot_make_its_caller_page(office: ContractOffice, code: str) -> None:
    """A transfer moves the caller's leg, which was authenticated with the caller's own password."""
    office.call("1001", "1003")
    office.refer(office.got("1003"), code)
    office.attempt(treatment="refused", reason="not_authenticated")
