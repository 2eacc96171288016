"""Whether the controller is alive, and whether it is ready for pages. No check takes long."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING, cast

import gevent
from gevent.event import AsyncResult
from gevent.threadpool import ThreadPool

from controller.app import Controller
from controller.clock import REAL, Clock
from controller.errors import StoreError
from controller.eventsocket.dispatcher import MAX_QUEUED_EVENTS
from controller.logstream import LogStream
from controller.station import Station
from controller.supervision import Lasting

if TYPE_CHECKING:
    from controller.store.schema import SchemaState

#: The limit for an answer of the database, in seconds.
DATABASE_DEADLINE = 1.0
#: Seconds for which a record of the history may wait for the database.
HISTORY_PATIENCE = 10.0
#: Events that may wait to be handled: three quarters of the number at which the link gives up.
QUEUE_LIMIT = MAX_QUEUED_EVENTS * 3 // 4
#: Seconds between two beats of the pulse; the lateness in seconds that is too much; and the number of beats
#: that must all be too late.
BEAT, LATE, BEATS = 1.0, 1.0, 10


@dataclass(frozen=True)
class Part:
    """The state of one part. `trouble` says in one sentence what is wrong with it, or is empty.

    Without a part that is `needed` the controller is not well.
    """

    name: str
    trouble: str = ""
    needed: bool = True

    @property
    def fails(self) -> bool:
        """Whether the controller is not well because of this part."""
        return self.needed and bool(self.trouble)


class Pulse:
    """Wakes up once a second and measures how late it is: everything in the event loop is as late."""

    def __init__(self) -> None:
        self._lateness: deque[float] = deque(maxlen=BEATS)
        self._work = Lasting("pulse", self._beat)
        self._work.start()

    @property
    def late(self) -> float:
        """The greatest lateness of the last beats, in seconds."""
        return max(self._lateness, default=0.0)

    @property
    def trouble(self) -> str:
        """What is wrong with the event loop, in one sentence; else empty."""
        late = f"Everything runs more than {LATE:g} s late: the process has too much to do."
        return self._work.trouble or (late if self.always_late else "")

    @property
    def always_late(self) -> bool:
        """Whether all of the last beats were too late."""
        return len(self._lateness) == BEATS and min(self._lateness) > LATE

    def stop(self) -> None:
        """Stop the pulse."""
        self._work.stop()

    def _beat(self) -> None:
        while True:
            due = monotonic() + BEAT
            gevent.sleep(BEAT)
            self._lateness.append(monotonic() - due)


class DatabaseLook:
    """Looks whether the database has what pages need.

    `check` asks the database, and raises StoreError. It may hang, so it runs in a thread of its own.
    """

    def __init__(self, check: Callable[[], SchemaState], clock: Clock = REAL) -> None:
        self._check = check
        self._clock = clock
        self._thread = ThreadPool(1)
        self._look: AsyncResult[SchemaState] | None = None
        self._began = 0.0

    def stop(self) -> None:
        """Stop looking. Waits for a look that is going on, for at most DATABASE_DEADLINE seconds."""
        with suppress(TimeoutError), gevent.Timeout(DATABASE_DEADLINE, TimeoutError()):
            self._thread.join()
            self._thread.kill()

    def trouble(self) -> str:
        """What is wrong with the database, in one sentence; else empty. Takes DATABASE_DEADLINE s at most.

        A second caller waits for the look that is going on.
        """
        if self._look is None or self._look.ready():
            self._began = self._clock.monotonic()
            self._look = self._thread.spawn(self._check)
        look, began = self._look, self._began
        with self._clock.outside():
            self._clock.wait(look, max(0.0, began + DATABASE_DEADLINE - self._clock.monotonic()))
        if not look.ready():
            waited = self._clock.monotonic() - began
            return f"The database has not answered for {waited:.1f} s: see whether it runs."
        try:
            found = cast("SchemaState", look.get())
        except StoreError as error:
            return str(error)
        if found.up_to_date:
            return ""
        remedy = "run `whisperpage db upgrade`" if found.known else "upgrade whisperpage"
        return f"The database has version {found.current or 'none'}, and {found.head} is needed: {remedy}."


class Vitals:
    """The state of one controller. `log` is the stream of the process's log, if it has one of its own."""

    def __init__(self, controller: Controller, log: LogStream | None = None) -> None:
        self.pulse = Pulse()
        self.database = DatabaseLook(controller.check_database, controller.clock)
        self._controller = controller
        self._log = log
        self._watched: dict[str, Callable[[], str]] = {}

    def watch(self, name: str, trouble: Callable[[], str]) -> None:
        """Watch one more part; `trouble` says in one sentence what is wrong with it, or is empty."""
        self._watched[name] = trouble

    @property
    def log_lost(self) -> int:
        """Entries of the log that could not be written."""
        return self._log.lost if self._log else 0

    def stop(self) -> None:
        """Stop looking."""
        self.pulse.stop()
        self.database.stop()

    def summary(self) -> str:
        """The state in one line, for a person."""
        stations = self._controller.stations
        pages = len(self._controller.live.all())
        doing = f"{pages} pages and calls, {len(stations)} {'switch' if len(stations) == 1 else 'switches'}"
        parts = self.ready()
        troubles = " ".join(f"{part.name}: {part.trouble}" for part in parts if part.trouble)
        if any(part.fails for part in parts):
            return f"Not ready: {troubles} ({doing})"
        return f"Ready: {doing}. {troubles}".rstrip()

    def alive(self) -> tuple[Part, ...]:
        """The parts that a restart of the process would mend, and no others."""
        log = self._log.trouble if self._log and self._log.broke else ""
        own = {
            "loop": self.pulse.trouble,
            "log": log,
            "history writer": self._controller.history.trouble,
            "pages off": self._controller.blocked.trouble,
            "call backs": self._controller.calling_back.trouble,
            "open attempts": self._controller.unended.trouble,
        } | {name: trouble() for name, trouble in self._watched.items()}
        parts = (Part(name, trouble) for name, trouble in own.items())
        return (*parts, *chain.from_iterable(map(_alive, self._controller.stations)))

    def ready(self) -> tuple[Part, ...]:
        """The parts that a page needs: each switch, the database, room in the history. And the log."""
        stations = self._controller.stations
        log = Part("log", self._log.trouble if self._log else "", needed=False)
        return (*map(_link_up, stations), Part("database", self.database.trouble()), self.history(), log)

    def history(self) -> Part:
        """Whether the database takes the records of the history."""
        history, trouble = self._controller.history, ""
        if history.full:
            trouble = f"{len(history)} records of the history wait for the database, and no more can."
        elif history.behind > HISTORY_PATIENCE:
            trouble = f"The database has not taken the history for {history.behind:.0f} s: see the log."
        return Part("history", trouble)


def _alive(station: Station) -> Iterator[Part]:
    trouble = station.link.trouble
    if not trouble and station.link.queued > QUEUE_LIMIT:
        trouble = f"{station.link.queued} events wait to be handled: the process falls behind the switch."
    yield Part(f"link {station.name}", trouble)
    yield Part(f"lamps {station.name}", station.lamps.trouble)
    yield Part(f"takeover {station.name}", station.takeover.trouble)


def _link_up(station: Station) -> Part:
    link = station.link
    trouble = "" if link.state == "up" else str(link.error or "We are not connected yet.")
    return Part(f"switch {station.name}", trouble)
