"""P3, P4 and the decisions: the phones of a target that are called, and how they ring."""

from __future__ import annotations

from controller.laboratory.office import SIP_PORT
from tests.live.office import Office, wait_for
from tests.live.sipphone import Phone

SOFTPHONE = "Zoiper v2.10.20.4_1"


def test_softphone_is_not_rung_while_a_desk_phone_answers(office: Office) -> None:
    with Phone(SIP_PORT, "1002", "pw1002", SOFTPHONE).registered() as softphone:
        assert office.answer_of(office.dial("*191002")).startswith("+OK")
        assert softphone.invite(0.5) == ""
        assert office.last_attempt(treatment="intercom")


def test_every_desk_phone_is_asked_to_answer_in_its_own_way(office: Office) -> None:
    with Phone(SIP_PORT, "1002", "pw1002").registered() as second:
        assert office.answer_of(office.dial("*191002")).startswith("+OK")
        invite = second.invite(3)
        assert "Call-Info: <sip:pbx.test>;answer-after=0" in invite
        assert 'info="Auto Answer"' not in invite


def test_target_on_a_call_at_one_of_its_phones_is_whispered_to_there(office: Office) -> None:
    office.target_calls()
    with Phone(SIP_PORT, "1002", "pw1002", SOFTPHONE).registered() as softphone:
        office.page()
        assert softphone.invite(0.5) == ""


def test_phone_on_a_call_is_rung_without_being_asked_to_answer(office: Office) -> None:
    office.target_calls()
    with Phone(SIP_PORT, "1002", "pw1002").registered() as second:
        office.dial("*151002")
        assert "answer-after=0" in second.invite(3)
        legs = wait_for(lambda: office.phone_legs(1002), "the phone on the call to be rung")
        assert not {"variable_alert_info", "variable_sip_call_info"} & legs[-1].keys()


def test_ringing_target_counts_as_idle_and_is_asked_to_answer(office: Office) -> None:
    with Phone(SIP_PORT, "1007", "pw1007").registered() as phone:
        office.dial("1007", extension=1003, name="first")
        assert "answer-after" not in phone.invite(3)
        wait_for(lambda: office.lab.channels(presence_id="1007@"), "the ringing leg")
        office.dial("*191007")
        assert "answer-after=0" in phone.invite(3)
    assert office.last_attempt(treatment="intercom")["target"] == "1007@pbx.test"


def test_nobody_answers_the_intercom_call(office: Office) -> None:
    with Phone(SIP_PORT, "1007", "pw1007").registered() as phone:
        leg = office.dial("*151007")
        assert phone.invite(3)
        office.lab.phone_switch.api(f"uuid_kill {leg}")
        assert office.last_attempt(ending="unanswered")["treatment"] == "intercom"
