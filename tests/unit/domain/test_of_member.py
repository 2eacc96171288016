"""What becomes of a member of a page group, by the decision on a page to it alone."""

from __future__ import annotations

from controller.domain.decision import Device, Group, Intercom, Whisper, of_member
from controller.domain.leg import Leg, Registration
from controller.domain.refusal import Reason, Refusal
from controller.phones.values import Header, Phone, PhoneKind

ANSWERS = Device(Registration("sofia/internal/sip:1@h"), Phone(PhoneKind.DESK, "A", ()), (Header("A", "b"),))
RINGS = Device(Registration("sofia/internal/sip:2@h"), Phone(PhoneKind.SOFT, "B", ()), ())
LEG = Leg("leg-1")


def test_member_on_a_call_is_whispered_to() -> None:
    assert of_member(Whisper(LEG, None)) == Whisper(LEG, None)


def test_only_phones_that_answer_by_themselves_are_called() -> None:
    decision = Intercom(((RINGS,), (RINGS, ANSWERS)), automatic=True)
    assert of_member(decision) == Intercom(((ANSWERS,),), automatic=True)


def test_member_whose_phones_only_ring_is_left_out() -> None:
    assert of_member(Intercom(((RINGS,),), automatic=False)) == Refusal(Reason.NOT_AUTOMATIC)


def test_member_on_another_switch_is_reached_there() -> None:
    assert of_member(Whisper(LEG, None, switch="west")) == Whisper(LEG, None, switch="west")
    decision = Intercom(((RINGS, ANSWERS),), automatic=True, switch="west")
    assert of_member(decision) == Intercom(((ANSWERS,),), automatic=True, switch="west")


def test_refusal_of_a_member_is_its_own_and_a_group_is_no_member() -> None:
    assert of_member(Refusal(Reason.FAX)) == Refusal(Reason.FAX)
    assert of_member(Group(())) == Refusal(Reason.UNKNOWN_TARGET)
