"""Refused clicks of `whisperpage page`, which is a process of its own and decides by itself.

It tells the controllers of its switch what was refused, by an event. The one that is first in the history
counts it and shows it, as with any request. Where no controller takes it, the command saves it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from gevent.pool import Pool

from controller.clock import REAL, Clock
from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason
from controller.errors import InvalidValue, Rejected, StoreError
from controller.eventsocket import commands
from controller.eventsocket.commands import Command
from controller.eventsocket.events import Event
from controller.paging import request
from controller.paging.events import Bus, ClickRefused

#: Reports that are worked on at once; any more are left to their command.
AT_ONCE = 50
#: Seconds that a controller has to put a report into the history, and between two looks at that.
TAKEN, LOOK = 1.0, 0.05

#: The headers of a report. It has the requests' subclass, since every login may hear that already.
_PREFIX = "Whisperpage-Refused-"
_PAGE, _REASON, _CAUSE = _PREFIX + "Page", _PREFIX + "Reason", _PREFIX + "Cause"
_PAGER, _TARGET, _AT = _PREFIX + "Pager", _PREFIX + "Target", _PREFIX + "At"

_log = structlog.get_logger(__name__)


def report(record: PageRecord) -> Command:
    """The event that tells of a refused click. Raises UnsafeValue."""
    headers = {
        "Event-Subclass": request.SUBCLASS,
        _PAGE: record.page_id,
        _PAGER: str(record.pager or ""),
        _TARGET: record.called,
        _REASON: record.reason or "",
        _CAUSE: record.cause or "",
        _AT: record.started_at.isoformat(),
    }
    return commands.sendevent("CUSTOM", headers)


def is_report(event: Event) -> bool:
    """Whether an event of the requests' subclass is a report, and no request."""
    return event.get(_PAGE) is not None


def read(event: Event, switch: str) -> PageRecord:
    """The record in a report. Raises ValueError for what no command has sent."""
    started_at = datetime.fromisoformat(event[_AT])
    if started_at.tzinfo is None or not request.is_page_id(event[_PAGE]):
        raise ValueError("a report without a time zone or a page's id")
    return PageRecord(
        page_id=event[_PAGE],
        switch=switch,
        pager=UserName.parse(event[_PAGER]),
        target=UserName.parse(event[_TARGET]),
        treatment=Treatment.REFUSED,
        started_at=started_at,
        reason=Reason(event[_REASON]).value,
        cause=event.get(_CAUSE) or None,
        ended_at=started_at,
        ending="refused",
    )


def hand_over(
    record: PageRecord,
    tell: Callable[[Command], object],
    attempt: Callable[[str], PageRecord | None],
    save: Callable[[PageRecord], None],
    clock: Clock = REAL,
) -> None:
    """Have a controller take a refused click, or save it. Raises StoreError, SwitchError and UnsafeValue."""
    tell(report(record))
    until = clock.monotonic() + TAKEN
    while attempt(record.page_id) is None:
        if clock.monotonic() > until:
            save(record)
            return
        clock.sleep(LOOK)


class Reported:
    """Takes the reports at one switch, which is called `name`. `claim` puts a row into the history, once."""

    def __init__(
        self, name: str, claim: Callable[[PageRecord], bool], events: Bus, clock: Clock = REAL
    ) -> None:
        self._name = name
        self._clock = clock
        self._claim = claim
        self._events = events
        self._work = Pool(AT_ONCE)

    def on_report(self, event: Event) -> None:
        """A command reports a refused click; called by the link, and never waits."""
        try:
            record = read(event, self._name)
        except (InvalidValue, KeyError, ValueError) as error:
            _log.warning("report.not_understood", error=str(error))
            return
        if not self._work.full():
            self._work.spawn(self._take, record)

    def drain(self, deadline: float) -> None:
        """Wait until every report is taken, for at most `deadline` seconds."""
        with self._clock.timeout(deadline, False):
            self._work.join()

    def _take(self, record: PageRecord) -> None:
        try:
            if not self._claim(record):
                return  # another controller has taken it, or the command has saved it
        except (StoreError, Rejected) as error:
            _log.error("report.no_store", page=record.page_id, error=str(error))
        self._events.publish(ClickRefused(record))
