"""V1 on a real switch, with audio: a reverse page, its far party, and its mute."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from controller.laboratory.office import CUSTOMER
from tests.live.levels import (
    CODECS,
    Plain,
    heard,
    levels_of_plain_call,
    page_tone_is_heard_once,
    recording_of_target,
)
from tests.live.office import PLAIN, Office, wait_for
from tests.live.test_recordings import PAGER as COLLEAGUES
from tests.live.test_recordings import by_api, channels, loudest

#: The colleague that is called.
COLLEAGUE = "in-1001-*"


@pytest.fixture(scope="module")
def plain() -> Plain:
    return {}


def reverse(office: Office) -> str:
    """Make 1002, who is on a call, page 1001 in reverse; return 1001's leg on the phone switch."""
    assert "hears the pager alone" in office.whisperpage("page", "1002", "1001", "--reverse")
    wait_for(lambda: office.whispering() and office.keyed(), "the page's legs and keys")
    leg: str = office.phone_legs(1001)[-1]["Unique-ID"]
    return leg


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("direction", ["target_calls", "customer_calls"])
def test_far_party_hears_nothing_and_colleague_hears_the_pager_alone(
    office: Office, plain: Plain, direction: str, codec: str
) -> None:
    if (direction, codec) not in plain:
        plain[direction, codec] = levels_of_plain_call(office, direction, codec)
    reference = plain[direction, codec]
    getattr(office, direction)(codec=codec)
    reverse(office)
    time.sleep(2.5)  # the time that is recorded and measured
    office.lab.hang_up_all()
    pager = recording_of_target(direction)
    assert heard(office, COLLEAGUE, reference, "1001", within=9) == {"1002"}
    assert heard(office, pager, reference, "1002", within=9) == {"1001", "customer"}
    far = office.lab.hears("customer-*")
    assert max(far["1001"], far["1002"]) < reference["1002"] - 40, far


def test_both_hear_the_tone_and_the_far_party_does_not(office: Office) -> None:
    office.target_calls()
    reverse(office)
    time.sleep(1)
    office.lab.hang_up_all()
    page_tone_is_heard_once(office, COLLEAGUE)
    page_tone_is_heard_once(office, "target")
    with pytest.raises(AssertionError, match=r"has 0.* s of the tone"):
        page_tone_is_heard_once(office, "customer-*")


@pytest.mark.parametrize("killed", [False, True], ids=["with a controller", "without one"])
def test_far_party_hears_the_pager_again_after_the_page(office: Office, killed: bool) -> None:
    office.target_calls()
    colleague = reverse(office)
    if killed:
        office.kill_controller()
    office.lab.phone_switch.api(f"uuid_kill {colleague}")
    wait_for(lambda: office.page_is_gone() and not office.bugs(office.partner(office.leg(1002))), "the end")
    time.sleep(2.2)
    office.lab.hang_up_all()
    far = office.lab.hears("customer-*")
    assert far["1002"] > -30, far
    if killed:
        office.start_controller()
    else:
        office.last_attempt(treatment="reverse", ending="target_hung_up")


def test_leg_of_the_page_that_has_the_hook_takes_the_mute_with_it_without_a_controller(
    office: Office,
) -> None:
    office.target_calls()
    reverse(office)
    far, pbx = office.partner(office.leg(1002)), office.lab.pbx
    office.kill_controller()
    relay_b = pbx.api(f"uuid_getvar {office.relay()} other_loopback_leg_uuid").strip()
    assert pbx.api(f"uuid_getvar {relay_b} api_hangup_hook").strip() == f"uuid_audio {far} start write mute 0"
    pbx.api(f"uuid_kill {relay_b}")
    wait_for(lambda: office.page_is_gone() and not office.bugs(far), "the far party to hear again")
    office.start_controller()


@pytest.mark.parametrize("stereo", [False, True], ids=["mono", "stereo"])
@pytest.mark.parametrize("side", ["pager", "far party"])
@pytest.mark.parametrize("begun", ["before", "during"])
def test_recording_of_the_call_does_not_contain_the_colleague(
    office: Office, tmp_path: Path, begun: str, side: str, stereo: bool
) -> None:
    office.target_calls()
    own = office.leg(1002)
    leg, file = own if side == "pager" else office.partner(own), tmp_path / "call.wav"
    if stereo:
        assert office.lab.pbx.api(f"uuid_setvar {leg} RECORD_STEREO true") == "+OK"
    if begun == "before":
        by_api(office, leg, file)
    reverse(office)
    time.sleep(2)  # so that nothing of the page's beginning is left
    if begun == "during":
        by_api(office, leg, file)
    time.sleep(2.5)  # the time that is recorded and measured
    assert office.whispering()
    office.lab.hang_up_all()
    assert max(loudest(channel, rate, COLLEAGUES) for channel, rate in channels(file)) < PLAIN - 40
    assert max(loudest(channel, rate, CUSTOMER) for channel, rate in channels(file)) > PLAIN - 6
    assert office.lab.hears("target")["1001"] > PLAIN - 6
