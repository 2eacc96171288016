"""Pages to page groups: who is reached, who is left out, and what becomes of the pager."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from controller.domain.crossing import Crossing
from controller.domain.decision import Device, Group, Intercom, Whisper
from controller.domain.leg import Leg, Registration
from controller.domain.names import UserName
from controller.domain.page_group import MOST
from controller.domain.policy import Feature, Policy
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason, Refusal
from controller.errors import DatabaseUnavailable
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.cluster import Place
from controller.paging.request import Request
from controller.phones.values import Header, Phone, PhoneKind
from controller.ratelimit import RateLimit
from controller.switch.identity import SwitchName
from tests.unit.paging.fakes import Beside, FakeStore, FakeSwitch, event

PAGER = UserName("1001", "pbx.test")
ANNA, BERT = UserName("1002", "pbx.test"), UserName("1003", "pbx.test")
PHONE = Phone(PhoneKind.DESK, "Poly", (Header("Alert-Info", "x"),))
RINGS = Device(Registration("sofia/internal/sip:1003@h"), PHONE, PHONE.headers)
TALKS = Whisper(Leg("leg-of-anna", ANNA, state="CS_EXECUTE", answered=True, read_rate=8000), None)
CALLED = Intercom(((RINGS,),), automatic=True)
REQUEST = Request("p1", Feature.WHISPER, PAGER, UserName("600", "pbx.test"), "600")
RECORD = PageRecord(
    "3b241101-e2bb-4255-8caf-4136c566a962",
    "pbx",
    PAGER,
    UserName("600", "pbx.test"),
    Treatment.GROUP,
    datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.fixture
def switch() -> FakeSwitch:
    return FakeSwitch({"uuid_getvar": "_undef_", "sched_del": "+OK 0"})


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(Policy(PAGER, ANNA))


@pytest.fixture
def beside(switch: FakeSwitch, store: FakeStore) -> Iterator[Beside]:
    made = Beside(switch, store, limits=(None, RateLimit(1, 60)))
    yield made
    made.close()


def make(beside: Beside, **members) -> Refusal | None:
    beside.members = {UserName(name[1:], "pbx.test"): verdict for name, verdict in members.items()}
    return beside.groups.make(REQUEST, Group(tuple(beside.members)), RECORD, 0.0)


def test_members_are_reached_after_the_pager_is_sent_to_its_room(beside: Beside, switch: FakeSwitch) -> None:
    assert make(beside, u1002=TALKS, u1003=CALLED) is None
    beside.runner.drain(5)
    sent = [text for text in switch.asked if "group XML" in text or text.startswith("originate")]
    assert sent[0].startswith("uuid_transfer p1 group XML")
    assert sorted(text.rpartition("&transfer(")[2].split("-")[0].split("\\")[0] for text in sent[1:]) == [
        "called",
        "claim",
        "speak",
    ]


def test_nobody_who_can_be_reached_refuses_the_pager_and_touches_no_leg(
    beside: Beside, switch: FakeSwitch
) -> None:
    refused = make(beside, u1002=Refusal(Reason.CONFERENCE), u1003=Refusal(Reason.NOT_ACCEPTED))
    assert refused == Refusal(Reason.NOBODY_REACHED)
    assert not [text for text in switch.asked if text.startswith(("originate", "uuid_transfer"))]
    assert not beside.live.all()


def test_member_beyond_its_limit_is_left_out(beside: Beside) -> None:
    beside.limits.page(ANNA)
    told: list[PageRecord] = []
    beside.history._save = told.append  # type: ignore[method-assign]
    assert make(beside, u1002=TALKS) == Refusal(Reason.NOBODY_REACHED)
    beside.settle()
    assert [(each.called, each.reason, each.part_of) for each in told] == [
        ("1002@pbx.test", "paged_too_often", RECORD.page_id)
    ]


def test_members_beyond_the_most_are_left_out(beside: Beside) -> None:
    told: list[PageRecord] = []
    beside.history._save = told.append  # type: ignore[method-assign]
    many = {f"u{2000 + number}": Refusal(Reason.PAGES_OFF) for number in range(MOST + 2)}
    make(beside, **many)
    beside.settle()
    assert [each.called for each in told if each.reason == "group_full"] == ["2050@pbx.test", "2051@pbx.test"]
    assert len({each.page_id for each in told}) == MOST + 2


def test_switch_that_does_not_send_the_pager_to_its_room_refuses_it(
    beside: Beside, switch: FakeSwitch
) -> None:
    switch.answers["uuid_transfer p1 group"] = "-ERR No such channel"
    assert make(beside, u1002=TALKS) == Refusal(Reason.SWITCH_TROUBLE)
    assert not beside.live.all()
    assert not [text for text in switch.asked if text.startswith("originate")]


@pytest.fixture
def away(beside: Beside) -> Beside:
    """Beside a switch `beta`, that pages go to."""
    link = SimpleNamespace(state="up")
    dial = "sofia/trunk/whisperpage@10.0.0.2:5080"
    beside.cluster.add(Place(SwitchName("10.0.0.2:8021", "beta"), dial, beside.queries, beside.legs, link))
    return beside


def test_member_on_another_switch_gets_a_leg_of_its_own_from_the_room(
    away: Beside, switch: FakeSwitch, store: FakeStore
) -> None:
    assert make(away, u1002=replace(TALKS, switch="beta"), u1003=replace(CALLED, switch="beta")) is None
    away.runner.drain(5)
    legs = [text for text in switch.asked if text.startswith("originate")]
    assert len(legs) == 2
    for leg, member in zip(legs, (ANNA, BERT), strict=True):
        assert f"whisperpage_target={member},whisperpage_pager_leg=p1,whisperpage_switch=beta" in leg
        assert "sofia/trunk/whisperpage@10.0.0.2:5080 &transfer(called-elsewhere" in leg
    parts = [each[0] for each in store.crossings.values()]
    assert [(each.pager, each.target, each.switch) for each in parts] == [
        (PAGER, ANNA, "beta"),
        (PAGER, BERT, "beta"),
    ]
    assert {live.record.part_of for live in away.live.all()} == {None, RECORD.page_id}


def test_pager_who_hangs_up_meanwhile_sends_no_leg_to_the_other_switch(
    away: Beside, switch: FakeSwitch, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = store.begin

    def hang_up(token: str, crossing: Crossing) -> None:
        begin(token, crossing)
        away.live.observe(event("CHANNEL_HANGUP", "p1"))

    monkeypatch.setattr(store, "begin", hang_up)
    told: list[PageRecord] = []
    away.history._save = told.append  # type: ignore[method-assign]
    assert make(away, u1002=replace(TALKS, switch="beta")) is None
    away.settle()
    assert not [text for text in switch.asked if text.startswith("originate")]
    assert [each.ending for each in told if each.part_of] == ["pager_hung_up"]
    assert not away.live.all()


def test_member_on_a_switch_that_is_away_by_then_is_refused(away: Beside, switch: FakeSwitch) -> None:
    told: list[PageRecord] = []
    away.history._save = told.append  # type: ignore[method-assign]
    assert make(away, u1002=replace(TALKS, switch="gamma"), u1003=replace(CALLED, switch="beta")) is None
    away.settle()
    assert [(each.called, each.reason, each.switch) for each in told if each.part_of] == [
        ("1002@pbx.test", "switch_away", "gamma")
    ]


def test_database_that_fails_meanwhile_refuses_the_member(
    away: Beside, switch: FakeSwitch, store: FakeStore
) -> None:
    store.policy = DatabaseUnavailable("down")
    told: list[PageRecord] = []
    away.history._save = told.append  # type: ignore[method-assign]
    assert make(away, u1002=replace(TALKS, switch="beta")) is None
    away.settle()
    assert [(each.called, each.reason) for each in told if each.part_of] == [
        ("1002@pbx.test", "store_trouble")
    ]
    assert "uuid_transfer p1 group-over XML whisperpage@switch" in switch.asked


def test_member_whose_call_the_switch_does_not_make_is_not_arrived(away: Beside, switch: FakeSwitch) -> None:
    switch.answers["originate"] = "-ERR GATEWAY_DOWN"
    told: list[PageRecord] = []
    away.history._save = told.append  # type: ignore[method-assign]
    assert make(away, u1002=replace(TALKS, switch="beta")) is None
    away.settle()
    assert [(each.reason, each.cause) for each in told if each.part_of] == [("not_arrived", "GATEWAY_DOWN")]
    assert "uuid_transfer p1 group-over XML whisperpage@switch" in switch.asked


def test_sentence_of_ours_is_no_hangup_cause_of_a_member(away: Beside, switch: FakeSwitch) -> None:
    switch.answers["originate"] = Outcome(Status.NOT_SENT, "The switch closed the connection.")
    told: list[PageRecord] = []
    away.history._save = told.append  # type: ignore[method-assign]
    assert make(away, u1002=replace(TALKS, switch="beta"), u1003=CALLED) is None
    away.settle()
    ends = {each.called: (each.reason, each.ending, each.cause) for each in told if each.part_of}
    assert ends == {
        "1002@pbx.test": ("not_arrived", None, "NORMAL_TEMPORARY_FAILURE"),
        "1003@pbx.test": (None, "unanswered", None),
    }


def test_page_whose_only_member_cannot_be_called_is_over(beside: Beside, switch: FakeSwitch) -> None:
    switch.answers["originate"] = "-ERR USER_BUSY"
    assert make(beside, u1003=CALLED) is None
    beside.runner.drain(5)
    assert "uuid_transfer p1 group-over XML whisperpage@switch" in switch.asked
