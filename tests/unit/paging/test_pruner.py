"""Deleting old rows of the history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import gevent

from controller.errors import DatabaseUnavailable
from controller.paging.pruner import EVERY, FIRST, PAUSE, PIECE, Pruner
from tests.virtual import HandSetClock

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)


class Desk:
    """A pruner that keeps a week of a history with so many old rows; its clocks are set by hand."""

    def __init__(self, rows: int, days: int = 7) -> None:
        self.rows, self.clock = rows, HandSetClock(wall=NOON)
        self.asked: list[datetime] = []
        self.down = False
        self.pruner = Pruner(self.prune, days, self.clock)

    def prune(self, before: datetime, rows: int) -> int:
        if self.down:
            raise DatabaseUnavailable("locked")
        self.asked.append(before)
        piece = min(rows, self.rows)
        self.rows -= piece
        return piece


def test_old_rows_are_deleted_in_batches_with_a_pause_after_each() -> None:
    desk = Desk(2 * PIECE + 1)
    assert desk.pruner.look() == 2 * PIECE + 1
    assert desk.asked == [NOON - timedelta(days=7)] * 3
    assert desk.clock.slept == [PAUSE] * 2


def test_it_looks_a_while_after_the_start_and_then_each_hour_until_it_is_stopped() -> None:
    desk = Desk(0)
    desk.pruner.start()
    assert desk.asked == []
    for _ in range(5):
        gevent.sleep(0)
    desk.pruner.stop()
    looks = len(desk.asked)
    assert looks > 1
    assert desk.clock.slept == [FIRST, *[EVERY] * looks]
    gevent.sleep(0.01)
    assert len(desk.asked) == looks


def test_a_database_that_is_away_is_asked_again_at_the_next_look() -> None:
    desk = Desk(5)
    desk.down = True
    assert desk.pruner.look() == 0
    desk.down = False
    assert desk.pruner.look() == 5


def test_nothing_is_deleted_if_everything_is_kept() -> None:
    desk = Desk(5, days=0)
    desk.pruner.start()
    for _ in range(5):
        gevent.sleep(0)
    assert desk.clock.slept == []
    desk.pruner.stop()


def test_a_clock_that_is_set_years_ahead_deletes_nothing_that_is_not_old() -> None:
    desk = Desk(5)
    desk.clock.go_on(3600)
    desk.clock.wall += timedelta(days=3650)
    desk.pruner.look()
    assert desk.asked == [NOON + timedelta(hours=1) - timedelta(days=7)]


def test_a_clock_that_is_set_back_deletes_less() -> None:
    desk = Desk(5)
    desk.clock.wall -= timedelta(days=1)
    desk.pruner.look()
    assert desk.asked == [NOON - timedelta(days=8)]
