"""P7, P8: the effects of the target's keys, measured."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from controller.laboratory.levels import level, read_wave
from controller.laboratory.office import HOLD_MUSIC
from tests.live.office import PLAIN, Office, wait_for

#: Hz of the tones that confirm to the target (dialplan/whisperpage.xml).
MUTED_TONE, HEARD_TONE = 1400, 1000
LISTENERS = ("pager", "target", "customer-*")


@pytest.fixture(params=["target_calls", "customer_calls"])
def paged(office: Office, request: pytest.FixtureRequest) -> Office:
    """An office in which the target is on a call, in either direction, and is being paged."""
    getattr(office, request.param)()
    office.pager = office.page()
    return office


def press(office: Office, keys: str) -> None:
    office.lab.phone_switch.api(f"uuid_send_dtmf {office.target_phone()} {keys}")


def mute(office: Office) -> None:
    press(office, "*5")
    far = office.partner(office.leg(1002))
    wait_for(lambda: office.bugs(far), "the far party to hear nothing")


def loudest(office: Office, name: str, hz: int) -> float:
    """dBFS of a tone in the 50 ms of a recording in which it is loudest."""
    newest = max(Path(office.lab.recordings).glob(f"{name}.wav"), key=lambda path: path.stat().st_mtime)
    samples, rate = read_wave(newest)
    window = rate // 20
    return max(level(samples[at : at + window], rate, hz) for at in range(0, len(samples) - window, window))


def far_party_hears(office: Office) -> float:
    time.sleep(2)  # the time that is recorded and measured
    office.lab.hang_up_all()
    return office.lab.hears("customer-*")["1002"]


def test_muted_target_is_heard_by_the_pager_alone(paged: Office) -> None:
    mute(paged)
    assert far_party_hears(paged) < PLAIN - 40
    assert abs(paged.lab.hears("pager")["1002"] - PLAIN) < 6


def test_mute_and_unmute_are_confirmed_to_the_target_alone(office: Office) -> None:
    office.target_calls()
    office.page()
    mute(office)
    time.sleep(0.5)  # the tone is 240 ms long
    press(office, "*5")
    time.sleep(1)
    office.lab.hang_up_all()
    tones = {"muted": MUTED_TONE, "heard": HEARD_TONE, "music": HOLD_MUSIC}
    heard = {who: {tone: loudest(office, who, hz) for tone, hz in tones.items()} for who in LISTENERS}
    assert min(heard["target"]["muted"], heard["target"]["heard"]) > PLAIN - 12, heard
    others = [*heard["pager"].values(), *heard["customer-*"].values()]
    assert max(heard["target"]["music"], *others) < PLAIN - 30, heard


def test_second_press_unmutes(paged: Office) -> None:
    mute(paged)
    press(paged, "*5")
    assert abs(far_party_hears(paged) - PLAIN) < 6


def test_pagers_end_unmutes_with_and_without_a_controller(paged: Office) -> None:
    mute(paged)
    paged.kill_controller()
    paged.lab.phone_switch.api(f"uuid_kill {paged.pager}")
    wait_for(paged.page_is_gone, "the page to be gone")
    assert abs(far_party_hears(paged) - PLAIN) < 6


def test_end_key_ends_the_page_and_the_call_goes_on_unmuted(paged: Office) -> None:
    mute(paged)
    press(paged, "*6")
    wait_for(paged.page_is_gone, "the page to be gone")
    assert paged.last_attempt(ending="stopped")
    assert abs(far_party_hears(paged) - PLAIN) < 6


def test_mute_takes_effect_within_150_ms_of_the_key_and_the_far_party_sees_no_digit(office: Office) -> None:
    office.target_calls()
    office.page()
    far = office.partner(office.leg(1002))
    with office.watching("DTMF", "MEDIA_BUG_START", "CUSTOM whisperpage::key") as esl:
        press(office, "*5")
        pressed = esl.event(3, lambda event: event.get("Event-Subclass") == "whisperpage::key")
        muted = esl.event(3, lambda event: event["Event-Name"] in ("DTMF", "MEDIA_BUG_START"))
    assert muted["Unique-ID"] == far
    assert muted["Event-Name"] == "MEDIA_BUG_START"
    assert int(muted["Event-Date-Timestamp"]) - int(pressed["Event-Date-Timestamp"]) < 150_000  # microseconds


def test_a_controller_that_takes_over_knows_that_the_target_is_muted(office: Office) -> None:
    office.target_calls()
    office.page()
    mute(office)
    office.kill_controller()
    office.start_controller()
    press(office, "*5")
    assert abs(far_party_hears(office) - PLAIN) < 6


def test_keys_are_the_calls_own_again_after_the_page(office: Office) -> None:
    office.target_calls()
    office.lab.phone_switch.api(f"uuid_kill {office.page()}")
    wait_for(office.page_is_gone, "the page to be gone")
    time.sleep(0.3)  # the keys are given back a moment later
    with office.watching("DTMF", "CUSTOM whisperpage::key") as esl:
        press(office, "*5")
        digits = [esl.event(2), esl.event(2)]
    assert [digit and digit.get("DTMF-Digit") for digit in digits] == ["*", "5"]
