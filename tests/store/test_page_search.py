"""The history, searched and counted by day, on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from controller.administration import history
from controller.administration.history import After, DayCount, Filter
from controller.administration.reach import EVERYTHING, Reach
from controller.domain.names import UserFilter, UserName
from controller.domain.record import PageRecord, Treatment
from controller.errors import OutOfReach
from controller.store import pages
from controller.store.session import UnitOfWork

ALICE, BOB = UserName("1001", "one.test"), UserName("1002", "one.test")
STRANGER = UserName("1001", "two.test")
NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ONE = Reach("one.test")


def saved(
    unit: UnitOfWork, number: int, pager: UserName | None, target: UserName, hours: float = 0, **more: object
) -> PageRecord:
    at = NOON + timedelta(hours=hours)
    record = PageRecord(str(UUID(int=number)), "pbx", pager, target, Treatment.WHISPER, at, **more)  # type: ignore[arg-type]
    pages.save(unit, record)
    return record


def found(unit: UnitOfWork, kept: Filter, reach: Reach = EVERYTHING) -> list[int]:
    return [UUID(record.page_id).int for record in history.listing(unit, reach, kept, 100)]


@pytest.fixture
def five(unit: UnitOfWork) -> list[PageRecord]:
    ended = {"answered_at": NOON, "ended_at": NOON + timedelta(hours=9), "ending": "stopped"}
    refused = saved(unit, 4, ALICE, STRANGER, 3)
    pages.save(unit, replace(refused, treatment=Treatment.REFUSED, reason="other_domain", attempts=3))
    return [
        saved(unit, 1, ALICE, BOB, **ended),
        saved(unit, 2, BOB, ALICE, 1),
        saved(unit, 3, STRANGER, UserName("1002", "two.test"), 2),
        refused,
        saved(unit, 5, STRANGER, ALICE, 13),
    ]


@pytest.mark.parametrize(
    ("kept", "numbers"),
    [
        (Filter(), [5, 4, 3, 2, 1]),
        (Filter(since=NOON + timedelta(hours=1)), [5, 4, 3, 2]),
        (Filter(until=NOON + timedelta(hours=1)), [1]),
        (Filter(pager=UserFilter("1001")), [5, 4, 3, 1]),
        (Filter(pager=UserFilter("1001", "one.test")), [4, 1]),
        (Filter(target=UserFilter("1001", "one.test")), [5, 2]),
        (Filter(user=UserFilter("1002", "one.test")), [2, 1]),
        (Filter(treatment=Treatment.REFUSED), [4]),
        (Filter(reason="other_domain"), [4]),
        (Filter(ending="stopped"), [1]),
        (Filter(domain="two.test"), [5, 3]),
        (Filter(treatment=Treatment.WHISPER, pager=UserFilter("1001", "one.test")), [1]),
    ],
)
def test_a_filter_keeps_what_it_names(
    unit: UnitOfWork, five: list[PageRecord], kept: Filter, numbers: list[int]
) -> None:
    assert found(unit, kept) == numbers


def test_one_domain_sees_what_its_users_have_asked_for_and_nothing_of_others(
    unit: UnitOfWork, five: list[PageRecord]
) -> None:
    assert found(unit, Filter(), ONE) == [4, 2, 1]
    assert found(unit, Filter(user=UserFilter("1001", "two.test")), ONE) == [4]
    with pytest.raises(OutOfReach):
        found(unit, Filter(domain="two.test"), ONE)


def test_an_attempt_by_nobody_who_is_known_is_seen_by_the_targets_domain(unit: UnitOfWork) -> None:
    saved(unit, 6, None, ALICE)
    assert found(unit, Filter(), ONE) == [6]
    assert found(unit, Filter(), Reach("two.test")) == []


def test_pieces_lose_and_repeat_nothing_where_many_began_at_once(unit: UnitOfWork) -> None:
    for number in (3, 1, 2, 5, 4):
        saved(unit, number, ALICE, BOB)
    pieces: list[PageRecord] = []
    after = None
    while piece := history.listing(unit, EVERYTHING, Filter(), 2, after):
        pieces += piece
        after = After(piece[-1].started_at, piece[-1].page_id)
    assert [UUID(record.page_id).int for record in pieces] == [5, 4, 3, 2, 1]


def test_days_are_counted_by_treatment_in_utc(unit: UnitOfWork, five: list[PageRecord]) -> None:
    days = history.by_day(unit, EVERYTHING, NOON - timedelta(days=1), NOON + timedelta(days=2))
    first, second = date(2026, 11, 28), date(2026, 11, 29)
    assert days == (
        DayCount(first, Treatment.REFUSED, 3),
        DayCount(first, Treatment.WHISPER, 3),
        DayCount(second, Treatment.WHISPER, 1),
    )
    own = history.by_day(unit, ONE, NOON - timedelta(days=1), NOON + timedelta(days=2))
    assert [(each.treatment, each.attempts) for each in own] == [
        (Treatment.REFUSED, 3),
        (Treatment.WHISPER, 2),
    ]
