"""P3, P4: the treatment of a page when a whisper is not possible."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.live.levels import page_tone_is_heard_once
from tests.live.office import PLAIN, SIP_PORT, Office, wait_for
from tests.live.sipphone import Phone


def talks(office: Office) -> None:
    time.sleep(2.2)  # the time that is recorded and measured
    office.lab.hang_up_all()
    assert abs(office.lab.hears("in-1002-*")["1001"] - PLAIN) < 6
    assert abs(office.lab.hears("pager")["1002"] - PLAIN) < 6
    page_tone_is_heard_once(office, "in-1002-*")
    page_tone_is_heard_once(office, "pager")


@pytest.mark.parametrize("code", ["*19", "*15"])
def test_idle_target_answers_by_itself_and_both_talk(office: Office, code: str) -> None:
    leg = office.dial(f"{code}1002")
    assert office.answer_of(leg).startswith("+OK")
    dump = wait_for(lambda: office.phone_legs(1002), "the phone to be rung")[-1]
    assert dump["variable_alert_info"] == '<http://pbx.test>;info="Auto Answer"'
    talks(office)
    assert office.last_attempt(treatment="intercom")["ending"]


def test_target_on_hold_counts_as_idle(office: Office) -> None:
    phone = office.lab.dial(1002, "9555", "target", wait=0.5)
    office.lab.phone_switch.api(f"uuid_hold {phone}")
    wait_for(lambda: office.lab.channels(presence_id="1002@")[0]["callstate"] == "HELD", "the hold")
    assert office.answer_of(office.dial("*191002")).startswith("+OK")
    assert office.last_attempt(treatment="intercom")


def test_softphone_on_a_call_just_rings(office: Office) -> None:
    office.target_calls(target=1004)
    assert office.answer_of(office.dial("*191004")).startswith("+OK")
    dump = wait_for(lambda: office.phone_legs(1004), "the phone to be rung")[-1]
    assert not {"variable_alert_info", "variable_sip_call_info"} & dump.keys()
    office.last_attempt(treatment="call")


def test_prompt_collects_the_extension(office: Office) -> None:
    office.target_calls()
    leg = office.dial("*19")
    assert office.answer_of(leg).startswith("+OK")
    time.sleep(0.5)  # a person listens to the dial tone before the first digit
    office.lab.phone_switch.api(f"uuid_send_dtmf {leg} 1002#")
    wait_for(office.whispering, "the page")


def test_pager_gets_the_status_of_the_cause_and_not_that_of_the_targets_phone(office: Office) -> None:
    """403 means CALL_REJECTED, which is 603 for the pager (hangup_cause_to_sip, mod_sofia.c)."""
    office.whisperpage("users", "add", "1007@pbx.test")
    with Phone(SIP_PORT, "1007", "pw1007").registered() as ringer, ThreadPoolExecutor() as beside:
        refusing = beside.submit(ringer.invite, answer="403 Forbidden")
        status = Phone(SIP_PORT, "1001", "pw1001").ask("INVITE", "*151007")
        assert refusing.result()
    assert status == 603
    office.last_attempt(treatment="intercom", ending="unanswered")
