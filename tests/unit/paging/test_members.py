"""The verdicts on the members of a page group: the settings of all at once, the state of each anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from controller.domain.decision import ForOne, Intercom, Judgement, Situation, Whisper
from controller.domain.leg import Leg, Registration
from controller.domain.names import UserName
from controller.domain.policy import Accept, Feature, Policy, Rights, WhenNotAccepted
from controller.domain.refusal import Reason, Refusal
from controller.errors import SwitchTrouble
from controller.paging.deciding import TRIES
from controller.paging.members import MemberVerdicts
from controller.phones.values import PhoneKind, PhoneRule

PAGER = UserName("1001", "pbx.test")
ANNA, BERT, CARA = (UserName(each, "pbx.test") for each in ("1002", "1003", "1004"))
YES = Rights(initiate=True, accept=Accept.ALL)
RULES = (PhoneRule(1, "Yealink*", "Yealink", PhoneKind.DESK, ()),)
TALKING = Leg("l1", ANNA, state="CS_EXECUTE", answered=True, read_rate=8000, user_agent="Yealink")


class Asked:
    """The switches and the store, which keep what they were asked."""

    def __init__(self, situations: Mapping[UserName, Situation | Exception], **policy: object) -> None:
        self.situations, self.policy = situations, policy
        self.asked: list[UserName] = []
        self.judged: list[UserName] = []
        self.reads = 0
        self.changes = 0

    def situation(self, user: UserName) -> Situation:
        self.asked.append(user)
        found = self.situations[user]
        if isinstance(found, Exception):
            raise found
        return found

    def policies(
        self, pager: UserName, targets: Sequence[UserName]
    ) -> tuple[Mapping[UserName, Policy], tuple[PhoneRule, ...]]:
        self.reads += 1
        rights = {"whisper": YES, "intercom": YES} | self.policy
        return {each: Policy(pager, each, **rights) for each in targets}, RULES  # type: ignore[arg-type]

    def holds(self, treatment: Whisper | Intercom, target: UserName) -> bool:
        self.changes -= 1
        return self.changes < 0

    def judge(self, feature: Feature, pager: UserName, target: UserName) -> Judgement:
        self.judged.append(target)
        return Judgement(Refusal(Reason.PAGES_OFF))

    def of(self, *members: UserName) -> Mapping[UserName, Whisper | Intercom | Refusal]:
        return MemberVerdicts(self, self.policies, self, PhoneKind.SOFT).of(PAGER, members)

    def now(self, verdict: ForOne, *, aged: bool = False) -> ForOne:
        return MemberVerdicts(self, self.policies, self, PhoneKind.SOFT).now(PAGER, ANNA, verdict, aged=aged)


def test_settings_of_all_members_are_read_once_and_each_state_is_asked_for() -> None:
    asked = Asked({ANNA: Situation(legs=(TALKING,)), BERT: Situation(known=False), CARA: Situation()})
    assert asked.of(ANNA, BERT, CARA) == {
        ANNA: Whisper(TALKING, None),
        BERT: Refusal(Reason.UNKNOWN_TARGET),
        CARA: Refusal(Reason.NOT_REGISTERED),
    }
    assert (asked.reads, asked.asked) == (1, [ANNA, BERT, CARA])


def test_switch_is_not_asked_for_a_pager_that_may_not_page() -> None:
    asked = Asked({}, whisper=Rights(), intercom=Rights())
    assert asked.of(ANNA) == {ANNA: Refusal(Reason.NOT_PERMITTED)}
    assert asked.asked == []


def test_ordinary_call_in_place_of_a_page_is_not_made() -> None:
    phone = Registration("sofia/internal/sip:1002@h", "Yealink")
    nobody = Rights(initiate=True)
    asked = Asked(
        {ANNA: Situation(registrations=(phone,))},
        whisper=nobody,
        intercom=nobody,
        when_not_accepted=WhenNotAccepted.CALL,
    )
    assert asked.of(ANNA) == {ANNA: Refusal(Reason.NOT_ACCEPTED)}


def test_alias_stands_for_its_user_and_is_judged_by_its_settings() -> None:
    asked = Asked({ANNA: Situation(name=BERT, legs=(TALKING,))})
    assert asked.of(ANNA) == {BERT: Refusal(Reason.PAGES_OFF)}


@pytest.mark.parametrize("members", [(ANNA, CARA), (CARA, ANNA)])
def test_user_that_is_a_member_by_its_alias_too_is_one(members: tuple[UserName, ...]) -> None:
    whole = Situation(name=ANNA, legs=(TALKING,))
    assert Asked({ANNA: whole, CARA: whole}).of(*members) == {ANNA: Whisper(TALKING, None)}


def test_user_with_two_aliases_is_one_and_the_pager_is_none() -> None:
    asked = Asked({BERT: Situation(name=ANNA), CARA: Situation(name=ANNA)})
    assert asked.of(BERT, CARA) == {ANNA: Refusal(Reason.PAGES_OFF)}
    assert asked.judged == [ANNA]
    assert Asked({BERT: Situation(name=PAGER)}).of(BERT) == {}


def test_verdict_that_holds_is_not_taken_anew_unless_it_is_old() -> None:
    asked = Asked({ANNA: Situation(legs=(TALKING,))})
    idle = Intercom((), automatic=True)
    assert asked.now(idle) is idle
    assert asked.now(Refusal(Reason.CONFERENCE)) == Refusal(Reason.CONFERENCE)
    assert asked.asked == []
    assert asked.now(idle, aged=True) == Whisper(TALKING, None)


def test_verdict_that_holds_no_more_is_taken_anew() -> None:
    asked = Asked({ANNA: Situation(legs=(TALKING,))})
    asked.changes = 1
    assert asked.now(Intercom((), automatic=True)) == Whisper(TALKING, None)
    assert asked.asked == [ANNA]


def test_member_whose_calls_change_all_the_time_is_left_out() -> None:
    asked = Asked({ANNA: Situation(legs=(TALKING,))})
    asked.changes = 100
    assert asked.now(Intercom((), automatic=True)) == Refusal(Reason.CALL_CHANGED)
    assert len(asked.asked) == TRIES


def test_member_that_has_become_an_alias_of_another_is_unknown() -> None:
    asked = Asked({ANNA: Situation(name=BERT)})
    assert asked.now(Intercom((), automatic=True), aged=True) == Refusal(Reason.UNKNOWN_TARGET)


def test_switch_that_does_not_answer_for_one_fails_for_all() -> None:
    asked = Asked({ANNA: Situation(), BERT: SwitchTrouble("away")})
    with pytest.raises(SwitchTrouble):
        asked.of(ANNA, BERT)
