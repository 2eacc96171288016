"""The decision on a reverse page, with a row for every situation that the product names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.domain.decision import Device, Reverse, Situation
from controller.domain.leg import Leg
from controller.domain.names import UserName
from controller.domain.policy import Accept, Policy, Rights, WhenNotAccepted
from controller.domain.refusal import Reason, Refusal
from controller.domain.reverse import decide_reverse
from tests.unit.domain.test_decision import ANSWERS, DESK, FAR, PAGER, SOFT, TALKING, TARGET, YES, recognise

#: The rights of an intercom call, and none for whisper pages.
OPEN = Policy(PAGER, TARGET, intercom=YES)
OWN = Situation(legs=(TALKING,), partners={"f": FAR}, busy=frozenset({TALKING.address}))
IDLE = Situation(registrations=(DESK, SOFT))
MADE = Reverse(TALKING, FAR, devices=(Device(DESK, recognise(DESK.user_agent), ANSWERS),))


def page(policy: Policy = OPEN, own: Situation = OWN, target: Situation = IDLE, **more: bool) -> object:
    return decide_reverse(policy, own, target, recognise, **more)


def own(*legs: Leg, far: Leg | None = FAR, **more: object) -> Situation:
    partners = {far.uuid: far} if far else {}
    return replace(OWN, legs=legs, partners=partners, **more)  # type: ignore[arg-type]  # of a test's row


def test_pager_on_a_call_gets_the_phones_of_the_target_that_answer_by_themselves() -> None:
    assert page() == MADE


def test_bypass_media_call_is_one_whose_media_must_come_back() -> None:
    elsewhere = {"bypass": True, "state": "CS_HIBERNATE"}
    decided = page(own=own(replace(TALKING, **elsewhere), far=replace(FAR, **elsewhere)))
    assert isinstance(decided, Reverse)
    assert decided.bypass


def test_phone_of_the_target_that_has_answered_is_not_asked_for() -> None:
    assert page(target=Situation(), answered=True) == replace(MADE, devices=())


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (replace(OPEN, target=PAGER), Reason.ONESELF),
        (replace(OPEN, target=UserName("1002", "other.test")), Reason.OTHER_DOMAIN),
        (replace(OPEN, whisper=YES, intercom=Rights(accept=Accept.ALL)), Reason.NOT_PERMITTED),
        (replace(OPEN, whisper=YES, intercom=Rights(initiate=True)), Reason.NOT_ACCEPTED),
        (
            replace(OPEN, intercom=Rights(initiate=True), when_not_accepted=WhenNotAccepted.CALL),
            Reason.NOT_ACCEPTED,
        ),
    ],
)
def test_rights_are_those_of_an_intercom_call(policy: Policy, reason: Reason) -> None:
    assert page(policy) == Refusal(reason)


def test_pages_that_are_off_are_no_reason_for_an_intercom_is_none() -> None:
    assert page(replace(OPEN, pages_off=True)) == MADE


@pytest.mark.parametrize(
    ("pager", "reason"),
    [
        (own(), Reason.PAGER_IDLE),
        (own(replace(TALKING, answered=False)), Reason.PAGER_IDLE),
        (own(replace(TALKING, call_state="HELD")), Reason.PAGER_IDLE),
        (own(replace(TALKING, partner=""), far=None), Reason.PAGER_IDLE),
        (own(replace(TALKING, conference=True)), Reason.PAGER_CONFERENCE),
        (own(TALKING, far=replace(FAR, conference=True)), Reason.PAGER_CONFERENCE),
        (own(replace(TALKING, eavesdroppers=1)), Reason.PAGER_JOINED),
        (own(TALKING, paged=frozenset({"t"})), Reason.PAGER_PAGED),
        (own(replace(TALKING, page="another")), Reason.PAGER_PAGED),
        (own(TALKING, replace(TALKING, uuid="u")), Reason.PAGER_SEVERAL_CALLS),
        (own(replace(TALKING, fax=True)), Reason.PAGER_UNFIT),
        (own(replace(TALKING, proxied=True)), Reason.PAGER_UNFIT),
        (own(replace(TALKING, state="CS_PARK")), Reason.PAGER_UNFIT),
        (own(TALKING, through=((replace(TALKING, conference=True), None),)), Reason.PAGER_CONFERENCE),
        (replace(OWN, known=False), Reason.UNKNOWN_PAGER),
        (replace(OWN, away="beta"), Reason.SWITCH_AWAY),
    ],
)
@pytest.mark.parametrize("answered", [False, True])
def test_pager_must_be_on_exactly_one_plain_call(pager: Situation, reason: Reason, answered: bool) -> None:
    decided = page(own=pager, answered=answered)
    assert isinstance(decided, Refusal)
    assert decided.reason is reason


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (replace(IDLE, known=False), Reason.UNKNOWN_TARGET),
        (replace(IDLE, away="beta"), Reason.SWITCH_AWAY),
        (replace(IDLE, legs=(TALKING,)), Reason.TARGET_ON_CALL),
        (replace(IDLE, legs=(replace(TALKING, page="another"),)), Reason.PAGING),
        (replace(IDLE, registrations=()), Reason.NOT_REGISTERED),
        (replace(IDLE, registrations=(SOFT,)), Reason.NO_AUTO_ANSWER),
        (replace(IDLE, busy=frozenset({DESK.address})), Reason.NO_AUTO_ANSWER),
    ],
)
def test_target_must_be_idle_with_a_phone_that_answers_by_itself(target: Situation, reason: Reason) -> None:
    decided = page(target=target)
    assert isinstance(decided, Refusal)
    assert decided.reason is reason


def test_target_that_does_not_accept_is_the_reason_whatever_anybody_does() -> None:
    refusing = replace(OPEN, intercom=Rights(initiate=True))
    assert page(refusing, own(), replace(IDLE, legs=(TALKING,))) == Refusal(Reason.NOT_ACCEPTED)


def test_phone_of_a_target_whose_call_is_on_hold_is_called_as_for_an_intercom() -> None:
    holding = replace(TALKING, call_state="HELD")
    assert page(target=replace(IDLE, legs=(holding,))) == MADE
