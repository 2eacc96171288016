"""The limits of how often a user may page and be paged."""

from __future__ import annotations

from datetime import UTC, datetime

import gevent
import pytest

from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason
from controller.paging import limits
from controller.paging.events import AttemptsCounted, Bus
from controller.paging.limits import Limits, ShutOut
from controller.ratelimit import RateLimit
from tests.virtual import HandSetClock

ALICE, BOB = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
THREE = RateLimit(3, 60.0)
ROW = PageRecord("page-1", "pbx", ALICE, BOB, Treatment.REFUSED, datetime.now(UTC), "too_often")


class Desk:
    """Limits of three a minute on a clock that is set by hand, and the records that they published."""

    def __init__(self, pager: RateLimit | None = THREE, target: RateLimit | None = THREE) -> None:
        self.clock = HandSetClock()
        self.kept: list[PageRecord] = []
        events = Bus()
        events.subscribe(AttemptsCounted, lambda event: self.kept.append(event.record))
        self.limits = Limits(events, pager, target, clock=self.clock)

    def shut_out(self, pager: UserName | None = ALICE) -> ShutOut:
        """Shut out a pager, and give it its row."""
        for _ in range(THREE.times):
            assert self.limits.ask(pager) is None
        shut = self.limits.ask(pager)
        assert shut
        shut.record = ROW
        return shut


def test_a_pager_is_shut_out_by_the_first_attempt_beyond_its_limit() -> None:
    desk = Desk()
    assert [desk.limits.ask(ALICE) for _ in range(3)] == [None] * 3
    shut = desk.limits.ask(ALICE)
    assert shut
    assert shut.refusal.reason is Reason.TOO_OFTEN
    assert desk.limits.ask(ALICE) is shut


def test_a_pager_within_its_limit_is_never_shut_out() -> None:
    desk = Desk()
    for _ in range(100):
        assert desk.limits.ask(ALICE) is None
        desk.clock.seconds += 20.0


def test_a_pager_is_let_in_after_a_minute_whatever_it_tried_meanwhile() -> None:
    desk = Desk()
    shut = desk.shut_out()
    for _ in range(59):
        desk.clock.seconds += 1.0
        assert desk.limits.ask(ALICE) is shut
    desk.clock.seconds += 1.0
    assert [desk.limits.ask(ALICE) for _ in range(3)] == [None] * 3


def test_another_pager_is_not_hindered() -> None:
    desk = Desk()
    desk.shut_out()
    assert desk.limits.ask(BOB) is None


def test_all_callers_without_authentication_are_one_pager_with_that_reason() -> None:
    shut = Desk().shut_out(None)
    assert shut.refusal.reason is Reason.NOT_AUTHENTICATED


def test_without_a_limit_everybody_pages() -> None:
    desk = Desk(pager=None, target=None)
    assert {desk.limits.ask(ALICE) for _ in range(1000)} == {None}
    assert all(desk.limits.page(BOB) for _ in range(1000))


def test_a_target_is_paged_as_often_as_its_limit_says() -> None:
    desk = Desk()
    assert [desk.limits.page(BOB) for _ in range(4)] == [True, True, True, False]
    assert not desk.limits.may_be_paged(BOB)
    assert desk.limits.page(ALICE)
    desk.clock.seconds += 60.0
    assert desk.limits.may_be_paged(BOB)


def test_a_look_at_the_targets_limit_is_not_counted() -> None:
    desk = Desk()
    assert all(desk.limits.may_be_paged(BOB) for _ in range(100))


def test_repeated_refusals_are_counted_and_written_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "WRITTEN", 0.01)
    desk = Desk()
    shut = desk.shut_out()
    for _ in range(10_000):
        desk.limits.again(shut)
    assert desk.kept == []
    gevent.sleep(0.03)
    assert [(row.page_id, row.attempts) for row in desk.kept] == [("page-1", 10_001)]
    desk.limits.again(shut)
    gevent.sleep(0.03)
    assert [row.attempts for row in desk.kept] == [10_001, 10_002]


def test_the_count_is_written_when_the_controller_stops() -> None:
    desk = Desk()
    desk.limits.again(desk.shut_out())
    desk.limits.close()
    desk.limits.close()
    assert [row.attempts for row in desk.kept] == [2]


def test_the_count_is_written_when_the_pager_is_let_in_again() -> None:
    desk = Desk()
    desk.limits.again(desk.shut_out())
    desk.clock.seconds += 60.0
    desk.limits.ask(ALICE)
    assert [row.attempts for row in desk.kept] == [2]


def test_nothing_is_written_without_another_refusal() -> None:
    desk = Desk()
    desk.shut_out()
    desk.limits.close()
    assert desk.kept == []


def test_what_another_controller_counts_is_not_written_here() -> None:
    desk = Desk()
    shut = desk.shut_out()
    shut.ours = False
    desk.limits.again(shut)
    desk.limits.close()
    assert desk.kept == []


def test_any_number_of_pagers_takes_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 10)
    desk = Desk()
    pagers = [UserName(str(number), "pbx.test") for number in range(12)]
    first = desk.shut_out(pagers[0])
    desk.limits.again(first)
    for pager in pagers[1:]:
        desk.shut_out(pager)
    assert len(desk.limits._shut_out) == 10
    assert [row.attempts for row in desk.kept] == [2]
