"""Counting."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from controller.domain.record import Ending, PageRecord, Treatment
from controller.domain.refusal import Reason
from controller.paging import meters
from controller.paging.metrics import Histogram, Metrics


def record(reason: Reason | None = None, page: str = "a") -> PageRecord:
    treatment = Treatment.REFUSED if reason else Treatment.WHISPER
    return PageRecord(page, "pbx", "1001@a", "1002@a", treatment, datetime.now(UTC), reason)


@pytest.mark.parametrize(
    ("seconds", "counts"),
    [(0.0, (1, 0, 0)), (0.1, (1, 0, 0)), (0.11, (0, 1, 0)), (1.0, (0, 1, 0)), (1.1, (0, 0, 1))],
)
def test_a_duration_counts_for_the_least_bound_that_it_is_within(
    seconds: float, counts: tuple[int, ...]
) -> None:
    distribution = Histogram((0.1, 1.0))
    distribution.observe(seconds)
    assert distribution.counts == counts


def test_durations_are_counted_and_added_up() -> None:
    distribution = Histogram((0.1, 1.0))
    for seconds in (0.05, 0.5, 5.0):
        distribution.observe(seconds)
    assert (distribution.count, distribution.sum) == (3, 5.55)


@pytest.mark.parametrize("bounds", [meters.ANSWERS, meters.DECISIONS, meters.WAITS])
def test_bounds_rise(bounds: tuple[float, ...]) -> None:
    assert list(bounds) == sorted(set(bounds))


def test_every_code_is_there_before_it_has_happened() -> None:
    counts = Metrics()
    assert set(counts.refusals) == set(Reason)
    assert set(counts.endings) == set(Ending)
    assert set(counts.attempts) == set(Treatment)
    assert not any((*counts.refusals.values(), *counts.endings.values(), *counts.attempts.values()))


def test_a_refusal_is_counted_by_its_reason_and_remembered() -> None:
    counts = Metrics()
    refused = record(Reason.CONFERENCE)
    counts.attempted(refused)
    counts.attempted(record())
    assert counts.attempts[Treatment.REFUSED] == counts.attempts[Treatment.WHISPER] == 1
    assert counts.refusals[Reason.CONFERENCE] == 1
    assert list(counts.lately) == [refused]


def test_a_refusal_that_is_repeated_is_counted_and_does_not_push_others_out_of_sight() -> None:
    counts = Metrics()
    counts.attempted(record(Reason.CONFERENCE))
    for _ in range(20):
        counts.repeated(Reason.TOO_OFTEN)
    assert counts.attempts[Treatment.REFUSED] == 21
    assert counts.refusals[Reason.TOO_OFTEN] == 20
    assert [each.reason for each in counts.lately] == ["conference"]


def test_only_the_last_refusals_are_remembered() -> None:
    counts = Metrics()
    for number in range(meters.LATELY + 1):
        counts.attempted(record(Reason.FAX, str(number)))
    assert [each.page_id for each in counts.lately] == [str(n) for n in range(1, meters.LATELY + 1)]


def test_an_ending_is_counted() -> None:
    counts = Metrics()
    counts.ended(Ending.HELD)
    assert counts.endings[Ending.HELD] == 1
