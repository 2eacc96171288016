"""The contract, the part of HD: a page at the best rate that its legs carry is a page like any other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from controller.simulator.media import Quality
from controller.switch.topologies import mark_of, topology_of
from tests.contract.office import ContractOffice, SimulatedOffice
from tests.contract.test_pages import BYPASSED, PAGED


def wide(office: ContractOffice) -> None:
    """From now on target and pager have phones for 16 kHz."""
    office.codecs = {"1001": "G722", "1002": "G722"}


@pytest.mark.parametrize(
    ("target", "pager", "rate"),
    [
        ("PCMU", "PCMU", 8000),
        ("PCMU", "OPUS", 8000),
        ("G722", "PCMU", 8000),
        ("G722", "G722", 16000),
        ("G722", "OPUS", 16000),
        ("OPUS", "G722", 16000),
        ("OPUS", "OPUS", 32000),
    ],
)
def test_page_has_the_best_rate_that_both_legs_carry(
    office: ContractOffice, target: str, pager: str, rate: int
) -> None:
    office.codecs = {"1001": pager, "1002": target}
    office.target_calls()
    office.page()
    near = [row for row in office.legs("loopback/") if row["name"].endswith("-a")]
    assert {row["write_rate"] for row in near} == {str(rate)}
    assert not office.legs("null/")
    assert office.finish() == PAGED


def test_page_in_hd_ends_with_its_pager_and_the_call_goes_on(office: ContractOffice) -> None:
    wide(office)
    office.target_calls()
    office.hang_up(office.page())
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.attempt(treatment="whisper", ending="pager_hung_up")


@pytest.mark.parametrize("end", ["relay-a", "relay-b", "voice-a", "voice-b"])
def test_killed_leg_of_a_page_in_hd_takes_the_page_with_no_controller_alive(
    office: ContractOffice, end: str
) -> None:
    wide(office)
    office.target_calls()
    office.page()
    office.kill_controller()
    office.wire.api(f"uuid_kill {office.page_leg(end)}")
    office.wait(lambda: not office.legs("loopback/"), "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.start_controller()


def test_controller_that_comes_back_takes_a_page_in_hd_over(office: ContractOffice) -> None:
    wide(office)
    office.target_calls()
    pager = office.page()
    office.kill_controller()
    office.start_controller()
    office.hang_up(pager)
    office.attempt(ending="pager_hung_up")


def test_pager_that_may_not_page_in_hd_hears_why(office: ContractOffice) -> None:
    wide(office)
    office.codecs["1003"] = "G722"
    office.target_calls()
    office.page()
    assert office.cause(office.dial("1003", "*191002")) == "USER_BUSY"
    office.attempt(reason="already_paged")
    assert office.whispering()


def test_second_pair_for_the_same_target_is_hung_up_and_the_page_goes_on(office: ContractOffice) -> None:
    """As a controller makes it that has not seen the page of another one."""
    wide(office)
    office.target_calls()
    office.page()
    legs = office.legs("loopback/")
    channel = json.loads(office.wire.api(f"uuid_dump {office.page_leg('relay-a')} json"))
    mark = mark_of(lambda name: channel.get(name, ""))
    assert mark
    first, *_ = topology_of(mark).steps(replace(mark, page=str(uuid4())))
    assert office.wire.api(first.call.text).startswith("+OK")
    office.wait(lambda: not office.legs("null/"), "the leg that makes a pair to be gone")
    office.wait(lambda: office.legs("loopback/") == legs, "the second pair to be gone")
    assert office.whispering()
    assert office.finish() == PAGED


def test_bypass_media_call_goes_past_the_switch_again_after_a_page_in_hd(office: ContractOffice) -> None:
    wide(office)
    office.call("1002", "8555")
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass")
    pager = office.page()
    office.hang_up(pager)
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass again", 4 * BYPASSED)


@pytest.mark.parametrize(
    ("who", "begins", "codecs"),
    [
        ("1002", "PCMU", ["G722"]),
        ("1002", "G722", ["PCMU"]),
        ("1002", "G722", ["PCMU", "G722"]),
        ("1002", "OPUS", ["G722"]),
        ("1002", "OPUS", ["PCMU", "OPUS"]),
        ("1001", "G722", ["PCMU"]),
        ("1001", "G722", ["PCMU", "G722"]),
        ("1001", "OPUS", ["G722"]),
        ("1001", "OPUS", ["PCMU", "OPUS"]),
    ],
)
def test_simulated_phone_that_changes_its_codec_hears_and_is_heard_as_before(
    tmp_path: Path, who: str, begins: str, codecs: list[str]
) -> None:
    """On a real switch: tests/live/test_renegotiation.py, where the recordings begin after the change."""
    office = SimulatedOffice(tmp_path)
    office.codecs = {"1001": begins, "1002": begins}
    phones = {"1002": office.target_calls(), "1001": office.page()}
    for codec in codecs:
        office.clock.sleep(4)
        phones[who].recode(codec)

    def hear_again() -> bool:
        clear = [office.office.hears(who).get(other) for who, other in (("1001", "1002"), ("1002", "1001"))]
        return clear == [Quality.CLEAR] * 2

    office.wait(hear_again, "both to hear again")
    office.clock.sleep(5)
    assert office.whispering()
    assert office.finish() == PAGED
    office.close()


@pytest.mark.parametrize(
    ("end", "codecs"),
    [("relay-b", []), ("relay-b", ["PCMU", "G722"]), ("voice-a", []), ("voice-b", [])],
    ids=["relay-b", "relay-b after its target was slower", "voice-a", "voice-b"],
)
def test_simulated_page_ends_with_no_controller_alive_if_somebody_bridges_a_leg_that_eavesdrops(
    tmp_path: Path, end: str, codecs: list[str]
) -> None:
    """On a real switch: tests/live/test_other_programs.py."""
    office = SimulatedOffice(tmp_path)
    wide(office)
    target = office.target_calls()
    office.page()
    for codec in codecs:
        office.clock.sleep(4)
        target.recode(codec)
    office.clock.sleep(4)
    office.call("1003", "9201")
    office.kill_controller()
    office.wire.api(f"uuid_bridge {office.leg('1003')} {office.page_leg(end)}")
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.close()


def test_simulated_page_in_hd_that_another_controller_took_over_goes_on_if_its_target_falls_below_its_rate(
    tmp_path: Path,
) -> None:
    """On a real switch: tests/live/test_renegotiation.py, with one controller."""
    office = SimulatedOffice(tmp_path)
    wide(office)
    target = office.target_calls()
    office.page()
    office.kill_controller()
    office.start_controller()
    target.recode("PCMU")
    office.wait(lambda: "1001" in office.office.hears("1002"), "the target to hear the pager again")
    office.clock.sleep(5)
    assert office.whispering()
    assert office.finish() == PAGED
    office.close()
