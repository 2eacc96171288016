"""Explanations of decisions in words."""

from __future__ import annotations

from dataclasses import replace

from controller.domain.decision import Device, Intercom, Judgement, Situation, Whisper
from controller.domain.explain import outcome, reasons
from controller.domain.leg import Leg, Registration
from controller.domain.names import UserName
from controller.domain.policy import Accept, Level, Policy, Rights, Source
from controller.domain.refusal import Reason, Refusal
from controller.phones.values import Phone, PhoneKind, PhoneRule

RULE = PhoneRule(40, "Yealink*", "Yealink", PhoneKind.DESK)
PHONE = Phone(PhoneKind.DESK, "Yealink", (), RULE)
LEG = Leg(
    uuid="t-1",
    state="CS_EXECUTE",
    call_state="ACTIVE",
    partner="f-1",
    user_agent="Yealink SIP",
    read_rate=8000,
)
REGISTERED = Registration("sofia/internal/sip:1002@10.0.0.2", "Yealink SIP", "10.0.0.2:5060")
DESK = Source(Level.GROUP, "desk")
POLICY = Policy(
    UserName("1001", "pbx.test"),
    UserName("1002", "pbx.test"),
    pager_known=True,
    whisper=Rights(True, DESK, Accept.LISTED, Source(Level.USER, "sales"), listed=True),
)


def told(judgement: Judgement) -> dict[str, str]:
    return dict(reasons(judgement))


def whispering(leg: Leg = LEG) -> Judgement:
    situation = Situation(legs=(leg,), registrations=(REGISTERED,))
    return Judgement(Whisper(leg, None), POLICY, situation, {"Yealink SIP": PHONE})


def test_rights_are_shown_with_their_sources() -> None:
    found = told(whispering())
    assert found["pager"] == "1001@pbx.test, known in SQL"
    assert found["target"] == "1002@pbx.test, not known in SQL"
    assert found["whisper: may initiate"] == "yes (group desk)"
    assert found["whisper: accepts"] == "listed (user), and the pager is"
    assert found["intercom: accepts"] == "none (group default)"


def test_legs_and_phones_are_shown_with_their_rules() -> None:
    found = told(whispering())
    assert found["leg t-1"] == (
        "active, CS_EXECUTE with f-1; Yealink SIP: Yealink desk phone by rule 40 'Yealink*'"
    )
    assert found["registered"] == "Yealink SIP at 10.0.0.2:5060: Yealink desk phone by rule 40 'Yealink*'"
    assert found["so"] == "a whisper on leg t-1 at 8000 Hz"


def test_the_obstacles_of_a_leg_are_shown() -> None:
    found = told(whispering(replace(LEG, conference=True, eavesdroppers=2, page="p")))
    assert "conference, 2 listening in, paging somebody" in found["leg t-1"]


def test_a_refusal_is_shown_with_its_code_and_cause() -> None:
    refused = Judgement(Refusal(Reason.CONFERENCE), POLICY, Situation())
    found = told(refused)
    assert found["legs"] == "none: the target is idle"
    assert found["registered"] == "no phone"
    assert found["so"] == (
        "refused, conference: the target is in a conference; the pager's phone is told USER_BUSY"
    )


def test_an_unknown_target_and_trouble_are_shown() -> None:
    assert "directory" in told(Judgement(Refusal(Reason.UNKNOWN_TARGET), POLICY, Situation(known=False)))
    assert told(Judgement(Refusal(Reason.STORE_TROUBLE), trouble="it is locked"))["trouble"] == "it is locked"


def test_a_call_names_the_phones_in_order() -> None:
    soft = Phone(PhoneKind.SOFT, "", ())
    groups = ((Device(REGISTERED, PHONE, ()),), (Device(REGISTERED, soft, ()),))
    found = told(Judgement(Intercom(groups, automatic=False)))
    assert (
        found["so"] == "a call to the target's Yealink desk phone, then soft phone, ringing as for any call"
    )


def test_the_outcome_is_one_word() -> None:
    assert outcome(Whisper(LEG, None)) == "whisper"
    assert outcome(Intercom((), automatic=True)) == "intercom"
    assert outcome(Intercom((), automatic=False)) == "call"
    assert outcome(Refusal(Reason.JOINED)) == "refused"
