"""Deletes what is older than `history_days` from the history, beside the pages and out of their way.

A piece at a time, with a pause after each. Any number of controllers may do it at once: what one has deleted,
another does not find.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import gevent
import structlog

from controller.clock import REAL, Clock, date
from controller.errors import StoreError

#: Rows in a piece: one holds an SQLite database about as long as one claim does.
PIECE = 50
#: Seconds until the first look, between two pieces, and between two looks.
FIRST, PAUSE, EVERY = 60.0, 0.5, 3600.0

_log = structlog.get_logger(__name__)


class Pruner:
    """Keeps `days` days of history, 0 for all. `prune` deletes a piece of what is older than a moment.

    It returns how many rows went, and raises StoreError; it may block.
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
        """Look from now on; not at all if everything is kept."""
        if self._days:
            self._greenlet = gevent.spawn(self._work)

    def stop(self) -> None:
        """Look no longer."""
        if self._greenlet:
            self._greenlet.kill()

    def look(self) -> int:
        """Delete all that is old; how many rows that was. Told in the log if the database does not do it."""
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
        """The time, but no later than it can be since we began: a clock set years ahead deletes nothing."""
        wall, clock = self._began
        return min(date(self._clock), wall + timedelta(seconds=self._clock.monotonic() - clock))
