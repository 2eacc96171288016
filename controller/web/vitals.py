"""What tells whether the controller lives, and whether it is ready for pages. Nothing here waits long."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import cast

import gevent
from gevent.event import AsyncResult
from gevent.threadpool import ThreadPool

from controller.app import Controller, Station
from controller.errors import StoreError
from controller.eventsocket.dispatcher import MAX_QUEUED_EVENTS
from controller.store import schema
from controller.store.schema import SchemaState
from controller.store.session import Store

#: Seconds that the database has for an answer.
DATABASE_DEADLINE = 1.0
#: Seconds for which the database may fail to take a record of the history.
HISTORY_PATIENCE = 10.0
#: Events that may wait to be handled: three quarters of those with which the link gives up.
QUEUE_LIMIT = MAX_QUEUED_EVENTS * 3 // 4
#: Seconds between two beats of the pulse, and the lateness that is too much if this many beats all have it.
BEAT, LATE, BEATS = 1.0, 1.0, 10


@dataclass(frozen=True)
class Part:
    """One thing that must be well; `trouble` says in one sentence why it is not, or is empty."""

    name: str
    trouble: str = ""


class Pulse:
    """Wakes up once a second, and notes how late it was: so late is everything else in the event loop."""

    def __init__(self) -> None:
        self._lateness: deque[float] = deque(maxlen=BEATS)
        self._greenlet = gevent.spawn(self._beat)

    @property
    def late(self) -> float:
        """How late the latest of the last beats was, in seconds."""
        return max(self._lateness, default=0.0)

    @property
    def always_late(self) -> bool:
        """Whether all of the last beats were too late."""
        return len(self._lateness) == BEATS and min(self._lateness) > LATE

    def stop(self) -> None:
        """Beat no longer."""
        self._greenlet.kill()

    def _beat(self) -> None:
        while True:
            due = monotonic() + BEAT
            gevent.sleep(BEAT)
            self._lateness.append(monotonic() - due)


class DatabaseLook:
    """Looks at the database's schema, from a thread of its own: one that hangs takes none from the pages."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = ThreadPool(1)
        self._look: AsyncResult[SchemaState] | None = None
        self._began = 0.0

    def trouble(self) -> str:
        """Why the database is of no use; empty if it is. Takes DATABASE_DEADLINE seconds at most.

        Whoever asks while a look goes on waits for that one.
        """
        if self._look is None or self._look.ready():
            self._began = monotonic()
            self._look = self._thread.spawn(schema.state, self._store)
        look, began = self._look, self._began
        look.wait(max(0.0, began + DATABASE_DEADLINE - monotonic()))
        if not look.ready():
            return f"The database has not answered for {monotonic() - began:.1f} s: see whether it runs."
        try:
            found = cast(SchemaState, look.get())
        except StoreError as error:
            return str(error)
        if found.up_to_date:
            return ""
        remedy = "run `whisperpage db upgrade`" if found.known else "upgrade whisperpage"
        return f"The database has version {found.current or 'none'}, and {found.head} is needed: {remedy}."


class Vitals:
    """One controller's."""

    def __init__(self, controller: Controller) -> None:
        self.pulse = Pulse()
        self.database = DatabaseLook(controller.store)
        self._controller = controller

    def stop(self) -> None:
        """Look no longer."""
        self.pulse.stop()

    def summary(self) -> str:
        """How it is, in one line for a person."""
        stations = self._controller.stations
        pages = sum(len(station.service.live()) for station in stations)
        doing = f"{pages} pages and calls, {len(stations)} {'switch' if len(stations) == 1 else 'switches'}"
        troubles = [f"{part.name}: {part.trouble}" for part in self.ready() if part.trouble]
        return f"Not ready: {' '.join(troubles)} ({doing})" if troubles else f"Ready: {doing}."

    def alive(self) -> tuple[Part, ...]:
        """What a new start of the process would mend, and nothing else."""
        loop, history = "", ""
        if self.pulse.always_late:
            loop = f"Everything runs more than {LATE:g} s late: the process has too much to do."
        if not self._controller.history.running:
            history = "The history is no longer written: see the log."
        stations = self._controller.stations
        return (Part("loop", loop), Part("history writer", history), *map(_link_alive, stations))

    def ready(self) -> tuple[Part, ...]:
        """What a page needs: each switch, the database, and room in the history."""
        stations = self._controller.stations
        return (*map(_link_up, stations), Part("database", self.database.trouble()), self.history())

    def history(self) -> Part:
        """Whether the history is taken by the database."""
        history, trouble = self._controller.history, ""
        if history.full:
            trouble = f"{len(history)} records of the history wait for the database, and no more can."
        elif history.behind > HISTORY_PATIENCE:
            trouble = f"The database has not taken the history for {history.behind:.0f} s: see the log."
        return Part("history", trouble)


def _link_alive(station: Station) -> Part:
    trouble = ""
    if not station.link.running:
        trouble = "The link is not at work: see the log."
    elif station.link.queued > QUEUE_LIMIT:
        trouble = f"{station.link.queued} events wait to be handled: the process falls behind the switch."
    return Part(f"link {station.name}", trouble)


def _link_up(station: Station) -> Part:
    link = station.link
    trouble = "" if link.state == "up" else str(link.error or "We are not connected yet.")
    return Part(f"switch {station.name}", trouble)
