"""Pages and calls that other controllers made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from controller.domain.leg import Leg
from controller.domain.names import UserName
from controller.domain.policy import Policy
from controller.domain.record import PageRecord, Treatment
from controller.errors import SwitchTrouble
from controller.eventsocket.api import ApiCall
from controller.eventsocket.outcome import Outcome, Status
from controller.paging import following
from controller.switch.keys import Key
from controller.switch.pagelegs import PageMark
from tests.unit.paging.fakes import Beside, Eventually, FakeStore, FakeSwitch, bridge, event

MARK = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), "p-1", "t-1", "f-1")
SINCE = datetime(2025, 1, 31, 12, tzinfo=UTC)
MICROSECONDS = str(int(SINCE.timestamp()) * 1_000_000)


class Room:
    """The following of pages, on a fake switch."""

    def __init__(self) -> None:
        self.switch = FakeSwitch({"uuid_buglist": ""})
        nobody = UserName("1", "a")
        self.store = FakeStore(Policy(nobody, nobody))
        self.beside = Beside(self.switch, self.store, digits={Key.END: "6"})
        self.following, self.live, self.settle = self.beside.following, self.beside.live, self.beside.settle

    def dump(self, uuid: str, **headers: str) -> None:
        whole = {"Unique-ID": uuid, "Answer-State": "answered"} | headers
        self.switch.answers[f"uuid_dump {uuid}"] = json.dumps(whole, separators=(",", ":"))

    def see(self, name: str, uuid: str, **headers: str) -> None:
        self.live.observe(event(name, uuid, **headers))
        self.settle()

    def bridge(self, one: str, other: str, **headers: str) -> None:
        self.see("CHANNEL_BRIDGE", one, **{"Bridge-A-Unique-ID": one, "Bridge-B-Unique-ID": other} | headers)

    @property
    def last(self) -> PageRecord:
        self.settle()
        return self.store.saved[-1]


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    yield room
    room.beside.close()


def record(treatment: Treatment) -> PageRecord:
    return PageRecord(
        "page-1", "pbx", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), treatment, SINCE
    )


def marked() -> dict[str, str]:
    return {f"variable_{name}": value for name, value in MARK.variables().items()}


def test_adopted_page_gets_its_keys_and_is_followed_to_its_end(room: Room) -> None:
    leg = Leg(MARK.relay, created=int(MICROSECONDS), bridged=int(MICROSECONDS) + 5_000_000)
    room.following.adopt(MARK, leg)
    assert room.last.started_at == SINCE
    assert room.last.answered_at
    assert (room.last.answered_at - SINCE).total_seconds() == 5
    assert room.switch.names() == ["sendmsg"]
    room.see("CHANNEL_HANGUP", "p-1")
    room.see("CHANNEL_HANGUP", MARK.relay)
    assert (room.last.page_id, room.last.ending) == ("page-1", "pager_hung_up")


def test_page_that_comes_up_beside_us_is_found_by_its_mark(room: Room) -> None:
    room.dump("p-1")
    room.following.attempt(record(Treatment.WHISPER), "p-1")
    room.bridge("p-1", MARK.relay, **marked())
    assert room.live.find("page-1")
    room.see("CHANNEL_HOLD", "t-1")
    assert room.switch.names()[-1] == "uuid_kill"
    room.see("CHANNEL_HANGUP", MARK.relay)
    assert room.last.ending == "held"


def test_page_whose_relay_goes_first_is_explained_by_the_missing_leg(room: Room) -> None:
    room.following.adopt(MARK)
    room.switch.answers["uuid_dump p-1"] = "-ERR No such channel!"
    room.dump("t-1")
    room.see("CHANNEL_HANGUP", MARK.relay)
    assert room.last.ending == "pager_hung_up"


def test_page_whose_ending_the_switch_does_not_explain_is_lost(room: Room) -> None:
    room.following.adopt(MARK)
    room.switch.answers["uuid_dump"] = Outcome(Status.UNKNOWN, "late")
    room.see("CHANNEL_HANGUP", MARK.relay)
    assert room.last.ending == "lost"


def look_later(room: Room, eventually: Eventually, bugs: int = 2, keys: str = "true") -> None:
    """A page of another controller has come up; set what the switch answers at the check."""
    room.dump("t-1", variable_bridge_to="f-1")
    room.dump(MARK.relay, variable_bridge_to="p-1", variable_whisperpage_keys=keys)
    room.switch.answers["uuid_buglist t-1"] = bugs * "<function>eavesdrop</function>"
    room.switch.answers[f"uuid_buglist {MARK.relay}"] = "<function>eavesdrop</function>"
    room.following.adopt(MARK)
    eventually(lambda: f"uuid_buglist {MARK.relay}" in room.switch.asked)
    room.settle()


@pytest.mark.parametrize(("bugs", "ended"), [(2, False), (1, True)])
def test_page_is_looked_at_once_it_must_be_whole(
    room: Room, monkeypatch: pytest.MonkeyPatch, eventually: Eventually, bugs: int, ended: bool
) -> None:
    monkeypatch.setattr(following, "SETTLED", 0.01)
    look_later(room, eventually, bugs=bugs)
    assert ("uuid_kill" in room.switch.names()) is ended


@pytest.mark.parametrize(("keys", "given"), [("", True), ("true", False)])
def test_target_whose_keys_nobody_has_given_gets_them(
    room: Room, monkeypatch: pytest.MonkeyPatch, eventually: Eventually, keys: str, given: bool
) -> None:
    monkeypatch.setattr(following, "SETTLED", 0.01)
    look_later(room, eventually, keys=keys)
    assert ("sendmsg" in room.switch.names()) is given


def test_target_of_a_page_that_is_taken_over_keeps_its_keys(room: Room) -> None:
    room.following.adopt(MARK, Leg(MARK.relay, keyed=True))
    room.settle()
    assert "sendmsg" not in room.switch.names()


@pytest.mark.parametrize(
    ("one", "other", "headers"),
    [
        ("x-1", "y-1", {}),
        ("p-1", "x-1", marked()),
        ("p-1", MARK.relay, {"variable_whisperpage_relay": MARK.relay}),
    ],
)
def test_other_bridges_are_no_page(room: Room, one: str, other: str, headers: dict[str, str]) -> None:
    room.bridge(one, other, **headers)
    assert room.live.all() == ()


def test_attempt_that_became_no_page_is_lost(room: Room) -> None:
    room.dump("p-1")
    room.following.attempt(record(Treatment.WHISPER), "p-1")
    assert room.live.find("page-1")
    room.see("CHANNEL_HANGUP", "p-1", **{"Hangup-Cause": "NORMAL_CLEARING"})
    assert (room.last.ending, room.last.cause) == ("lost", "NORMAL_CLEARING")


@pytest.mark.parametrize("treatment", [Treatment.WHISPER, Treatment.INTERCOM])
def test_attempt_whose_pager_is_gone_already_is_lost(room: Room, treatment: Treatment) -> None:
    room.switch.answers["uuid_dump"] = "-ERR No such channel!"
    room.following.attempt(record(treatment), "p-1")
    assert room.last.ending == "lost"
    assert not room.live.find("page-1")


def test_call_that_is_up_is_followed_from_its_answer_on(room: Room) -> None:
    room.dump("p-1", **{"variable_bridge_to": "x-1", "Caller-Channel-Bridged-Time": MICROSECONDS})
    room.dump("x-1")
    room.following.attempt(record(Treatment.INTERCOM), "p-1")
    assert room.last.answered_at == SINCE
    room.see("CHANNEL_HANGUP", "x-1", **{"Hangup-Cause": "NORMAL_CLEARING"})
    assert (room.last.ending, room.last.cause) == ("target_hung_up", "NORMAL_CLEARING")


def test_call_whose_target_has_just_gone_was_ended_by_it(room: Room) -> None:
    room.dump("p-1", variable_bridge_to="x-1")
    room.dump("x-1", **{"Channel-State": "CS_HANGUP"})
    room.following.attempt(record(Treatment.INTERCOM), "p-1")
    assert room.last.ending == "target_hung_up"
    assert room.live.all() == ()


@pytest.mark.parametrize("looking_at", ["uuid_dump p-1", "uuid_buglist p-1", "uuid_dump x-1"])
def test_call_whose_target_has_hung_up_just_before_we_look_was_ended_by_it(
    room: Room, monkeypatch: pytest.MonkeyPatch, looking_at: str
) -> None:
    room.dump("p-1", variable_bridge_to="x-1")
    room.dump("x-1")
    api = room.switch.api

    def end_meanwhile(call: ApiCall, deadline: float) -> Outcome:
        answer = api(call, deadline)
        if call.text.startswith(looking_at):
            room.live.observe(bridge("CHANNEL_UNBRIDGE", "p-1", "x-1"))
            room.live.observe(event("CHANNEL_HANGUP", "p-1"))
        return answer

    monkeypatch.setattr(room.switch, "api", end_meanwhile)
    room.following.attempt(record(Treatment.INTERCOM), "p-1")
    assert room.last.ending == "target_hung_up"
    assert room.last.answered_at
    assert room.live.all() == ()


def test_call_that_rings_is_followed_to_its_answer(room: Room) -> None:
    room.dump("p-1")
    room.following.attempt(record(Treatment.CALL), "p-1")
    room.bridge("p-1", "x-1")
    assert room.last.answered_at
    room.see("CHANNEL_HANGUP", "p-1")
    assert room.last.ending == "pager_hung_up"


def test_attempt_is_not_followed_on_a_switch_that_does_not_answer(room: Room) -> None:
    room.switch.answers["uuid_dump"] = Outcome(Status.UNKNOWN, "late")
    with pytest.raises(SwitchTrouble):
        room.following.attempt(record(Treatment.CALL), "p-1")


def listens(room: Room, bugs: int) -> None:
    room.dump("t-1", variable_bridge_to="f-1")
    room.dump(MARK.relay, variable_bridge_to="p-1")
    room.switch.answers["uuid_buglist t-1"] = bugs * "<function>eavesdrop</function>"
    room.see("MEDIA_BUG_START", "t-1", **{"Media-Bug-Function": "eavesdrop"})


def test_somebody_who_joins_an_adopted_page_ends_it(room: Room) -> None:
    room.following.adopt(MARK)
    listens(room, bugs=3)
    room.see("CHANNEL_HANGUP", MARK.relay)
    assert room.last.ending == "joined"


def test_the_pages_own_listeners_that_come_late_do_not_end_it(room: Room) -> None:
    room.following.adopt(MARK)
    listens(room, bugs=2)
    assert "uuid_kill" not in room.switch.names()


def test_page_that_cannot_be_checked_goes_on(room: Room) -> None:
    room.following.adopt(MARK)
    room.switch.answers["uuid_dump"] = Outcome(Status.UNKNOWN, "late")
    room.see("MEDIA_BUG_START", "t-1", **{"Media-Bug-Function": "eavesdrop"})
    assert "uuid_kill" not in room.switch.names()
