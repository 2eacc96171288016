"""Messages of which the switch has not said whether their targets hear them.

The connection was lost, or the answer came too late. Such a message may come up nevertheless: it is then
found by its event, or as the switch is connected again, and its end is written as that of any other.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import structlog
from gevent.pool import Group

from controller.clock import REAL, Clock, date
from controller.domain.record import Ending, PageRecord
from controller.paging.events import Bus, PageLost
from controller.paging.live import LivePages

#: Seconds after which a message has come up, or does not come up any more: its target's phones may ring.
LATEST = 40.0

_log = structlog.get_logger(__name__)


class UnknownMessages:
    """The unknown messages of one switch."""

    def __init__(self, live: LivePages, events: Bus, clock: Clock = REAL) -> None:
        self._live = live
        self._events = events
        self._clock = clock
        self._waiting = Group()

    def note(self, record: PageRecord) -> None:
        """Leave a message open in the history, and close it if it does not come up; never waits."""
        _log.warning("message.unknown", page=record.page_id, target=record.called)
        self._waiting.add(self._clock.later(LATEST, partial(self._close, record)))

    def stop(self) -> None:
        """Close none of them; whoever takes the switch over does."""
        self._waiting.kill(block=False)

    def _close(self, record: PageRecord) -> None:
        """Write that its end was not seen, which no end that was seen gives way to (store/pages.py)."""
        if not self._live.find(record.page_id):
            lost = replace(record, ended_at=date(self._clock), ending=Ending.LOST.value)
            self._events.publish(PageLost(lost))
