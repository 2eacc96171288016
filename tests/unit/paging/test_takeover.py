"""Takeover of a switch: its legs, its pages, and the open pages of the history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
import pytest
from gevent.lock import BoundedSemaphore
from structlog.testing import capture_logs

from controller import supervision
from controller.domain.leg import Leg
from controller.domain.names import UserName
from controller.domain.policy import Policy
from controller.domain.record import PageRecord, Treatment
from controller.errors import DatabaseUnavailable, SwitchTrouble
from controller.eventsocket.outcome import Outcome, Status
from controller.paging import takeover
from controller.paging.events import Bus, PageUnseen
from controller.paging.history import History
from controller.paging.request import page_of
from controller.paging.takeover import Takeover
from controller.switch.group import MemberMark
from controller.switch.legs import Legs
from controller.switch.pagelegs import PageMark
from controller.switch.queries import SwitchQueries
from tests.unit.paging.fakes import PBX, Eventually, FakeStore, FakeSwitch

MARK = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), "p-1", "t-1", "f-1")
TARGET = {"uuid": "t-1", "name": "sofia/internal/1002", "presence_id": "1002@pbx.test"}
RELAY = {
    "uuid": MARK.relay,
    "name": "loopback/relay-t-1-a",
    "presence_id": "",
    "context": "whisperpage@switch",
}
PAGER = {"uuid": "p-2", "name": "sofia/internal/1001", "presence_id": "", "context": "whisperpage@switch"}


@dataclass
class Follows:
    pages: list[PageMark] = field(default_factory=list)
    muted: list[bool] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    attempts: list[tuple[str, str]] = field(default_factory=list)
    resumed: list[tuple[str, str, str, str]] = field(default_factory=list)
    sent: list[tuple[MemberMark, bool]] = field(default_factory=list)
    settled: bool = False
    #: Whether pages come here from other switches.
    several: bool = False

    def __contains__(self, leg: object) -> bool:
        return leg in {mark.relay for mark in self.pages}

    def lead_to(self, switch: str) -> bool:
        assert switch == "pbx"
        return self.several

    def find(self, page_id: str) -> bool:
        return page_id in {mark.page for mark in self.pages}

    def adopt(self, mark: PageMark, relay: Leg, *, muted: bool, said: bool) -> None:
        self.pages.append(mark)
        self.muted.append(muted)

    def check(self, page_id: str) -> None:
        self.checked.append(page_id)

    def attempt(self, record: PageRecord, pager_leg: str) -> None:
        self.attempts.append((record.page_id, pager_leg))

    def resume(self, page_id: str, pager_leg: str, trunk: str, here: str) -> bool:
        self.resumed.append((page_id, pager_leg, trunk, here))
        return True

    def follow_member(self, mark: MemberMark, *, entered: bool) -> None:
        self.sent.append((mark, entered))

    def settle(self) -> None:
        self.settled = True


class Database(FakeStore):
    fails = 0

    def open_pages(self, *_: str) -> tuple[PageRecord, ...]:
        if self.fails:
            self.fails -= 1
            raise DatabaseUnavailable("away")
        return super().open_pages()


def record(page: str) -> PageRecord:
    return PageRecord(
        page,
        "pbx",
        UserName("1001", "pbx.test"),
        UserName("1002", "pbx.test"),
        Treatment.WHISPER,
        datetime.now(UTC),
    )


class Meeting:
    """A controller that connects to a switch on which a target is paged."""

    def __init__(self) -> None:
        self.switch = FakeSwitch()
        self.rows([TARGET, RELAY])
        variables = MARK.variables() | {"bridge_to": "p-1", "whisperpage_muted": "true"}
        self.dump(MARK.relay, variables)
        self.legs, self.follows = Legs(), Follows()
        nobody = UserName("1", "a")
        self.store = Database(Policy(nobody, nobody))
        self.history = History(self.store.save)
        self.unseen: list[str] = []
        events = Bus()
        self.history.subscribe(events)
        events.subscribe(PageUnseen, lambda event: self.unseen.append(event.record.called))
        queries = SwitchQueries(self.switch, self.legs, deadline=1)
        follows: Any = self.follows
        followers = follows, follows, follows
        self.takeover = Takeover(
            PBX, queries, self.legs, *followers, self.store.open_pages, events, BoundedSemaphore()
        )

    def rows(self, rows: list[dict[str, str]]) -> None:
        self.switch.answers["show channels"] = json.dumps({"row_count": len(rows), "rows": rows})

    def dump(self, uuid: str, variables: dict[str, str], **headers: str) -> None:
        whole = (
            {"Unique-ID": uuid} | headers | {f"variable_{name}": value for name, value in variables.items()}
        )
        self.switch.answers[f"uuid_dump {uuid}"] = json.dumps(whole, separators=(",", ":"))

    def run(self, *open_pages: str) -> None:
        self.store.open = tuple(map(record, open_pages))
        self.takeover.run()
        self.history.drain(60)

    @property
    def closed(self) -> list[tuple[str, str | None]]:
        self.history.drain(60)
        return [(each.page_id, each.ending) for each in self.store.saved]


@pytest.fixture
def meeting() -> Iterator[Meeting]:
    meeting = Meeting()
    yield meeting
    meeting.takeover.stop()
    meeting.history.close(1)


def test_legs_and_pages_that_are_there_are_taken_over(meeting: Meeting) -> None:
    meeting.run()
    assert meeting.legs.of(UserName("1002", "pbx.test")) == ("t-1",)
    assert (meeting.follows.pages, meeting.follows.muted) == ([MARK], [True])
    assert meeting.follows.checked == [MARK.page]


def test_a_switch_without_channels_has_no_rows_at_all(meeting: Meeting) -> None:
    meeting.switch.answers["show channels"] = '{"row_count":0}'
    meeting.run()
    assert len(meeting.legs) == 0


def test_pages_that_ended_unseen_are_closed_and_those_that_are_up_are_not(meeting: Meeting) -> None:
    meeting.run("page-1", "page-2")
    assert meeting.closed == [("page-2", "lost")]
    assert meeting.unseen == ["1002@pbx.test"]


def test_what_may_come_up_is_not_lost_yet(meeting: Meeting) -> None:
    meeting.follows.several = True
    coming = record("coming")
    late = timedelta(seconds=takeover.ARRIVED)
    message = replace(coming, page_id="message", message="lobby", started_at=coming.started_at - late)
    member = replace(message, page_id="member", message=None, part_of="whole")
    gone = replace(coming, page_id="gone", started_at=coming.started_at - late)
    silent = replace(
        message, page_id="silent", started_at=coming.started_at - timedelta(seconds=takeover.RUNG)
    )
    answered = replace(coming, page_id="answered", answered_at=coming.started_at)
    meeting.store.open = (coming, message, member, gone, silent, answered)
    meeting.takeover.run()
    assert meeting.closed == [("gone", "lost"), ("silent", "lost"), ("answered", "lost")]


def test_page_of_a_switch_to_which_no_other_leads_is_lost_at_once(meeting: Meeting) -> None:
    meeting.run("page-2")
    assert meeting.closed == [("page-2", "lost")]


def test_what_nobody_follows_is_followed_or_lost_at_the_next_look(meeting: Meeting) -> None:
    meeting.run()
    meeting.follows.pages.clear()
    meeting.store.open = tuple(map(record, ("page-1", "page-2", "page-3")))
    meeting.takeover.look_again(lambda page_id: page_id == "page-3")
    assert meeting.follows.pages == [MARK]
    assert meeting.closed == [("page-2", "lost")]


def test_legs_are_not_read_again_while_nothing_is_open(meeting: Meeting) -> None:
    meeting.run()
    asked = len(meeting.switch.asked)
    meeting.store.open = (record("page-1"), record("page-2"))
    meeting.takeover.look_again(lambda _: True)
    meeting.store.fails = 1
    meeting.takeover.look_again(lambda _: False)
    assert len(meeting.switch.asked) == asked


@pytest.mark.parametrize("dump", ["-ERR No such channel!", "{}"])
def test_a_relay_that_is_gone_or_says_nothing_is_no_page(meeting: Meeting, dump: str) -> None:
    meeting.switch.answers[f"uuid_dump {MARK.relay}"] = dump
    meeting.run()
    assert meeting.follows.pages == []


def test_a_page_that_is_not_up_yet_is_no_page(meeting: Meeting) -> None:
    meeting.dump(MARK.relay, MARK.variables())
    meeting.run()
    assert meeting.follows.pages == []


@pytest.mark.parametrize("context", ["whisperpage@switch", "whisperpage"])
def test_an_attempt_whose_pager_still_waits_goes_on(meeting: Meeting, context: str) -> None:
    meeting.rows([PAGER | {"context": context}])
    meeting.run(page_of("p-2"))
    assert meeting.follows.attempts == [(page_of("p-2"), "p-2")]
    assert meeting.closed == []


@pytest.mark.parametrize("variable", ["whisperpage_page", "whisperpage_click"])
def test_an_attempt_by_a_click_is_found_by_its_pagers_variables(meeting: Meeting, variable: str) -> None:
    meeting.rows([TARGET, PAGER])
    meeting.dump("p-2", {variable: "clicked"})
    meeting.run("clicked")
    assert meeting.follows.attempts == [("clicked", "p-2")]


def test_pager_whose_page_is_on_another_switch_is_looked_for_with_its_leg_to_there(meeting: Meeting) -> None:
    meeting.rows([TARGET, PAGER])
    meeting.dump("p-2", {"whisperpage_page": "elsewhere", "bridge_to": "trunk"})
    meeting.run()
    assert meeting.follows.resumed == [(page_of("p-2"), "p-2", "trunk", "pbx")]
    assert meeting.follows.settled


SENT = MemberMark("part-1", "page-9", MARK.pager, MARK.target, "p-9", "beta", "p-2")


def test_leg_to_a_member_on_another_switch_is_followed_from_its_mark(meeting: Meeting) -> None:
    meeting.rows([TARGET, PAGER])
    meeting.dump("p-2", SENT.variables() | {"conference_call_key": "x"})
    meeting.run()
    assert meeting.follows.sent == [(SENT, True)]
    assert meeting.follows.resumed == []


def test_leg_to_a_member_on_another_switch_that_is_ending_is_not_followed(meeting: Meeting) -> None:
    meeting.rows([TARGET, PAGER])
    meeting.dump("p-2", SENT.variables(), **{"Channel-State": "CS_HANGUP"})
    meeting.run()
    assert meeting.follows.sent == []


def test_lists_of_several_switches_are_read_one_after_the_other(
    meeting: Meeting, eventually: Eventually
) -> None:
    reading = meeting.takeover._reading
    assert reading.acquire()
    run = gevent.spawn(meeting.run)
    gevent.sleep(0.02)
    assert len(meeting.legs) == 0
    reading.release()
    eventually(lambda: len(meeting.legs) == 2)
    run.join()
    assert not reading.locked()


def test_others_run_while_a_long_list_is_read(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "TOGETHER", 2)
    meeting.rows([{"uuid": f"x-{number}", "name": "sofia/internal/x"} for number in range(6)])
    seen: list[int] = []

    def look() -> None:
        while len(meeting.legs) < 6:
            seen.append(len(meeting.legs))
            gevent.sleep(0)

    other = gevent.spawn(look)
    meeting.run()
    other.kill()
    assert {1, 3} <= set(seen)


def test_list_does_not_wait_for_ever_for_the_list_of_another_switch(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takeover, "TURN", 0.01)
    assert meeting.takeover._reading.acquire()
    meeting.run()
    assert len(meeting.legs) == 2
    assert meeting.takeover._reading.locked()


def test_legs_that_are_no_pagers_are_not_asked(meeting: Meeting) -> None:
    meeting.rows([TARGET])
    meeting.run("page-2")
    assert not [text for text in meeting.switch.asked if text.startswith("uuid_dump")]


def test_a_history_that_cannot_be_read_is_compared_as_soon_as_it_can(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(takeover, "AGAIN", 0.001)
    meeting.store.fails = 3
    meeting.run("page-1", "page-2")
    assert meeting.follows.pages == [MARK]
    eventually(lambda: meeting.closed)
    assert meeting.closed == [("page-2", "lost")]


def test_what_is_left_for_later_and_dies_of_a_fault_of_ours_is_started_again(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(takeover, "AGAIN", 0.001)
    monkeypatch.setattr(supervision, "AGAIN", 0.001)
    monkeypatch.setattr(gevent.get_hub(), "print_exception", lambda *_: None)
    follow, failures = meeting.takeover._follow, [ValueError("a fault of ours")]

    def fail(*arguments: Any) -> None:
        if failures:
            raise failures.pop()
        follow(*arguments)

    monkeypatch.setattr(meeting.takeover, "_follow", fail)
    meeting.store.fails = 1
    with capture_logs() as logs:
        meeting.run("page-2")
        eventually(lambda: meeting.closed)
    assert meeting.closed == [("page-2", "lost")]
    assert meeting.takeover.trouble == ""
    assert [log["work"] for log in logs if log["event"] == "work.died"] == ["takeover pbx"]


def test_a_switch_that_is_gone_by_then_is_met_again(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takeover, "AGAIN", 0.001)
    meeting.store.fails = 1
    meeting.run("page-2")
    meeting.takeover.stop()
    gevent.sleep(0.01)
    assert meeting.closed == []


def test_user_of_a_leg_is_the_authenticated_one_even_if_its_phone_uses_the_switchs_address(
    meeting: Meeting,
) -> None:
    there = {"name": "sofia/internal/1002@10.0.0.1", "direction": "inbound", "presence_id": "1002@10.0.0.1"}
    meeting.rows([TARGET | there])
    meeting.dump("t-1", {"user_name": "1002", "domain_name": "pbx.test"}, **{"Call-Direction": "inbound"})
    meeting.run()
    assert meeting.legs.of(UserName("1002", "pbx.test")) == ("t-1",)


def test_newest_legs_are_asked_first_and_only_a_limited_number_at_once(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(takeover, "ASKED", 2)
    leg = {"name": "sofia/internal/x", "direction": "inbound", "presence_id": ""}
    meeting.rows([leg | {"uuid": f"x-{number}", "created_epoch": str(1000 + number)} for number in range(5)])
    meeting.switch.answers["uuid_dump"] = "-ERR No such channel!"
    meeting.run()
    first = ["uuid_dump x-4 json", "uuid_dump x-3 json"]
    assert meeting.switch.asked[-2:] == first
    eventually(lambda: len(meeting.switch.asked) >= 6)
    assert meeting.switch.asked[-3:] == [f"uuid_dump x-{number} json" for number in (2, 1, 0)]


def test_leg_that_goes_while_it_is_asked_for_stays_forgotten(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(takeover, "ASKED", 0)
    meeting.rows([{"uuid": "x-1", "name": "sofia/internal/x", "direction": "inbound", "presence_id": ""}])
    meeting.dump("x-1", {"user_name": "1002", "domain_name": "pbx.test"}, **{"Call-Direction": "inbound"})
    meeting.run()
    meeting.legs.forget("x-1")
    eventually(lambda: "uuid_dump x-1 json" in meeting.switch.asked)
    assert meeting.legs.of(UserName("1002", "pbx.test")) == ()


@pytest.mark.parametrize("answer", [Outcome(Status.UNKNOWN, "late"), Outcome(Status.DONE, "no JSON")])
def test_a_switch_that_does_not_list_its_channels_is_asked_again_later(
    meeting: Meeting, answer: Outcome
) -> None:
    meeting.switch.answers["show channels"] = answer
    with pytest.raises(SwitchTrouble):
        meeting.run()
