"""The counts of pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.domain.message import Result
from controller.domain.names import UserName
from controller.domain.record import Ending, PageRecord, Treatment
from controller.domain.refusal import Reason
from controller.paging import metrics
from controller.paging.events import ClickRefused, PageEnded, PageRefused, RefusedAgain, RequestTaken
from controller.paging.metrics import Metrics
from controller.switch import timed


def record(reason: Reason | None = None, page: str = "a") -> PageRecord:
    treatment = Treatment.REFUSED if reason else Treatment.WHISPER
    return PageRecord(
        page, "pbx", UserName("1001", "a"), UserName("1002", "a"), treatment, datetime.now(UTC), reason
    )


@pytest.mark.parametrize("bounds", [timed.ANSWERS, metrics.DECISIONS, metrics.WAITS])
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
    counts.taken(RequestTaken(refused, 0.2, 0.1))
    counts.taken(RequestTaken(record(), 0.2, 0.1))
    assert counts.attempts[Treatment.REFUSED] == counts.attempts[Treatment.WHISPER] == 1
    assert counts.refusals[Reason.CONFERENCE] == 1
    assert list(counts.lately) == [refused]


def test_a_refused_click_is_counted_and_remembered_and_no_request_is() -> None:
    counts = Metrics()
    counts.click_refused(ClickRefused(refused := record(Reason.PAGER_NOT_REGISTERED)))
    assert counts.attempts[Treatment.REFUSED] == 1
    assert counts.refusals[Reason.PAGER_NOT_REGISTERED] == 1
    assert list(counts.lately) == [refused]
    assert counts.taking.sum == 0
    assert not any(counts.taking.counts)


def test_a_refused_part_that_another_switch_has_sent_is_counted_once() -> None:
    counts = Metrics()
    refused = replace(record(Reason.CONFERENCE), part_of="b")
    counts.part_refused(PageRefused(refused))
    counts.taken(RequestTaken(refused, 0.2, 0.1))
    counts.taken(RequestTaken(replace(record(), part_of="b"), 0.2, 0.1))
    assert counts.attempts[Treatment.REFUSED] == counts.attempts[Treatment.WHISPER] == 1
    assert list(counts.lately) == [refused]


def test_a_refusal_that_is_repeated_is_counted_and_does_not_push_others_out_of_sight() -> None:
    counts = Metrics()
    counts.taken(RequestTaken(record(Reason.CONFERENCE), 0.2, 0.1))
    for _ in range(20):
        counts.refused_again(RefusedAgain(Reason.TOO_OFTEN))
    assert counts.attempts[Treatment.REFUSED] == 21
    assert counts.refusals[Reason.TOO_OFTEN] == 20
    assert [each.reason for each in counts.lately] == ["conference"]


def test_only_the_last_refusals_are_remembered() -> None:
    counts = Metrics()
    for number in range(metrics.LATELY + 1):
        counts.taken(RequestTaken(record(Reason.FAX, str(number)), 0.2, 0.1))
    assert [each.page_id for each in counts.lately] == [str(n) for n in range(1, metrics.LATELY + 1)]


def test_an_ending_is_counted() -> None:
    counts = Metrics()
    counts.ended(PageEnded(replace(record(), ending="held")))
    assert counts.endings[Ending.HELD] == 1


def test_an_ending_that_another_controller_has_seen_is_not_counted() -> None:
    counts = Metrics()
    counts.ended(PageEnded(replace(record(), ending="lost"), witnessed=False))
    assert not any(counts.endings.values())


def message(ending: str = "", reason: Reason | None = None) -> PageRecord:
    return replace(record(reason), message="lobby", ending=ending or None, ended_at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("ending", "result"),
    [("heard", "heard"), ("replied", "replied"), ("declined", "declined"), ("call_ended", "missed")],
)
def test_a_message_is_counted_by_what_has_become_of_it(ending: str, result: str) -> None:
    counts = Metrics()
    counts.taken(RequestTaken(replace(message(), ended_at=None), 0.2, 0.1))
    assert not any(counts.messages.values())
    counts.ended(PageEnded(message(ending)))
    assert {each for each, count in counts.messages.items() if count} == {result}


def test_a_message_that_was_taken_over_is_counted_though_its_name_is_not_known() -> None:
    counts = Metrics()
    counts.ended(PageEnded(replace(message("heard"), message="")))
    assert counts.messages[Result.HEARD] == 1


def test_a_refused_message_is_counted_as_such_and_a_refused_page_is_not() -> None:
    counts = Metrics()
    for refused in (message("refused", Reason.NOT_SPOKEN), record(Reason.NOT_SPOKEN)):
        counts.taken(RequestTaken(refused, 0.2, 0.1))
    assert counts.messages[Result.REFUSED] == 1
    assert counts.refusals[Reason.NOT_SPOKEN] == 2


def test_a_page_is_not_counted_among_the_messages() -> None:
    counts = Metrics()
    counts.taken(RequestTaken(record(), 0.2, 0.1))
    counts.ended(PageEnded(replace(record(), ending="replied")))
    assert not any(counts.messages.values())


def test_a_message_whose_ending_another_controller_has_seen_is_not_counted() -> None:
    counts = Metrics()
    counts.ended(PageEnded(message("heard"), witnessed=False))
    assert not any(counts.messages.values())
