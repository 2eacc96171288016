"""Deletes rows of the history that are older than `history_days`, without delaying pages.

It deletes a few rows at a time, with a pause after each batch. Group controllers may do so at the same
time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import gevent
import structlog

from controller.clock import REAL, Clock, date
from controller.errors import StoreError

#: Rows in one batch: it locks an SQLite database about as long as one claim does.
PIECE = 50
#: Seconds until the first look, between two batches, and between two looks.
FIRST, PAUSE, EVERY = 60.0, 0.5, 3600.0

_log = structlog.get_logger(__name__)


class Pruner:
    """Keeps `days` days of history; 0 keeps all.

    `prune` deletes at most so many rows that are older than a moment. It returns the number of deleted rows,
    may block, and raises StoreError.
    """

    def __init__(
        self,
        prune: Callable[[datetime, int], int],
        days: int,
        clock: Clock = REAL,
    ) -> None:
        self._prune = prune
        self._days = days
        self._clock = clock
        self._began = date(clock), clock.monotonic()
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        """Start to look regularly, unless everything is kept."""
        if self._days:
            self._greenlet = gevent.spawn(self._work)

    def stop(self) -> None:
        """Stop looking."""
        if self._greenlet:
            self._greenlet.kill()

    def look(self) -> int:
        """Delete all old rows and return their number; a failure of the database is logged."""
        before, deleted = self._now() - timedelta(days=self._days), 0
        try:
            while True:
                piece = self._prune(before, PIECE)
                deleted += piece
                if piece < PIECE:
                    break
                self._clock.sleep(PAUSE)
        except StoreError as error:
            _log.warning("history.unpruned", error=str(error), again_in=EVERY)
        if deleted:
            _log.info("history.pruned", deleted=deleted, before=before.isoformat(timespec="minutes"))
        return deleted

    def _work(self) -> None:
        self._clock.sleep(FIRST)
        while True:
            self.look()
            self._clock.sleep(EVERY)

    def _now(self) -> datetime:
        """The wall clock, never ahead of the time since our start, so that a wrong clock deletes nothing."""
        wall, clock = self._began
        return min(date(self._clock), wall + timedelta(seconds=self._clock.monotonic() - clock))
