"""The contract, messages: what ends a page ends a message, no recording contains it, its code (M1, P12)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.contract.office import MESSAGE_NUMBER, ContractOffice


def told(office: ContractOffice) -> Any:
    """Make 1002 call, and send it a message; return its call."""
    call = office.target_calls()
    office.add_message()
    office.send_message("1002")
    office.wait(office.message_is_up, "the message")
    return call


def gone(office: ContractOffice) -> bool:
    return not office.legs("loopback/") and not office.legs("null/")


def test_message_is_heard_by_its_target_alone(office: ContractOffice) -> None:
    told(office)
    assert office.message_heard("1002", "customer") == {"1002"}


@pytest.mark.parametrize(
    ("end", "ending"),
    [
        (lambda office, call: office.press(call, "*6"), "stopped"),
        (lambda office, call: office.press(call, "*1"), "replied"),
        (lambda office, call: office.hold(call), "held"),
        (lambda office, call: office.refer(call, "1003"), "target_hung_up"),
        (lambda office, call: office.call("1004", f"spy-{office.leg('1002')}"), "joined"),
        (lambda office, call: office.hang_up(call), "target_hung_up"),
    ],
    ids=["its end key", "a reply", "hold", "transfer", "a supervisor", "its end"],
)
def test_what_ends_a_page_ends_a_message(
    office: ContractOffice, end: Callable[[ContractOffice, Any], None], ending: str
) -> None:
    call = told(office)
    end(office, call)
    office.wait(lambda: gone(office), "the message to be gone")
    office.attempt(treatment="whisper", ending=ending)
    if ending in ("stopped", "replied"):
        office.wait(office.call_goes_on, "the call to go on")


@pytest.mark.parametrize("controller", ["alive", "dead"])
@pytest.mark.parametrize("side", ["target", "far party"])
def test_recording_begun_during_a_message_does_not_contain_it(
    office: ContractOffice, tmp_path: Path, side: str, controller: str
) -> None:
    told(office)
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
    assert office.message_heard("1002", "customer", during) == {"1002"}
    if controller == "dead":
        office.start_controller()


def test_recording_from_before_a_message_does_not_contain_it(office: ContractOffice, tmp_path: Path) -> None:
    office.target_calls()
    before = tmp_path / "before.wav"
    assert office.wire.api(f"uuid_record {office.leg('1002')} start {before}") == "+OK Success\n"
    office.add_message()
    office.send_message("1002")
    office.wait(office.message_is_up, "the message")
    assert office.message_heard("1002", before) == {"1002"}


@pytest.mark.parametrize(
    ("dialled", "pressed"),
    [
        (f"*18{MESSAGE_NUMBER}*1002", ()),
        (f"*18{MESSAGE_NUMBER}", ("1002#",)),
        ("*18", (f"{MESSAGE_NUMBER}#", "1002#")),
    ],
)
def test_message_is_sent_by_its_code_and_what_is_not_dialled_is_asked_for(
    office: ContractOffice, dialled: str, pressed: tuple[str, ...]
) -> None:
    office.target_calls()
    office.add_message()
    call = office.call("1001", dialled)
    for keys in pressed:
        office.wait(lambda: prompted(office), "the prompt")
        office.press(call, keys)
        office.clock.sleep(0.2)
    office.wait(office.message_is_up, "the message")
    office.wait(lambda: not office.legs("1001@"), "the end of the sender's call")
    office.attempt(treatment="whisper", message="visitor")


def prompted(office: ContractOffice) -> bool:
    return any(row["application"] == "play_and_get_digits" for row in office.legs("1001@"))
