"""The effects of applications on a leg."""

from __future__ import annotations

import gevent
import pytest

from controller.simulator import calls, originate
from controller.simulator.apps.playing import seconds
from controller.simulator.behaviour import Behaviour
from controller.simulator.media import Quality
from controller.simulator.office import CUSTOMER, Office
from controller.simulator.phones import PhoneCall

TONE = "tone_stream://v=-13;%(200,100,2500);loops=2"


@pytest.fixture
def call(office: Office) -> PhoneCall:
    """1002 talks with the customer."""
    call = office.dial(1002, "9555")
    office.settle(lambda: office.hears(CUSTOMER), "the call")
    return call


@pytest.mark.parametrize(
    ("sound", "long"),
    [
        (TONE, 0.6),
        ("tone_stream://%(250,250,480,620);loops=6", 3.0),
        ("tone_stream://%(10,0,1);loops=-1", None),
    ],
)
def test_tone_lasts_as_long_as_it_says(sound: str, long: float | None) -> None:
    assert seconds(sound) == (None if long is None else pytest.approx(long))


def test_playback_is_heard_by_its_own_leg_alone(office: Office, call: PhoneCall) -> None:
    calls.queue(call.leg, "playback", TONE)
    office.settle(lambda: call.leg.playing, "the tone")
    assert office.hears(1002) == {CUSTOMER: Quality.CLEAR, TONE: Quality.CLEAR}
    assert office.hears(CUSTOMER) == {"1002": Quality.CLEAR}
    office.settle(lambda: not call.leg.playing, "the end")


@pytest.mark.parametrize("how", ["application", "call"])
def test_a_sound_that_is_mixed_in_is_heard_by_its_phone_beside_the_call_until_it_ends(
    office: Office, call: PhoneCall, how: str
) -> None:
    if how == "application":
        calls.queue(call.leg, "displace_session", f"{TONE} m")
    else:
        assert office.switch.call("uuid_displace", f"{call.leg.uuid} start {TONE} 0 m") == "+OK Success\n"
    office.settle(lambda: call.leg.bugs, "the sound")
    assert office.hears(1002) == {CUSTOMER: Quality.CLEAR, TONE: Quality.CLEAR}
    assert office.hears(CUSTOMER) == {"1002": Quality.CLEAR}
    office.settle(lambda: not call.leg.bugs, "the end")
    assert TONE not in office.hears(1002)


@pytest.mark.parametrize(
    ("variable", "heard"),
    [
        ("", {"1002", CUSTOMER}),
        ("eavesdrop_bridge_aleg", {"1002"}),
        ("eavesdrop_bridge_bleg", {CUSTOMER}),
    ],
)
def test_eavesdrop_hears_the_pair_that_it_asks_for_or_both(
    office: Office, call: PhoneCall, variable: str, heard: set[str]
) -> None:
    spy = office.dial(1003, f"spy-{call.leg.uuid}")
    spy.leg.set(variable or "nothing", "true")
    office.settle(lambda: set(office.hears(1003)) == heard, "the eavesdropper to hear")


@pytest.mark.parametrize(("stream", "heard"), [("read", "1002"), ("write", CUSTOMER)])
def test_native_eavesdrop_hears_one_stream(office: Office, call: PhoneCall, stream: str, heard: str) -> None:
    spy = office.dial(1003, "3001")
    office.settle(lambda: spy.leg.conference, "the conference")
    calls.queue(spy.leg, "native_eavesdrop", f"{call.leg.uuid} {stream}")
    office.settle(lambda: office.hears(1003) == {heard: Quality.CLEAR}, "the eavesdropper to hear")


def test_native_eavesdrop_of_another_codec_ends_at_once(office: Office, call: PhoneCall) -> None:
    spy = office.dial(1003, "3001", codec="G722")
    office.settle(lambda: spy.leg.conference, "the conference")
    office.switch.apps["native_eavesdrop"](office.switch, spy.leg, f"{call.leg.uuid} read")
    assert not call.leg.bugs


