"""Refused clicks of a command: told to the controllers, of which one takes each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import gevent
import pytest

from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.errors import DatabaseUnavailable
from controller.eventsocket.commands import Command
from controller.eventsocket.events import JsonEvent
from controller.paging import reported
from controller.paging.events import Bus, ClickRefused
from controller.paging.reported import Reported, hand_over, is_report, read, report
from tests.unit.paging.fakes import PBX, event

NOW = datetime.now(UTC)
REFUSED = PageRecord(
    "3b241101-e2bb-4255-8caf-4136c566a962",
    "pbx",
    UserName("1001", "pbx.test"),
    UserName("1002", "pbx.test"),
    Treatment.REFUSED,
    NOW,
    "pager_unanswered",
    "USER_BUSY",
    ended_at=NOW,
    ending="refused",
)


def arrived(command: Command, **changes: str) -> JsonEvent:
    headers = {"Event-Name": "CUSTOM"} | dict(command.headers) | changes
    return event("CUSTOM", "", **headers)


def taken(claim: Callable[[PageRecord], bool], *events: JsonEvent) -> list[PageRecord]:
    bus, found = Bus(), list[PageRecord]()
    bus.subscribe(ClickRefused, lambda told: found.append(told.record))
    reports = Reported(PBX, claim, bus)
    for each in events:
        reports.on_report(each)
    reports.drain(60)
    return found


def test_a_report_says_all_that_the_history_needs() -> None:
    assert read(arrived(report(REFUSED)), "pbx") == REFUSED


def test_a_request_is_no_report() -> None:
    assert is_report(arrived(report(REFUSED)))
    assert not is_report(event("CUSTOM", "leg", **{"Event-Subclass": "whisperpage::request"}))


def test_who_puts_it_into_the_history_publishes_it() -> None:
    assert taken(lambda record: True, arrived(report(REFUSED))) == [REFUSED]


def test_what_another_controller_has_taken_is_not_counted_twice() -> None:
    assert taken(lambda record: False, arrived(report(REFUSED))) == []


def test_what_the_database_does_not_take_is_published_for_the_history_tries_again() -> None:
    def claim(record: PageRecord) -> bool:
        raise DatabaseUnavailable("locked")

    assert taken(claim, arrived(report(REFUSED))) == [REFUSED]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Page", "x"),
        ("Pager", ""),
        ("Target", "1002"),
        ("Reason", "whim"),
        ("At", "yesterday"),
        ("At", "2026-11-29T09:00:00"),
    ],
)
def test_what_no_command_has_sent_is_left_out(header: str, value: str) -> None:
    hostile = arrived(report(REFUSED), **{f"Whisperpage-Refused-{header}": value})
    assert taken(lambda record: True, hostile, arrived(report(REFUSED))) == [REFUSED]


def test_a_flood_of_reports_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def claim(record: PageRecord) -> bool:
        gevent.sleep(0)
        return True

    flood = [arrived(report(REFUSED))] * (2 * reported.AT_ONCE)
    assert len(taken(claim, *flood)) == reported.AT_ONCE


def test_what_a_controller_has_taken_the_command_does_not_save() -> None:
    sent: list[Command] = []
    saved: list[PageRecord] = []
    looks = [None, replace(REFUSED)]
    hand_over(REFUSED, sent.append, lambda page_id: looks.pop(0), saved.append)
    assert [each.line for each in sent] == ["sendevent CUSTOM"]
    assert saved == []


def test_what_no_controller_takes_the_command_saves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reported, "TAKEN", 0.0)
    saved: list[PageRecord] = []
    hand_over(REFUSED, lambda command: None, lambda page_id: None, saved.append)
    assert saved == [REFUSED]
