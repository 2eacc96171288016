"""The decision on a page, with a row for every situation that the product names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.decision import Intercom, Situation, Whisper, decide, own_phones
from controller.domain.leg import Leg, Registration
from controller.domain.names import UserName
from controller.domain.policy import Accept, Feature, Policy, Rights, WhenNotAccepted
from controller.domain.refusal import Reason, Refusal
from controller.phones.values import Header, Phone, PhoneKind

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
YES = Rights(initiate=True, accept=Accept.ALL)
OPEN = Policy(PAGER, TARGET, whisper=YES, intercom=YES)
DESK_AGENT, SOFT_AGENT = "desk", "soft"
ANSWERS = (Header("Alert-Info", "answer"),)

TALKING = Leg(
    uuid="t",
    user=UserName("1002", "pbx.test"),
    state="CS_EXECUTE",
    call_state="ACTIVE",
    answered=True,
    partner="f",
    read_rate=8000,
    user_agent=DESK_AGENT,
    address="10.0.0.2:5060",
)
FAR = Leg(
    uuid="f", state="CS_EXCHANGE_MEDIA", call_state="ACTIVE", answered=True, partner="t", read_rate=8000
)
DESK = Registration("sofia/internal/sip:1002@10.0.0.2:5060", DESK_AGENT, "10.0.0.2:5060")
SOFT = Registration("sofia/internal/sip:1002@10.0.0.3:5060", SOFT_AGENT, "10.0.0.3:5060")


def recognise(agent: str) -> Phone:
    kind = PhoneKind.DESK if agent == DESK_AGENT else PhoneKind.SOFT
    return Phone(kind, "", ANSWERS if kind is PhoneKind.DESK else ())


def situation(
    *legs: Leg, far: Leg | None = FAR, registrations: tuple[Registration, ...] = (DESK,)
) -> Situation:
    return Situation(
        legs=legs,
        partners={far.uuid: far} if far else {},
        registrations=registrations,
        busy=frozenset(leg.address for leg in legs if leg.talking),
    )


def page(situation: Situation, policy: Policy = OPEN) -> object:
    return decide(Feature.WHISPER, policy, situation, recognise)


def test_target_on_a_call_at_a_desk_phone_gets_a_whisper() -> None:
    assert page(situation(TALKING)) == Whisper(TALKING, FAR)


def test_target_without_a_far_party_gets_a_whisper_too() -> None:
    alone = replace(TALKING, partner="", application="voicemail")
    assert page(situation(alone, far=None)) == Whisper(alone, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"answered": False, "call_state": "RINGING"},
        {"answered": False, "call_state": "EARLY"},
        {"call_state": "HELD"},
        {"state": "CS_HANGUP"},
    ],
)
def test_target_that_is_ringing_dialling_on_hold_or_hanging_up_is_idle(changes: dict[str, object]) -> None:
    assert isinstance(page(situation(replace(TALKING, **changes))), Intercom)


@pytest.mark.parametrize(
    ("own", "far", "reason"),
    [
        ({"conference": True}, {}, Reason.CONFERENCE),
        ({}, {"conference": True}, Reason.CONFERENCE),
        ({"eavesdroppers": 1}, {}, Reason.JOINED),
        ({}, {"eavesdroppers": 1}, Reason.JOINED),
        ({"fax": True}, {}, Reason.FAX),
        ({}, {"fax": True}, Reason.FAX),
        ({"proxied": True}, {}, Reason.MEDIA_ELSEWHERE),
        ({}, {"proxied": True}, Reason.MEDIA_ELSEWHERE),
        ({"bypass": True, "state": "CS_HIBERNATE"}, {}, Reason.MEDIA_ELSEWHERE),
        ({"state": "CS_PARK"}, {}, Reason.NOT_UNDERSTOOD),
        ({"read_rate": 0}, {}, Reason.NOT_UNDERSTOOD),
    ],
)
def test_calls_that_allow_no_whisper_are_refused(
    own: dict[str, object], far: dict[str, object], reason: Reason
) -> None:
    assert page(situation(replace(TALKING, **own), far=replace(FAR, **far))) == Refusal(reason)


DOING = {
    "idle": {"answered": False},
    "in a conference": {"conference": True},
    "listened to by a supervisor": {"eavesdroppers": 1},
    "paging": {"page": "some-page"},
    "sending a fax": {"fax": True},
}


@pytest.mark.parametrize("doing", DOING.values(), ids=DOING)
def test_a_pager_that_is_not_accepted_learns_nothing_about_the_targets_calls(
    doing: dict[str, object],
) -> None:
    no = replace(YES, accept=Accept.NONE)
    refused = page(situation(replace(TALKING, **doing)), replace(OPEN, whisper=no, intercom=no))
    assert refused == Refusal(Reason.NOT_ACCEPTED)


def test_a_bypass_media_call_is_whispered_into_once_its_media_is_brought_back() -> None:
    away = {"bypass": True, "state": "CS_HIBERNATE", "read_rate": 0}
    leg, far = replace(TALKING, **away), replace(FAR, **away)
    assert page(situation(leg, far=far)) == Whisper(leg, far, bypass=True)


def test_target_already_paged_is_refused_as_such_though_the_page_is_also_an_eavesdropper() -> None:
    paged = replace(situation(replace(TALKING, eavesdroppers=2)), paged=frozenset({"t"}))
    assert page(paged) == Refusal(Reason.ALREADY_PAGED)


def test_target_that_is_itself_paging_is_busy() -> None:
    assert page(situation(replace(TALKING, page="some-page"))) == Refusal(Reason.PAGING)


def test_two_calls_at_once_are_refused() -> None:
    assert page(situation(TALKING, replace(TALKING, uuid="u"))) == Refusal(Reason.SEVERAL_CALLS)


def test_one_call_talking_and_one_on_hold_is_a_whisper_to_the_one_that_talks() -> None:
    held = replace(TALKING, uuid="h", call_state="HELD", partner="g")
    assert page(situation(held, TALKING)) == Whisper(TALKING, FAR)


def test_softphone_on_a_call_rings_as_an_ordinary_call() -> None:
    leg = replace(TALKING, user_agent=SOFT_AGENT, address=SOFT.address)
    treatment = page(situation(leg, registrations=(SOFT,)))
    assert isinstance(treatment, Intercom)
    assert not treatment.automatic


def test_phone_that_is_on_a_call_is_never_asked_to_answer_by_itself() -> None:
    treatment = decide(Feature.INTERCOM, OPEN, situation(TALKING), recognise)
    assert isinstance(treatment, Intercom)
    assert [device.headers for group in treatment.groups for device in group] == [()]


def test_desk_phones_are_called_before_softphones() -> None:
    treatment = page(situation(registrations=(SOFT, DESK)))
    assert isinstance(treatment, Intercom)
    assert [[each.registration for each in group] for group in treatment.groups] == [[DESK], [SOFT]]


def test_unknown_target_and_target_without_a_phone_are_refused() -> None:
    assert page(Situation(known=False)) == Refusal(Reason.UNKNOWN_TARGET)
    assert page(situation(registrations=())) == Refusal(Reason.NOT_REGISTERED)


def test_nobody_pages_oneself() -> None:
    assert page(situation(TALKING), replace(OPEN, target=PAGER)) == Refusal(Reason.ONESELF)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (replace(OPEN, whisper=replace(YES, initiate=False)), Reason.NOT_PERMITTED),
        (replace(OPEN, whisper=replace(YES, accept=Accept.NONE)), Reason.NOT_ACCEPTED),
        (replace(OPEN, whisper=replace(YES, accept=Accept.LISTED)), Reason.NOT_ACCEPTED),
        (replace(OPEN, pages_off=True), Reason.PAGES_OFF),
    ],
)
def test_rights_of_a_whisper(policy: Policy, reason: Reason) -> None:
    assert page(situation(TALKING), policy) == Refusal(reason)


def test_accept_list_lets_the_listed_in() -> None:
    listed = replace(YES, accept=Accept.LISTED, listed=True)
    assert isinstance(page(situation(TALKING), replace(OPEN, whisper=listed)), Whisper)


@pytest.mark.parametrize(
    ("rights", "reason"),
    [
        (replace(YES, initiate=False), Reason.NOT_PERMITTED),
        (replace(YES, accept=Accept.NONE), Reason.NOT_ACCEPTED),
    ],
)
def test_a_page_that_becomes_an_intercom_call_needs_the_rights_of_one(rights: Rights, reason: Reason) -> None:
    assert page(situation(), replace(OPEN, intercom=rights)) == Refusal(reason)


def test_group_may_choose_an_ordinary_call_where_a_page_is_not_accepted() -> None:
    policy = replace(OPEN, whisper=replace(YES, accept=Accept.NONE), when_not_accepted=WhenNotAccepted.CALL)
    treatment = page(situation(TALKING), policy)
    assert isinstance(treatment, Intercom)
    assert not treatment.automatic


def test_pages_off_leaves_the_intercom_code_alone() -> None:
    treatment = decide(Feature.INTERCOM, replace(OPEN, pages_off=True), situation(), recognise)
    assert isinstance(treatment, Intercom)


legs = st.builds(
    Leg,
    uuid=st.sampled_from(["t", "u", "v"]),
    state=st.sampled_from(["CS_EXECUTE", "CS_EXCHANGE_MEDIA", "CS_HIBERNATE", "CS_PARK", "CS_HANGUP", ""]),
    call_state=st.sampled_from(["ACTIVE", "HELD", "RINGING", "EARLY", ""]),
    answered=st.booleans(),
    partner=st.sampled_from(["", "f", "g"]),
    read_rate=st.sampled_from([0, 8000, 16000, 48000]),
    user_agent=st.sampled_from([DESK_AGENT, SOFT_AGENT, ""]),
    conference=st.booleans(),
    bypass=st.booleans(),
    proxied=st.booleans(),
    fax=st.booleans(),
    page=st.sampled_from(["", "p"]),
    eavesdroppers=st.integers(0, 2),
)


@given(st.lists(legs, max_size=4), st.dictionaries(st.sampled_from(["f", "g"]), legs), st.booleans())
def test_no_combination_of_legs_gets_a_whisper_against_the_rules(
    own: list[Leg], partners: dict[str, Leg], paged: bool
) -> None:
    random = Situation(
        legs=tuple(own),
        partners=partners,
        paged=frozenset({"t"}) if paged else frozenset(),
        registrations=(DESK,),
    )
    treatment = page(random)
    if isinstance(treatment, Whisper):
        leg, far = treatment.leg, partners.get(treatment.leg.partner)
        assert not paged
        assert not any(each.page for each in own)
        assert sum(each.talking for each in own) == 1
        assert leg.bypass or leg.audible
        assert treatment.bypass is leg.bypass
        assert not leg.held
        assert leg.user_agent == DESK_AGENT
        for each in filter(None, (leg, far)):
            assert not each.conference
            assert not each.eavesdroppers
            assert not each.proxied
            assert not each.fax
            assert each.bypass or not leg.bypass


# -- the pager's own phones, for a click -------------------------------------------------------------------


def rung(*legs: Leg, registrations: tuple[Registration, ...]) -> dict[str, bool]:
    """The phones that ring, and whether each should answer by itself."""

    def both_answer(agent: str) -> Phone:
        return replace(recognise(agent), headers=ANSWERS)

    devices = own_phones(situation(*legs, registrations=registrations), both_answer)
    return {device.registration.user_agent: bool(device.headers) for device in devices}


def test_the_pagers_desk_phone_answers_by_itself_and_its_softphone_rings() -> None:
    assert rung(registrations=(SOFT, DESK)) == {SOFT_AGENT: False, DESK_AGENT: True}


def test_without_a_desk_phone_the_pagers_softphone_answers_by_itself() -> None:
    assert rung(registrations=(SOFT,)) == {SOFT_AGENT: True}


def test_a_phone_on_a_call_that_is_only_claimed_to_be_the_targets_rings() -> None:
    treatment = page(Situation(registrations=(DESK,), busy=frozenset({DESK.address})))
    assert isinstance(treatment, Intercom)
    assert not treatment.automatic


def test_a_pagers_phone_that_is_on_a_call_only_rings() -> None:
    assert rung(TALKING, registrations=(DESK,)) == {DESK_AGENT: False}
    assert rung(TALKING, registrations=(DESK, SOFT)) == {DESK_AGENT: False, SOFT_AGENT: True}


def test_a_pager_without_a_phone_has_none_to_ring() -> None:
    assert rung(registrations=()) == {}
