"""Runs the handlers of events outside of the reader: a bounded queue, and one greenlet that empties it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import gevent
import structlog
from gevent.queue import Full, Queue

from controller.clock import REAL, Clock
from controller.errors import FellBehind
from controller.eventsocket.events import Event
from controller.eventsocket.tally import Tally
from controller.precedence import DECISIONS
from controller.supervision import Lasting

#: An event has some 7 kB, so a full queue has 30 MB.
MAX_QUEUED_EVENTS = 4096

#: Seconds that a running handler still gets after `stop`.
HANDLER_GRACE = 5.0

#: Seconds after which the dispatcher lets other greenlets run. Reading from a queue that is not empty does
#: not yield. Many switches may have events at the same time, each with a dispatcher.
_TURN = 0.001

#: The queued events for which the reader waits (`give_way`), and the seconds that it waits at most until they
#: are fewer. A switch keeps 100,000 (MAX_QUEUE_LEN, mod_event_socket.c): a busy one sends them in 10 s.
_BACKLOG, _PATIENCE = MAX_QUEUED_EVENTS // 4, 5.0

_log = structlog.get_logger(__name__)

Handler = Callable[[Event], None]


class Dispatcher:
    """Gives events to their handlers in order, one at a time. The exception of a handler is logged.

    `handlers` returns the handlers of an event's key. Events are queued at once, and handled from `start` on.
    `died` is called if the handling of events ends without `stop`.
    """

    def __init__(
        self,
        handlers: Callable[[str], Sequence[Handler]],
        tally: Tally | None = None,
        died: Callable[[], None] = lambda: None,
        clock: Clock = REAL,
    ) -> None:
        self._handlers = handlers
        self._handled = (tally or Tally()).handled
        self._clock = clock
        self._queue: Queue[Event | None] = Queue(maxsize=MAX_QUEUED_EVENTS)
        self._begun = 0  # events whose handling has begun
        self._behind_since: float | None = None
        self._work = Lasting("events", self._run, died, clock=clock)

    def __len__(self) -> int:
        return self._queue.qsize()

    def put(self, event: Event) -> None:
        """Queue an event without waiting; raises FellBehind if the queue is full."""
        try:
            self._queue.put_nowait(event)
        except Full:
            raise FellBehind(
                f"We were {MAX_QUEUED_EVENTS} events behind the switch and closed the connection: "
                "find the slow handler."
            ) from None

    def give_way(self) -> None:
        """Let other greenlets run; with many events queued, let their handling go on, unless a handler waits.

        The reader reads hundreds of events at a time, and on a busy machine a turn has time for a few only.
        """
        begun = -1
        while begun != self._begun:
            begun = self._begun
            gevent.sleep(0)
            if self._queue.qsize() <= _BACKLOG:
                self._behind_since = None
                return
            self._behind_since = self._behind_since or self._clock.monotonic()
            if self._clock.monotonic() - self._behind_since > _PATIENCE:
                return

    def start(self) -> None:
        """Start to handle events, beginning with the queued ones."""
        self._work.start()

    def stop(self) -> None:
        """Handle no further event; returns at once, while the running handler goes on."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    def join(self) -> None:
        """After `stop`: wait for the running handler, at most HANDLER_GRACE seconds, then end it.

        If the running handler itself is the caller, this returns at once.
        """
        if not self._work.is_current:
            self._work.join(HANDLER_GRACE)
            self._work.stop()

    def _run(self) -> None:
        turn_ends = time.monotonic() + _TURN
        for event in iter(self._queue.get, None):
            self._begun += 1
            DECISIONS.give(self._clock)
            key = event.key
            for handler in tuple(self._handlers(key)):
                try:
                    handler(event)
                except (Exception, gevent.Timeout):  # noqa: BLE001  # it must not stop the other handlers
                    _log.exception("handler.failed", name=key)
            self._handled[key] += 1
            if time.monotonic() >= turn_ends:
                gevent.sleep(0)
                turn_ends = time.monotonic() + _TURN
