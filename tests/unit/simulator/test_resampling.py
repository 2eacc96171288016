"""The resampler of a loopback's end, whose bridge partner changes its codec."""

from __future__ import annotations

import pytest

from controller.simulator.channel import Channel
from controller.simulator.media import Quality
from controller.simulator.office import Office
from controller.simulator.phones import PhoneCall

CLEAR, GARBLED = Quality.CLEAR, Quality.GARBLED


@pytest.fixture
def call(office: Office) -> PhoneCall:
    """1003 has Opus, and is bridged to a loopback of 8 kHz, whose other end is in a conference with 1002."""
    office.dial(1002, "3001")
    answer = office.switch.call("originate", "{loopback_bowout=false}loopback/3001/default/XML &park()")
    call = office.dial(1003, "9201", "OPUS")
    office.settle(lambda: call.leg.answered, "the call")
    office.switch.call("uuid_bridge", f"{call.leg.uuid} {answer.removeprefix('+OK ').strip()}")
    office.settle(lambda: heard(office) is CLEAR, "1002 to hear 1003")
    return call


def heard(office: Office) -> Quality | None:
    return office.hears(1002).get("1003")


def end(call: PhoneCall) -> Channel:
    """The end of the loopback that is bridged to the phone's leg."""
    assert call.leg.link
    return call.leg.link.other(call.leg)


def play(office: Office, call: PhoneCall, milliseconds: int) -> None:
    """Play silence to the end of the loopback, and wait until that is over."""
    sound = f"silence_stream://{milliseconds}"
    office.switch.call("uuid_broadcast", f"{end(call).uuid} playback::{sound} aleg")
    office.settle(lambda: sound in end(call).playing, "the silence")
    office.settle(lambda: sound not in end(call).playing, "its end")


def test_sound_is_garbled_once_its_rate_is_another(office: Office, call: PhoneCall) -> None:
    call.recode("G722")
    assert heard(office) is GARBLED
    call.recode("OPUS")
    assert heard(office) is CLEAR


def test_end_of_a_playback_makes_it_clear_again(office: Office, call: PhoneCall) -> None:
    call.recode("G722")
    play(office, call, 20)
    assert heard(office) is CLEAR


@pytest.mark.parametrize(("milliseconds", "quality"), [(20, GARBLED), (200, CLEAR)])
def test_comfort_noise_of_the_old_rate_must_be_over_by_then(
    office: Office, call: PhoneCall, milliseconds: int, quality: Quality
) -> None:
    call.leg.set("bridge_generate_comfort_noise", "-1")
    call.recode("G722")
    play(office, call, milliseconds)
    assert heard(office) is quality


def test_end_of_the_loopbacks_own_rate_needs_no_resampler(office: Office, call: PhoneCall) -> None:
    call.recode("PCMU")
    play(office, call, 20)
    assert end(call).resampled == 0
    call.recode("G722")
    assert heard(office) is CLEAR