def test_exported_variable_goes_to_the_legs_that_are_made(office: Office) -> None:
    assert office.switch.call("originate", "loopback/x/whisperpage-end@switch &park()").startswith("-ERR")
    call = office.dial(1002, "3001")
    office.settle(lambda: call.leg.conference, "the conference")
    calls.execute(office.switch, call.leg, "export", "nolocal:mine=1")
    peer, _ = originate.call(office.switch, "sofia/trunk/555@127.0.0.1:6100", call.leg)
    assert peer
    assert peer.text("mine") == "1"
    calls.hang_up(office.switch, peer)


def test_unknown_application_ends_the_call_and_is_remembered(office: Office, call: PhoneCall) -> None:
    calls.queue(call.leg, "fly", "away")
    office.settle(lambda: call.over, "the end")
    assert call.cause == "SERVICE_NOT_IMPLEMENTED"
    assert office.switch.unknown == ["application fly away"]
    office.switch.unknown.clear()


def test_hook_runs_when_the_leg_is_hung_up(office: Office, call: PhoneCall) -> None:
    assert call.leg.link
    far = call.leg.link.peer
    call.leg.set("hangup_after_bridge", "false")
    far.set("api_hangup_hook", f"uuid_setvar {call.leg.uuid} told yes")
    call.leg.set("park_after", "x")
    calls.hang_up(office.switch, far)
    gevent.sleep(0.01)
    assert call.leg.text("told") == "yes"


def test_every_variable_with_the_prefix_runs_when_a_bridge_ends(office: Office, call: PhoneCall) -> None:
    other = office.dial(1003, "3001")
    office.settle(lambda: other.leg.conference, "the conference")
    for number in ("", "_2"):
        call.leg.set(f"api_after_bridge{number}", f"uuid_setvar {other.leg.uuid} ran{number} yes")
    call.hang_up()
    office.settle(lambda: call.over, "the end")
    office.settle(lambda: not call.leg.link, "the bridge's end")
    assert (other.leg.text("ran"), other.leg.text("ran_2")) == ("yes", "yes")


def test_unanswered_group_gives_way_to_the_next(office: Office) -> None:
    office.phone(1003).behaviour = Behaviour(refuses="CALL_REJECTED")
    first, second = (f"sofia/internal/sip:x@127.0.0.1:{port}" for port in (6003, 6005))
    answered, cause = originate.call(office.switch, f"{first}|{second}", None)
    assert (answered and answered.name, cause) == ("sofia/internal/x@127.0.0.1:6005", "SUCCESS")


def test_first_to_answer_has_the_call_and_the_others_lose_it(office: Office) -> None:
    office.phone(1003).behaviour = Behaviour(answers=False)
    both = ",".join(f"sofia/internal/sip:x@127.0.0.1:{port}" for port in (6003, 6005))
    answered, _ = originate.call(office.switch, both, None)
    assert answered
    lost = office.switch.channels.values()
    assert [leg.cause for leg in lost if leg is not answered] == ["LOSE_RACE"]


def test_phone_that_does_not_answer_is_given_up(office: Office) -> None:
    office.phone(1003).behaviour = Behaviour(answers=False)
    dial = "[originate_timeout=1]sofia/internal/sip:x@127.0.0.1:6003"
    assert originate.call(office.switch, dial, None) == (None, "NO_ANSWER")


def test_recording_has_the_voices_that_were_heard_while_it_ran(office: Office, call: PhoneCall) -> None:
    office.switch.call("uuid_record", f"{call.leg.uuid} start /whole.wav")
    call.hold()
    office.switch.call("uuid_record", f"{call.leg.uuid} start /held.wav")
    assert office.switch.recordings == {"/whole.wav": {"1002", CUSTOMER}, "/held.wav": set()}
