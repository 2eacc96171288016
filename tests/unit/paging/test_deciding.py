"""Decisions with the data of store and switch."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from controller.domain.decision import Group, Intercom, Judgement
from controller.domain.names import UserName
from controller.domain.policy import Accept, Feature, Policy, Rights
from controller.domain.refusal import Reason, Refusal
from controller.errors import DatabaseUnavailable
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.cluster import Cluster
from controller.paging.deciding import Decider
from controller.paging.request import Request
from controller.phones.values import Header, PhoneKind, PhoneOverride
from controller.switch.channels import ChannelRow
from controller.switch.legs import Legs
from controller.switch.proxied import ProxyDial
from controller.switch.queries import SwitchQueries
from tests.unit.paging.fakes import FakeStore, FakeSwitch

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
YES = Rights(initiate=True, accept=Accept.ALL)
REQUEST = Request("p1", Feature.WHISPER, PAGER, TARGET, "1002")


def treatment(switch: FakeSwitch, policy: Policy | Exception, request: Request = REQUEST) -> object:
    queries = SwitchQueries(switch, Legs(), deadline=1)
    return Decider(queries, FakeStore(policy).rules_between, PhoneKind.SOFT, Cluster()).decide(request)[1]


def test_an_idle_target_is_called() -> None:
    switch = FakeSwitch({"user_data": "1002", "sofia_contact": "sofia/internal/sip:1002@10.0.0.2"})
    assert isinstance(treatment(switch, Policy(PAGER, TARGET, whisper=YES, intercom=YES)), Intercom)


def test_for_an_alias_the_policy_of_the_targets_own_name_decides() -> None:
    switch = FakeSwitch({"user_data": "1002", "sofia_contact": "sofia/internal/sip:1002@10.0.0.2"})
    store = FakeStore(Policy(PAGER, TARGET, whisper=YES, intercom=YES))
    decider = Decider(
        SwitchQueries(switch, Legs(), deadline=1), store.rules_between, PhoneKind.SOFT, Cluster()
    )
    request, decision = decider.decide(replace(REQUEST, target=UserName("105", "pbx.test")))
    assert request.target == TARGET
    assert isinstance(decision, Intercom)


def test_the_switch_is_not_asked_about_a_pager_without_rights() -> None:
    switch = FakeSwitch()
    assert treatment(switch, Policy(PAGER, TARGET)) == Refusal(Reason.NOT_PERMITTED)
    assert switch.asked == []


def test_a_pager_that_the_directory_has_not_is_refused_before_the_target_is_looked_at() -> None:
    switch = FakeSwitch({"user_data 1001": "-ERR no reply", "user_data 1002": "1002"})
    decider = Decider(
        SwitchQueries(switch, Legs(), deadline=1),
        FakeStore(Policy(PAGER, TARGET, whisper=YES)).rules_between,
        PhoneKind.SOFT,
        Cluster(),
    )
    assert decider.judge(Feature.WHISPER, PAGER, TARGET).decision == Refusal(Reason.UNKNOWN_PAGER)
    assert switch.asked == ["user_data 1001@pbx.test attr id"]


def test_a_target_of_another_domain_costs_the_switch_nothing() -> None:
    switch, other = FakeSwitch(), UserName("1002", "other.test")
    request = Request("p1", Feature.WHISPER, PAGER, other, "1002")
    assert treatment(switch, Policy(PAGER, other, whisper=YES), request) == Refusal(Reason.OTHER_DOMAIN)
    assert switch.asked == []


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Request("p1", Feature.WHISPER, None, None, "1002"), Reason.NOT_AUTHENTICATED),
        (Request("p1", Feature.WHISPER, PAGER, None, "x"), Reason.MALFORMED),
    ],
)
def test_a_request_without_pager_or_target_is_refused(request_: Request, reason: Reason) -> None:
    assert treatment(FakeSwitch(), Policy(PAGER, TARGET), request_) == Refusal(reason)


def test_a_database_that_does_not_answer_is_a_refusal() -> None:
    assert treatment(FakeSwitch(), DatabaseUnavailable("locked")) == Refusal(Reason.STORE_TROUBLE)


def test_a_switch_that_does_not_answer_is_a_refusal() -> None:
    switch = FakeSwitch({"user_data": Outcome(Status.UNKNOWN, "")})
    policy = Policy(PAGER, TARGET, whisper=YES)
    assert treatment(switch, policy) == Refusal(Reason.SWITCH_TROUBLE)


def test_the_pagers_own_phones_are_recognised_by_its_own_override() -> None:
    switch = FakeSwitch({"user_data": "1001", "sofia_contact": "sofia/internal/sip:1001@10.0.0.1"})
    own = PhoneOverride(PhoneKind.DESK, (Header("Answer-Mode", "Auto"),))
    queries = SwitchQueries(switch, Legs(), deadline=1)
    store = FakeStore(Policy(PAGER, PAGER, phone=own))
    (device,) = Decider(queries, store.rules_between, PhoneKind.SOFT, Cluster()).own_phones(PAGER)
    assert (device.phone.kind, device.headers) == (PhoneKind.DESK, own.headers)


def behind_a_proxy(switch: FakeSwitch, legs: Legs) -> Decider:
    store = FakeStore(Policy(PAGER, TARGET, whisper=YES, intercom=YES))
    way = ProxyDial("sofia/internal/{user}@{domain};fs_path=sip:10.0.0.9")
    queries = SwitchQueries(switch, legs, deadline=1)
    return Decider(queries, store.rules_between, PhoneKind.SOFT, Cluster(), way)


def test_idle_target_that_no_switch_has_registered_is_called_through_the_proxy() -> None:
    switch = FakeSwitch({"user_data": "1002", "sofia_contact": "error/user_not_registered"})
    decision = behind_a_proxy(switch, Legs()).decide(REQUEST)[1]
    assert isinstance(decision, Intercom)
    ((device,),) = decision.groups
    assert device.registration.dial == "sofia/internal/1002@pbx.test;fs_path=sip:10.0.0.9"
    assert device.headers


def test_phones_behind_the_proxy_only_ring_while_one_of_them_is_on_a_call() -> None:
    dump = {
        "Unique-ID": "t1",
        "Answer-State": "answered",
        "Call-Direction": "outbound",
        "Channel-Presence-ID": str(TARGET),
    }
    answers = {"uuid_dump t1": json.dumps(dump, separators=(",", ":")), "uuid_buglist": ""}
    switch = FakeSwitch({"user_data": "1002", "sofia_contact": "error/user_not_registered"} | answers)
    legs = Legs()
    legs.learn("t1", TARGET)
    decision = behind_a_proxy(switch, legs).decide(replace(REQUEST, feature=Feature.INTERCOM))[1]
    assert isinstance(decision, Intercom)
    assert not decision.automatic


def test_registration_at_a_switch_counts_before_the_proxy() -> None:
    switch = FakeSwitch({"user_data": "1002", "sofia_contact": "sofia/internal/sip:1002@10.0.0.2"})
    decision = behind_a_proxy(switch, Legs()).decide(REQUEST)[1]
    assert isinstance(decision, Intercom)
    assert [each.registration.through_proxy for group in decision.groups for each in group] == [False]


def test_users_own_phones_are_rung_through_the_proxy_for_a_click() -> None:
    switch = FakeSwitch({"user_data": "1001", "sofia_contact": "error/user_not_registered"})
    (device,) = behind_a_proxy(switch, Legs()).own_phones(PAGER)
    assert device.registration.dial == "sofia/internal/1001@pbx.test;fs_path=sip:10.0.0.9"


def decided_of_group(members: object, policy: Policy, feature: Feature = Feature.WHISPER) -> object:
    def read(extension: str, domain: str) -> tuple[UserName, ...] | None:
        assert (extension, domain) == ("600", "pbx.test")
        if isinstance(members, Exception):
            raise members
        return members  # type: ignore[return-value]

    queries = SwitchQueries(FakeSwitch({"user_data 600": "-ERR no reply"}), Legs(), deadline=1)
    rules = FakeStore(policy).rules_between
    decider = Decider(queries, rules, PhoneKind.SOFT, Cluster(), members=read)
    return decider.judge(feature, PAGER, GROUP, pager_known=True).decision


GROUP = UserName("600", "pbx.test")
MAY = Policy(PAGER, GROUP, whisper=YES, intercom=YES)


def test_extension_that_is_no_user_may_be_a_page_group_whose_members_are_paged_without_the_pager() -> None:
    assert decided_of_group((PAGER, TARGET), MAY) == Group((TARGET,))
    assert decided_of_group((), MAY) == Group(())


def test_extension_that_is_neither_user_nor_page_group_is_unknown() -> None:
    assert decided_of_group(None, MAY) == Refusal(Reason.UNKNOWN_TARGET)


def test_page_group_has_no_intercom_calls_and_is_not_looked_for() -> None:
    asked = AssertionError("it was looked for")
    assert decided_of_group(asked, MAY, Feature.INTERCOM) == Refusal(Reason.UNKNOWN_TARGET)


def test_pager_without_rights_learns_nothing_of_a_page_group() -> None:
    asked = AssertionError("it was looked for")
    assert decided_of_group(asked, Policy(PAGER, GROUP)) == Refusal(Reason.NOT_PERMITTED)


def test_database_that_does_not_tell_a_page_group_refuses_the_page() -> None:
    failed = DatabaseUnavailable("down")
    assert decided_of_group(failed, MAY) == Refusal(Reason.STORE_TROUBLE)


class Idle:
    """A decider, for which 1002 is idle until it has a leg in the table."""

    def __init__(self, **policy: Any) -> None:
        self.legs = Legs()
        switch = FakeSwitch({"user_data": "1002", "sofia_contact": "sofia/internal/sip:1002@10.0.0.2"})
        switch.answers["uuid_dump"] = "-ERR No such channel!"
        store = FakeStore(Policy(PAGER, TARGET, whisper=YES, intercom=YES, **policy))
        queries = SwitchQueries(switch, self.legs, deadline=1)
        self.decider = Decider(queries, store.rules_between, PhoneKind.SOFT, Cluster())
        decision = self.decider.judge(Feature.WHISPER, PAGER, TARGET).decision
        assert isinstance(decision, Intercom)
        self.decision = decision

    def has(self, uuid: str, callstate: str) -> None:
        self.legs.rebuild(
            [ChannelRow(uuid, presence_id=str(TARGET), direction="inbound", callstate=callstate)]
        )


def test_decision_holds_as_long_as_the_target_has_the_same_legs() -> None:
    idle = Idle()
    assert idle.decider.holds(idle.decision, TARGET)
    assert idle.decider.now(Feature.WHISPER, PAGER, idle.decision, TARGET) is idle.decision
    idle.has("a1", "RINGING")
    assert not idle.decider.holds(idle.decision, TARGET)
    again = idle.decider.now(Feature.WHISPER, PAGER, idle.decision, TARGET)
    assert again is not idle.decision
    assert isinstance(again, Intercom)
    assert idle.decider.holds(again, TARGET)
    idle.has("a1", "ACTIVE")
    assert not idle.decider.holds(again, TARGET)


def test_target_that_has_left_this_switch_since_the_decision_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    idle = Idle()
    left = Judgement(replace(idle.decision, switch="beta"))
    monkeypatch.setattr(idle.decider, "judge", lambda *_, **__: left)
    now = idle.decider.now(Feature.WHISPER, PAGER, idle.decision, TARGET, aged=True)
    assert now == Refusal(Reason.CALL_CHANGED)


def test_member_whose_phone_does_not_answer_by_itself_is_left_out() -> None:
    idle = Idle(phone=PhoneOverride(PhoneKind.DESK, ()))
    now = idle.decider.now(Feature.WHISPER, PAGER, idle.decision, TARGET, aged=True, member=True)
    assert now == Refusal(Reason.NOT_AUTOMATIC)


@pytest.mark.parametrize(
    ("uuid", "callstate", "taken"),
    [("a1", "ACTIVE", True), ("a1", "RINGING", False), ("ours", "ACTIVE", False)],
)
def test_target_is_taken_by_a_call_that_is_answered_since_and_is_not_ours(
    uuid: str, callstate: str, taken: bool
) -> None:
    idle = Idle()
    idle.has(uuid, callstate)
    assert idle.decider.taken(idle.decision, TARGET, ["ours"]) is taken
