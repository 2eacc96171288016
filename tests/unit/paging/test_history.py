"""Writing the history."""

from __future__ import annotations

from datetime import UTC, datetime

import gevent
import pytest
from structlog.testing import capture_logs

from controller import supervision
from controller.domain.record import PageRecord, Treatment
from controller.errors import DatabaseUnavailable, InvalidValue
from controller.paging import history
from controller.paging.history import History


def record(page: str) -> PageRecord:
    return PageRecord(
        page, "pbx", None, None, Treatment.REFUSED, datetime.now(UTC), reason="malformed", dialled="1002"
    )


def test_records_are_written_in_order() -> None:
    saved: list[str] = []
    kept = History(lambda each: saved.append(each.page_id))
    for page in "abc":
        kept.keep(record(page))
    kept.close(1)
    assert saved == ["a", "b", "c"]


def test_a_database_that_is_away_for_a_while_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "RETRY", 0.001)
    tries: list[str] = []

    def save(each: PageRecord) -> None:
        tries.append(each.page_id)
        if len(tries) < 3:
            raise DatabaseUnavailable("locked")

    kept = History(save)
    kept.keep(record("a"))
    kept.keep(record("b"))
    kept.close(1)
    assert tries == ["a", "a", "a", "b"]


def test_a_record_that_the_database_will_never_take_does_not_hold_up_the_others() -> None:
    tries: list[str] = []

    def save(each: PageRecord) -> None:
        tries.append(each.page_id)
        if each.page_id == "a":
            raise InvalidValue("no")

    kept = History(save)
    kept.keep(record("a"))
    kept.keep(record("b"))
    kept.close(1)
    assert tries == ["a", "b"]


def test_when_there_is_no_room_left_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "WAITING", 1)
    kept = History(lambda each: None)
    for page in "abc":
        kept.keep(record(page))
    assert len(kept) == 1
    assert kept.full
    assert kept.lost == 2
    kept.close(1)


def test_it_knows_for_how_long_the_database_has_not_accepted_a_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "RETRY", 0.001)
    takes: list[bool] = []

    def save(each: PageRecord) -> None:
        if not takes:
            raise DatabaseUnavailable("locked")

    kept = History(save)
    assert kept.behind == 0
    kept.keep(record("a"))
    gevent.sleep(0.02)
    assert kept.behind > 0.01
    takes.append(True)
    kept.drain(60)
    assert kept.behind == 0
    kept.close(1)


def test_a_fault_of_ours_loses_one_record_and_not_the_others() -> None:
    saved: list[str] = []

    def save(each: PageRecord) -> None:
        if each.page_id == "a":
            raise RuntimeError("a fault of ours")
        saved.append(each.page_id)

    kept = History(save)
    with capture_logs() as logs:
        kept.keep(record("a"))
        kept.keep(record("b"))
        kept.drain(60)
    assert (saved, kept.lost, kept.trouble) == (["b"], 1, "")
    assert [(entry["event"], entry["page"]) for entry in logs] == [("history.lost", "a")]
    kept.close(1)


def test_a_writer_that_dies_is_started_again_with_the_record_that_it_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervision, "AGAIN", 0.01)
    saved: list[str] = []

    def save(each: PageRecord) -> None:
        if each.page_id == "a" and not kept._writer.deaths.count:
            raise gevent.GreenletExit
        saved.append(each.page_id)

    kept = History(save)
    kept.keep(record("a"))
    kept.keep(record("b"))
    with capture_logs():
        gevent.sleep(0.001)
        assert kept.trouble == "It is not running: see the log."
        kept.drain(60)
    assert (saved, kept.lost, kept.trouble) == (["a", "b"], 0, "")
    kept.close(1)
    assert kept.trouble
