"""Messages: the target hears a sound in place of a pager, in its call or by its idle phone (M1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.domain.message import Message, Result
from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.paging.messages import Sending
from controller.simulator.media import Quality
from tests.contract.office import PAGE_TONE, SimulatedOffice
from tests.contract.rig import station

SOUND = "ivr/visitor.wav"
LOBBY, ANNA, BERT = (UserName(each, "pbx.test") for each in ("lobby", "1002", "1003"))
CALL = {"1002": {"customer"}, "customer": {"1002"}}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SimulatedOffice]:
    with closing(SimulatedOffice(tmp_path)) as office:
        office.office.switch.lengths[SOUND] = 10.0
        yield office


def send(office: SimulatedOffice, target: UserName = ANNA) -> PageRecord:
    assert office.controller
    by = station(office.controller)
    there = office.office.switch.channels
    office.wait(lambda: all(uuid in by.legs for uuid in there), "the controller to know every leg")
    office.clock.sleep(0.1)  # and what they do
    sent = by.messages.send(Sending(LOBBY, target, Message("visitor", sound=SOUND)))
    assert isinstance(sent, PageRecord)
    return sent


def says(office: SimulatedOffice, to: str = "1002") -> bool:
    return SOUND in office.office.hears(to)


def told(office: SimulatedOffice) -> object:
    """Send a message to 1002, which is on a call, and wait until it hears the sound; return its call."""
    call = office.target_calls()
    assert send(office).treatment == "whisper"
    office.wait(lambda: says(office), "the sound")
    return call


def ended(office: SimulatedOffice, **wanted: str) -> None:
    office.attempt(**wanted)
    office.wait(lambda: not office.legs("loopback/") and not office.legs("null/"), "no leg of it to be left")


def counted(office: SimulatedOffice) -> dict[Result, int]:
    """What the present controller has counted of messages."""
    assert office.controller
    counts = station(office.controller).metrics.messages
    return {result: count for result, count in counts.items() if count}


def goes_on(office: SimulatedOffice) -> None:
    office.wait(office.call_goes_on, "the call to go on")
    leg = office.office.switch.channels[office.leg("1002")]
    office.wait(lambda: not leg.meta, "the keys to be the call's again")


@pytest.mark.parametrize("codec", ["PCMU", "G722", "OPUS"])
def test_target_hears_the_message_and_its_call_and_the_far_party_hears_no_message(
    office: SimulatedOffice, codec: str
) -> None:
    office.codecs = {"1002": codec}
    told(office)
    assert SOUND not in office.office.hears("customer")
    near = [row for row in office.legs("loopback/") if row["name"].endswith("-a")]
    assert {row["write_rate"] for row in near} == {{"PCMU": "8000", "G722": "16000", "OPUS": "32000"}[codec]}
    assert len(office.legs("loopback/")) == 2
    assert not office.legs("null/")
    assert office.bugs(office.leg("1002")) == 1
    assert office.finish() == CALL


def test_message_is_heard_to_the_end_and_the_call_goes_on(office: SimulatedOffice) -> None:
    told(office)
    ended(office, treatment="whisper", ending="heard", message="visitor")
    goes_on(office)
    assert office.beeps("1002", (PAGE_TONE,)) == [PAGE_TONE]


def test_nobody_but_the_target_hears_the_tone(office: SimulatedOffice) -> None:
    told(office)
    assert office.beeps("customer", (PAGE_TONE,)) == []


@pytest.mark.parametrize(
    ("keys", "ending", "reply"),
    [("*1", "replied", "I am coming"), ("*3", "declined", "I cannot"), ("*6", "stopped", None)],
)
@pytest.mark.parametrize("seconds", [0.5, 12.0])
def test_target_replies_by_a_key_while_it_hears_the_message_and_for_a_while_after_it(
    office: SimulatedOffice, keys: str, ending: str, reply: str | None, seconds: float
) -> None:
    office.office.switch.tempo = 1
    call = told(office)
    office.wait(lambda: keyed(office), "the keys")
    office.clock.sleep(seconds)
    office.press(call, keys)
    heard = seconds > 10 and ending == "stopped"  # what was said to the end was heard
    ended(office, ending="heard" if heard else ending, reply=reply)  # type: ignore[arg-type]
    goes_on(office)


def keyed(office: SimulatedOffice) -> bool:
    return len(office.office.switch.channels[office.leg("1002")].meta) >= 4


def test_message_to_an_idle_target_is_an_intercom_call_that_plays_it(office: SimulatedOffice) -> None:
    assert send(office, BERT).treatment == "intercom"
    office.wait(lambda: says(office, "1003"), "the sound")
    assert office.finish() == {"1003": set()}
    ended(office, treatment="intercom")


def test_message_to_an_idle_target_is_heard_to_the_end(office: SimulatedOffice) -> None:
    send(office, BERT)
    ended(office, treatment="intercom", ending="heard", message="visitor")
    office.wait(lambda: not office.legs(), "the call to be over")


@pytest.mark.parametrize(
    ("keys", "ending", "reply"),
    [("*2", "replied", "five minutes"), ("*3", "declined", "I cannot"), ("*6", "stopped", None)],
)
def test_idle_target_replies_by_a_key(
    office: SimulatedOffice, keys: str, ending: str, reply: str | None
) -> None:
    send(office, BERT)
    office.wait(lambda: says(office, "1003"), "the sound")
    office.press(office.got("1003"), keys)
    ended(office, treatment="intercom", ending=ending, reply=reply)  # type: ignore[arg-type]
    office.wait(lambda: not office.legs(), "the call to be over")


def test_idle_target_that_hangs_up_has_missed_it(office: SimulatedOffice) -> None:
    send(office, BERT)
    office.wait(lambda: says(office, "1003"), "the sound")
    office.hang_up(office.got("1003"))
    ended(office, treatment="intercom", ending="target_hung_up")


def test_target_in_a_conference_gets_no_message(office: SimulatedOffice) -> None:
    office.call("1002", "3000")
    sent = send(office)
    assert (sent.treatment, sent.reason) == ("refused", "conference")
    ended(office, treatment="refused", reason="conference")


def test_second_message_at_once_is_refused(office: SimulatedOffice) -> None:
    told(office)
    assert send(office).reason == "already_paged"
    ended(office, ending="refused")


def test_sound_that_is_not_there_ends_it_at_once(office: SimulatedOffice) -> None:
    office.office.switch.missing.add(SOUND)
    office.target_calls()
    send(office)
    ended(office, treatment="whisper", ending="failed")
    goes_on(office)


@pytest.mark.parametrize("codec", ["PCMU", "G722"])
def test_controller_that_comes_back_takes_a_message_over(office: SimulatedOffice, codec: str) -> None:
    office.codecs = {"1002": codec}
    call = told(office)
    office.wait(lambda: keyed(office), "the keys")
    office.kill_controller()
    office.start_controller()
    office.press(call, "*2")
    ended(office, treatment="whisper", ending="replied", reply="five minutes")
    assert counted(office) == {Result.REPLIED: 1}
    goes_on(office)


def test_controller_that_comes_after_the_sound_knows_that_it_was_heard(office: SimulatedOffice) -> None:
    office.office.switch.tempo = 1
    told(office)
    office.clock.sleep(11.0)
    office.kill_controller()
    office.start_controller()
    ended(office, treatment="whisper", ending="heard")


def test_controller_that_comes_back_takes_a_message_to_an_idle_target_over(office: SimulatedOffice) -> None:
    send(office, BERT)
    office.wait(lambda: says(office, "1003"), "the sound")
    office.kill_controller()
    office.start_controller()
    office.press(office.got("1003"), "*1")
    ended(office, treatment="intercom", ending="replied", reply="I am coming")
    assert counted(office) == {Result.REPLIED: 1}


def test_message_without_a_controller_ends_by_itself(office: SimulatedOffice) -> None:
    told(office)
    office.kill_controller()
    office.wait(lambda: not office.legs("loopback/"), "the message to be over")
    office.wait(office.call_goes_on, "the call to go on")
    office.start_controller()


@pytest.mark.parametrize("target", [ANNA, BERT])
def test_second_controller_follows_a_message_and_there_is_one_row(
    office: SimulatedOffice, target: UserName
) -> None:
    second = office.rig.start()
    office.target_calls()
    send(office, target)
    office.wait(lambda: station(second).live.all(), "the second controller to follow")
    ended(office, ending="heard")
    office.wait(lambda: not station(second).live.all(), "its end there")
    assert len(office.rig.attempts()) == 1


def test_message_can_be_ended_by_its_id(office: SimulatedOffice) -> None:
    office.target_calls()
    sent = send(office)
    office.wait(lambda: says(office), "the sound")
    assert office.controller
    assert station(office.controller).control.end(sent.page_id)
    ended(office, ending="stopped")
    goes_on(office)


@pytest.mark.parametrize("codec", ["PCMU", "G722"])
def test_bypass_media_call_goes_past_the_switch_again_after_a_message(
    office: SimulatedOffice, codec: str
) -> None:
    office.codecs = {"1002": codec}
    office.call("1002", "8555")
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass")
    send(office)
    ended(office, treatment="whisper", ending="heard")
    office.wait(lambda: office.state("1002") == "CS_HIBERNATE", "the bypass again", 10)


def test_target_that_gets_a_codec_of_a_higher_rate_hears_the_message_on(office: SimulatedOffice) -> None:
    office.office.switch.tempo = 1
    call = told(office)
    office.clock.sleep(1)
    call.recode("G722")  # type: ignore[attr-defined]
    office.wait(lambda: office.office.hears("1002").get(SOUND) is Quality.CLEAR, "the sound again")
    ended(office, treatment="whisper", ending="heard")


def test_message_ends_with_no_controller_alive_if_its_target_is_transferred(office: SimulatedOffice) -> None:
    office.office.switch.tempo = 1
    told(office)
    office.kill_controller()
    office.wire.api(f"uuid_transfer {office.leg('1002')} 9555 XML default")
    office.wait(lambda: not office.legs("loopback/"), "the message to be gone", 2)
    office.wait(office.call_goes_on, "the new call")
    office.start_controller()


@pytest.mark.parametrize("end", ["-a", "-b"])
def test_message_ends_with_no_controller_alive_if_somebody_bridges_a_leg_of_it(
    office: SimulatedOffice, end: str
) -> None:
    office.office.switch.tempo = 1
    told(office)
    office.call("1003", "9201")
    office.kill_controller()
    [own] = [row["uuid"] for row in office.legs("loopback/") if row["name"].endswith(end)]
    office.wire.api(f"uuid_bridge {office.leg('1003')} {own}")
    office.wait(lambda: not office.legs("loopback/"), "the message to be gone", 2)
    office.wait(office.call_goes_on, "the call to go on")
    office.start_controller()


def test_idle_targets_hold_has_no_effect(office: SimulatedOffice) -> None:
    send(office, BERT)
    office.wait(lambda: says(office, "1003"), "the sound")
    office.hold(office.got("1003"))
    assert says(office, "1003")
    ended(office, treatment="intercom", ending="heard")


def test_idle_target_whose_leg_somebody_bridges_ends_the_message(office: SimulatedOffice) -> None:
    send(office, BERT)
    office.wait(lambda: says(office, "1003"), "the sound")
    office.call("1004", "9201")
    office.kill_controller()
    office.wire.api(f"uuid_bridge {office.leg('1004')} {office.leg('1003')}")
    office.wait(lambda: not office.legs("1003"), "its leg to be gone", 2)
    office.start_controller()


# -- lamps -------------------------------------------------------------------------------------------------


def test_lamp_of_a_page_is_lit_while_a_message_is_in_a_call(office: SimulatedOffice) -> None:
    key = office.watch("1002", "whisper+1002")
    muted = office.watch("1002", "whispermute+1002")
    told(office)
    office.wait(lambda: key.lit, "the lamp to be lit")
    late = office.watch("1003", "whisper+1002")
    office.wait(lambda: late.lit, "the lamp of another phone to be lit at once")
    ended(office, ending="heard")
    office.wait(lambda: key.lit is late.lit is False, "the lamps to be dark")
    assert muted.lit is False


def test_lamp_of_a_message_is_right_after_a_controllers_death(office: SimulatedOffice) -> None:
    key = office.watch("1002", "whisper+1002")
    told(office)
    office.wait(lambda: key.lit, "the lamp to be lit")
    office.kill_controller()
    office.wait(lambda: not office.legs("loopback/"), "the message to be over")
    assert key.lit
    office.start_controller()
    office.wait(lambda: key.lit is False, "the lamp to be dark")


def test_lamp_stays_dark_while_an_idle_target_hears_a_message(office: SimulatedOffice) -> None:
    key = office.watch("1003", "whisper+1003")
    office.wait(lambda: key.lit is False, "the lamp to be dark at first")
    send(office, BERT)
    office.wait(lambda: says(office, "1003"), "the sound")
    ended(office, treatment="intercom", ending="heard")
    assert not any(key.told)
