"""A pager's leg whose call was sent to another switch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.domain.crossing import Crossing
from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy
from controller.domain.record import PageRecord, Treatment
from controller.errors import DatabaseUnavailable
from controller.paging import crossing
from controller.paging.events import PageEnded
from controller.switch.group import SUBCLASS, MemberMark
from tests.unit.paging.fakes import Beside, FakeStore, FakeSwitch, event

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
RECORD = PageRecord(
    "page-1",
    "beta",
    PAGER,
    TARGET,
    Treatment.WHISPER,
    datetime(2026, 11, 29, tzinfo=UTC),
)
CROSSING = Crossing("part-1", PAGER, TARGET, Feature.WHISPER, "beta")


class Desk(Beside):
    """What follows the legs of pagers on the first switch, where one leg exists."""

    def __init__(self) -> None:
        nobody = UserName("1", "a")
        self.store = FakeStore(Policy(nobody, nobody))
        super().__init__(FakeSwitch({"uuid_exists": "false", "uuid_exists p-1": "true"}), self.store)

    @property
    def endings(self) -> list[str | None]:
        """The endings in the history."""
        self.settle()
        return [record.ending for record in self.store.saved]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def test_leg_that_is_there_is_followed(desk: Desk) -> None:
    desk.crossings.follow(RECORD, "p-1")
    assert desk.live.find("page-1")
    assert desk.endings == []


def test_leg_that_has_ended_before_is_let_go_and_a_call_that_has_not_arrived_is_closed(desk: Desk) -> None:
    desk.crossings.follow(RECORD, "p-2")
    assert not desk.live.all()
    assert desk.endings == ["pager_hung_up"]


def test_attempt_that_is_over_is_not_followed(desk: Desk) -> None:
    over = replace(RECORD, treatment=Treatment.REFUSED, reason="switch_away", ended_at=RECORD.started_at)
    desk.crossings.follow(over, "p-1")
    assert not desk.live.all()


def fails(desk: Desk, monkeypatch: pytest.MonkeyPatch, asked: str) -> list[Exception]:
    """Let the database fail three times as it is asked this; return the failures to come."""
    answer = getattr(desk.store, asked)
    failures: list[Exception] = [DatabaseUnavailable("away")] * 3

    def fail(page_id: str) -> object:
        if failures:
            raise failures.pop()
        return answer(page_id)

    monkeypatch.setattr(desk.store, asked, fail)
    return failures


@pytest.mark.parametrize("asked", ["give_up", "attempt"])
def test_call_that_has_not_arrived_is_closed_when_the_database_answers_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(crossing, "RETRY", 0.0)
    failures = fails(desk, monkeypatch, asked)
    desk.crossings.follow(RECORD, "p-2")
    assert desk.endings == ["pager_hung_up"]
    assert not failures


@pytest.mark.parametrize("asked", ["give_up", "open_parts"])
def test_part_is_closed_when_the_database_answers_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(crossing, "RETRY", 0.0)
    failures = fails(desk, monkeypatch, asked)
    desk.store.saved.append(part())
    desk.store.begin("token", CROSSING)
    group_ends(desk)
    assert desk.endings == [None, "target_hung_up", "pager_hung_up"]
    assert not failures


def part(**known) -> PageRecord:
    return replace(RECORD, page_id="part-1", part_of="page-1", **known)


def group_ends(desk: Desk) -> None:
    whole = replace(
        RECORD, switch="pbx", treatment=Treatment.GROUP, ended_at=RECORD.started_at, ending="target_hung_up"
    )
    desk.events.publish(PageEnded(whole))


def test_part_that_its_maker_did_not_come_to_send_is_closed_with_the_whole_page(desk: Desk) -> None:
    desk.store.saved.append(part())
    desk.store.begin("token", CROSSING)
    group_ends(desk)
    assert desk.endings == [None, "target_hung_up", "pager_hung_up"]


@pytest.mark.parametrize("leg", ["arrived", ""])
def test_part_that_has_arrived_or_was_given_up_is_left_to_others(desk: Desk, leg: str) -> None:
    desk.store.saved.append(part())
    desk.store.crossings["token"] = [CROSSING, leg]
    group_ends(desk)
    assert desk.endings == [None, "target_hung_up"]


def test_part_of_the_pagers_own_switch_is_left_to_those_who_follow_it(desk: Desk) -> None:
    desk.store.saved.append(part(switch="pbx"))
    group_ends(desk)
    assert desk.endings == [None, "target_hung_up"]


def test_leg_to_a_member_is_followed_from_its_first_event_to_its_end(desk: Desk) -> None:
    desk.store.saved.append(part(treatment=Treatment.INTERCOM))
    desk.store.begin("token", CROSSING)
    mark = MemberMark("part-1", "page-1", PAGER, TARGET, "p-1", "beta")
    variables = {f"variable_{name}": value for name, value in mark.variables().items()}
    desk.live.observe(event("CHANNEL_ORIGINATE", "x-1", **variables))
    assert [live.record.part_of for live in desk.live.all()] == ["page-1"]
    desk.live.observe(event("CHANNEL_HANGUP", "x-1", **{"Hangup-Cause": "CALL_REJECTED"}))
    desk.settle()
    assert not desk.live.all()
    last = desk.store.saved[-1]
    assert (last.reason, last.cause, last.switch) == ("not_arrived", "CALL_REJECTED", "beta")


def test_leg_to_a_member_that_began_unseen_is_followed_as_it_enters_the_room(desk: Desk) -> None:
    mark = MemberMark("part-1", "page-1", PAGER, TARGET, "p-1", "beta")
    variables = {f"variable_{name}": value for name, value in mark.variables().items()}
    desk.live.observe(event("CUSTOM", "x-1", **{"Event-Subclass": SUBCLASS} | variables))
    assert [(live.page.elsewhere, live.record.switch) for live in desk.live.all()] == [(True, "beta")]


def test_leg_of_an_idle_member_or_of_anybody_else_is_not_taken_for_one_that_was_sent(desk: Desk) -> None:
    mark = MemberMark("part-1", "page-1", PAGER, TARGET, "p-1")
    variables = {f"variable_{name}": value for name, value in mark.variables().items()}
    desk.live.observe(event("CHANNEL_ORIGINATE", "x-1", **variables))
    desk.live.observe(event("CHANNEL_ORIGINATE", "x-2", variable_whisperpage_switch="beta"))
    assert not desk.live.all()


def test_call_that_ends_with_its_pager_is_closed_with_the_treatment_that_the_history_has(desk: Desk) -> None:
    desk.store.saved.append(part(treatment=Treatment.INTERCOM))
    desk.store.begin("token", CROSSING)
    desk.crossings.follow_member(MemberMark("part-1", "page-1", PAGER, TARGET, "p-1", "beta", "x-1"))
    desk.live.observe(event("CHANNEL_HANGUP", "p-1"))
    desk.settle()
    last = desk.store.saved[-1]
    assert (last.treatment, last.ending) == (Treatment.INTERCOM, "pager_hung_up")


def test_leg_that_has_ended_while_there_was_no_connection_is_closed_then(desk: Desk) -> None:
    desk.crossings.follow(RECORD, "p-1")
    desk.live.clear()
    desk.crossings.settle()
    assert desk.endings == ["pager_hung_up"]
    desk.crossings.settle()
    assert desk.endings == ["pager_hung_up"]


def test_leg_whose_page_is_not_of_another_switch_is_not_resumed(desk: Desk) -> None:
    desk.store.saved.append(replace(RECORD, switch="pbx"))
    assert not desk.crossings.resume("page-1", "p-1", "", "pbx")
    assert not desk.live.all()
