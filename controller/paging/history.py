"""Writes the history in a greenlet of its own, so that no page waits for the database."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from gevent.queue import Full, JoinableQueue

from controller.clock import REAL, Clock
from controller.domain.record import PageRecord
from controller.errors import Rejected, StoreError
from controller.paging.events import (
    AttemptsCounted,
    Bus,
    ClickRefused,
    CrossingFailed,
    PageCameUp,
    PageEnded,
    PageEvent,
    PageLost,
    PageRefused,
    PartBegun,
)
from controller.supervision import Lasting

#: Records that can wait while the database does not accept them; each has some hundred bytes.
WAITING = 10_000
#: Seconds between attempts while the database does not accept a record.
RETRY = 1.0

_log = structlog.get_logger(__name__)


class History:
    """Writes records in order, one at a time; `save` writes one, may block, and raises StoreError."""

    def __init__(self, save: Callable[[PageRecord], None], clock: Clock = REAL) -> None:
        self._save = save
        self._clock = clock
        self._waiting: JoinableQueue[PageRecord] = JoinableQueue(maxsize=WAITING)
        self._next: PageRecord | None = None
        self._began: float | None = None  # when the first attempt to write `_next` began
        #: The number of records for which there was no room, or that could not be written.
        self.lost = 0
        self._writer = Lasting("history", self._write, clock=clock)
        self._writer.start()

    def __len__(self) -> int:
        return self._waiting.qsize()

    @property
    def full(self) -> bool:
        """Whether there is no room for another record."""
        return self._waiting.full()

    @property
    def behind(self) -> float:
        """Seconds for which the database has not accepted the next record."""
        return 0.0 if self._began is None else self._clock.monotonic() - self._began

    @property
    def trouble(self) -> str:
        """Why the writer does not run, in one sentence; empty until `close`."""
        return self._writer.trouble

    def subscribe(self, events: Bus) -> None:
        """Subscribe to the events whose records the history keeps."""
        for kind in (
            AttemptsCounted,
            ClickRefused,
            CrossingFailed,
            PageRefused,
            PartBegun,
            PageCameUp,
            PageEnded,
            PageLost,
        ):
            events.subscribe(kind, self._told)

    def keep(self, record: PageRecord) -> None:
        """Queue a record to be written; never waits. A record for which there is no room is logged."""
        try:
            self._waiting.put_nowait(record)
        except Full:
            self.lost += 1
            _log.error("history.lost", page=record.page_id, waiting=WAITING)

    def drain(self, deadline: float) -> None:
        """Wait at most `deadline` seconds until all records are written."""
        with self._clock.timeout(deadline, False):
            self._waiting.join()

    def close(self, deadline: float) -> None:
        """Write the waiting records for at most `deadline` seconds, then stop."""
        self.drain(deadline)
        self._writer.stop()

    def _told(self, event: PageEvent) -> None:
        self.keep(event.record)

    def _write(self) -> None:
        while True:
            if self._next is None:  # else an earlier run has died before it was written
                self._next = self._waiting.get()
                self._began = self._clock.monotonic()
            while not self._written(self._next):
                self._clock.sleep(RETRY)
            self._next = self._began = None
            self._waiting.task_done()

    def _written(self, record: PageRecord) -> bool:
        try:
            self._save(record)
        except Rejected as error:  # another attempt would not help
            _log.error("history.refused", page=record.page_id, error=str(error))
        except StoreError as error:
            _log.warning("history.waits", page=record.page_id, waiting=len(self) + 1, error=str(error))
            return False
        except Exception:  # noqa: BLE001  # it must not stop the other records
            self.lost += 1
            _log.exception("history.lost", page=record.page_id)
        return True
