"""The contract, reverse page: 1002, on a call, speaks privately to 1001, which is called by intercom (V1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.office import OVER, PAGE_TONE, ContractOffice, SimulatedOffice
from tests.contract.test_replies import MUSIC

#: Who hears whom during a reverse page, and in the call before and after it.
PRIVATE = {"1001": {"1002"}, "1002": {"1001", "customer"}, "customer": set()}
CALL = {"1002": {"customer"}, "customer": {"1002"}}


def bound(office: ContractOffice, extension: str = "1001") -> Any:
    """Make 1002 call, and bind the key *7 to it, as its dialplan could; return the call."""
    call = office.target_calls()
    key = f"7 a s execute_extension::reverse-{extension} XML whisperpage@switch"
    order = f"call-command: execute\nexecute-app-name: bind_meta_app\nexecute-app-arg: {key}"
    assert office.wire.command(f"sendmsg {office.leg('1002')}\n{order}").reply == "+OK"
    return call


def reversed_page(office: ContractOffice) -> tuple[Any, Any]:
    """Make 1002 call, and page 1001 in reverse; return the call of 1002, and the one that 1001 got."""
    call = bound(office)
    office.press(call, "*7")
    office.wait(office.paged, "the page")
    return call, office.got("1001")


def clicked_page(office: ContractOffice) -> None:
    """Page 1001 in reverse by the command line for 1002, who is on a call."""
    status, said = office.click("1002", "1001", "--reverse")
    assert status == 0, said
    assert said.splitlines()[1:] == ["Answered.", "1001@pbx.test hears the pager alone, and only the pager."]
    office.wait(office.paged, "the page")


def test_far_party_hears_nothing_of_a_reverse_page_and_its_target_hears_the_pager_alone(
    office: ContractOffice,
) -> None:
    reversed_page(office)
    office.attempt(treatment="reverse")
    assert office.finish() == PRIVATE


def test_far_party_of_a_bypass_media_call_hears_nothing_either(office: ContractOffice) -> None:
    office.call("1002", "8555")
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass")
    clicked_page(office)
    assert office.finish() == PRIVATE


def test_reverse_page_is_asked_for_by_the_command_line_and_leaves_no_key(office: ContractOffice) -> None:
    call = office.target_calls()
    clicked_page(office)
    office.press(call, "*6")
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.attempt(treatment="reverse", ending="stopped")


def test_reverse_page_that_loses_a_leg_is_lost_and_nobody_has_hung_up(office: ContractOffice) -> None:
    call = office.target_calls()
    clicked_page(office)
    [speak] = [leg["uuid"] for leg in office.legs("loopback/voice-") if leg["name"].endswith("-a")]
    office.wire.api(f"uuid_kill {speak}")
    office.wait(office.page_gone, "the page to be gone")
    office.attempt(treatment="reverse", ending="lost")
    office.wait(office.call_goes_on, "the call to go on")
    office.hang_up(call)


@pytest.mark.parametrize(
    ("end", "ending"),
    [
        (lambda office, call, got: office.hang_up(got), "target_hung_up"),
        (lambda office, call, got: office.press(call, "*6"), "stopped"),
    ],
    ids=["the target hangs up", "the pager presses its end key"],
)
def test_call_goes_on_unmuted_after_a_reverse_page(
    office: ContractOffice, end: Callable[[ContractOffice, Any, Any], None], ending: str
) -> None:
    call, got = reversed_page(office)
    end(office, call, got)
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.attempt(treatment="reverse", ending=ending)
    assert office.finish() == CALL


def test_reverse_page_ends_as_its_pager_hangs_up(office: ContractOffice) -> None:
    call, _ = reversed_page(office)
    office.hang_up(call)
    office.wait(lambda: not office.legs(), "every leg to be gone")
    office.attempt(treatment="reverse", ending="pager_hung_up")


def test_far_party_hears_no_tone_of_a_reverse_page(office: ContractOffice) -> None:
    reversed_page(office)
    assert office.beeps("customer", (PAGE_TONE,)) == []


def test_mute_of_a_reverse_page_goes_with_it_though_no_controller_is_there(office: ContractOffice) -> None:
    _, got = reversed_page(office)
    office.kill_controller()
    office.hang_up(got)
    office.wait(office.page_gone, "the page to be gone")
    far = office.partner(office.leg("1002"))
    office.wait(lambda: not office.bugs(far), "the far party to hear again")
    office.start_controller()
    office.attempt(treatment="reverse")
    assert office.finish()["customer"] == {"1002"}


def test_simulated_switch_that_does_not_mute_makes_no_reverse_page(simulated: SimulatedOffice) -> None:
    office = simulated
    office.office.switch.apis["uuid_audio"] = lambda switch, argument: "+OK\n"
    call = bound(office)
    office.press(call, "*7")
    office.attempt(treatment="refused", reason="pager_call_changed")
    office.wait(office.page_gone, "no leg of it to be left")
    assert office.office.hears("customer").keys() == {"1002"}
    assert "1001" not in office.office.hears("1002")


def test_simulated_far_party_hears_the_music_at_mute(simulated: SimulatedOffice) -> None:
    office = simulated
    office.office.switch.configuration.variables["whisperpage_mute_music"] = MUSIC
    call, _ = reversed_page(office)
    assert office.office.hears("customer").keys() == {MUSIC}
    office.press(call, "*6")
    office.wait(lambda: office.office.hears("customer").keys() == {"1002"}, "the music to end")


def test_next_controller_takes_over_a_reverse_page(office: ContractOffice) -> None:
    call, _ = reversed_page(office)
    office.kill_controller()
    office.start_controller()
    office.press(call, "*6")
    office.wait(office.page_gone, "the page to be gone")
    office.attempt(treatment="reverse", ending="stopped")
    assert office.finish() == CALL


def test_reverse_page_out_of_a_conference_calls_nobody(office: ContractOffice) -> None:
    office.call("1002", "3001")
    status, said = office.click("1002", "1001", "--reverse")
    assert (status, "(pager_conference)" in said, "Ringing" in said) == (1, True, False), said
    office.attempt(treatment="refused", reason="pager_conference")


# -- a key of the call, which the administrator binds --------------------------------------------------------


def test_key_of_the_call_begins_and_ends_reverse_pages_again_and_again(office: ContractOffice) -> None:
    call = bound(office)
    for _ in range(2):
        office.press(call, "*7")
        office.wait(office.paged, "the page")
        office.press(call, "*7")
        office.wait(office.page_gone, "the page to be gone")
        office.attempt(treatment="reverse", ending="stopped")
    office.press(call, "*7")
    office.wait(office.paged, "the page")
    assert office.finish() == PRIVATE


def test_key_whose_page_is_refused_is_answered_by_a_tone_for_the_pager_alone(office: ContractOffice) -> None:
    call = bound(office, "1002")
    office.press(call, "*7")
    office.attempt(treatment="refused", reason="oneself")
    assert office.beeps("1002", (OVER, PAGE_TONE)) == [OVER]


def test_what_would_become_of_a_reverse_page_is_explained_before(office: ContractOffice) -> None:
    office.target_calls()
    assert "for the pager on leg" in explained(office, "1002", "1001")


def explained(office: ContractOffice, pager: str, target: str) -> str:
    return office.run("explain", pager, target, "--reverse")[1]
