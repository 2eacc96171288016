"""Writes the history, away from everything that must be quick."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import gevent
import structlog
from gevent.queue import Full, JoinableQueue

from controller.domain.record import PageRecord
from controller.errors import Rejected, StoreError
from controller.paging.events import (
    AttemptsCounted,
    Bus,
    PageCameUp,
    PageEnded,
    PageEvent,
    PageLost,
    PageRefused,
)
from controller.supervision import Lasting

#: Records that wait while the database does not take them; at some hundred bytes each this is little memory.
WAITING = 10_000
#: Seconds between tries while the database does not take a record.
RETRY = 1.0

_log = structlog.get_logger(__name__)


class History:
    """Keeps attempts in order, one at a time. `save` writes one and raises StoreError; it may block."""

    def __init__(self, save: Callable[[PageRecord], None]) -> None:
        self._save = save
        self._waiting: JoinableQueue[PageRecord] = JoinableQueue(maxsize=WAITING)
        self._next: PageRecord | None = None
        self._began: float | None = None  # to write the record that is next
        #: Records for which there was no room, or that could not be written.
        self.lost = 0
        self._writer = Lasting("history", self._write)
        self._writer.start()

    def __len__(self) -> int:
        return self._waiting.qsize()

    @property
    def full(self) -> bool:
        """Whether the next record will find no room."""
        return self._waiting.full()

    @property
    def behind(self) -> float:
        """Seconds for which the database has not taken the record that is next."""
        return 0.0 if self._began is None else monotonic() - self._began

    @property
    def trouble(self) -> str:
        """Why records are not being written, in one sentence; empty until `close`."""
        return self._writer.trouble

    def subscribe(self, events: Bus) -> None:
        """Keep what is published from now on."""
        for kind in (AttemptsCounted, PageRefused, PageCameUp, PageEnded, PageLost):
            events.subscribe(kind, self._told)

    def keep(self, record: PageRecord) -> None:
        """Have a record written; never waits. Told in the log if there is no room for it."""
        try:
            self._waiting.put_nowait(record)
        except Full:
            self.lost += 1
            _log.error("history.lost", page=record.page_id, waiting=WAITING)

    def drain(self, deadline: float) -> None:
        """Wait until everything is written, for at most `deadline` seconds."""
        self._waiting.join(timeout=deadline)

    def close(self, deadline: float) -> None:
        """Write what waits, for at most `deadline` seconds, and stop."""
        self.drain(deadline)
        self._writer.stop()

    def _told(self, event: PageEvent) -> None:
        self.keep(event.record)

    def _write(self) -> None:
        while True:
            if self._next is None:  # else whoever was here before has died with it
                self._next = self._waiting.get()
                self._began = monotonic()
            while not self._written(self._next):
                gevent.sleep(RETRY)
            self._next = self._began = None
            self._waiting.task_done()

    def _written(self, record: PageRecord) -> bool:
        try:
            self._save(record)
        except Rejected as error:  # no later try would be better
            _log.error("history.refused", page=record.page_id, error=str(error))
        except StoreError as error:
            _log.warning("history.waits", page=record.page_id, waiting=len(self) + 1, error=str(error))
            return False
        except Exception:  # noqa: BLE001  # a fault of ours: the other records go on
            self.lost += 1
            _log.exception("history.lost", page=record.page_id)
        return True
