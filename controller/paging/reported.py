"""Refused clicks of `whisperpage page`, which is a process of its own and makes its own decision.

The command reports a refusal to the controllers of its switch with an event. The controller that is first in
the history counts and shows it, like a request. If no controller takes the report, the command saves it.
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
from controller.switch.identity import SwitchName

#: Reports that are handled at the same time; further ones are left to their commands.
AT_ONCE = 50
#: Seconds within which a controller writes a report to the history, and between two looks at it.
TAKEN, LOOK = 1.0, 0.05

#: The headers of a report. It has the subclass of requests, which every login may already receive.
_PREFIX = "Whisperpage-Refused-"
_PAGE, _REASON, _CAUSE = _PREFIX + "Page", _PREFIX + "Reason", _PREFIX + "Cause"
_PAGER, _TARGET, _AT = _PREFIX + "Pager", _PREFIX + "Target", _PREFIX + "At"

_log = structlog.get_logger(__name__)


def report(record: PageRecord) -> Command:
    """The event that reports a refused click. Raises UnsafeValue."""
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
    """Whether an event with the subclass of requests is a report and not a request."""
    return event.get(_PAGE) is not None


def read(event: Event, switch: str) -> PageRecord:
    """The record in a report. Raises ValueError if no command can have sent it."""
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
    """Report a refused click to a controller, or save it. Raises StoreError, SwitchError, UnsafeValue."""
    tell(report(record))
    until = clock.monotonic() + TAKEN
    while attempt(record.page_id) is None:
        if clock.monotonic() > until:
            save(record)
            return
        clock.sleep(LOOK)


class Reported:
    """Takes the reports on the switch `name`; `claim` writes a row to the history once."""

    def __init__(
        self, name: SwitchName, claim: Callable[[PageRecord], bool], events: Bus, clock: Clock = REAL
    ) -> None:
        self._name = name
        self._clock = clock
        self._claim = claim
        self._events = events
        self._work = Pool(AT_ONCE)

    def on_report(self, event: Event) -> None:
        """Take the report of a refused click; called by the link, never waits."""
        try:
            record = read(event, str(self._name))
        except (InvalidValue, KeyError, ValueError) as error:
            _log.warning("report.not_understood", error=str(error))
            return
        if not self._work.full():
            self._work.spawn(self._take, record)

    def drain(self, deadline: float) -> None:
        """Wait at most `deadline` seconds until every report is taken."""
        with self._clock.timeout(deadline, False):
            self._work.join()

    def _take(self, record: PageRecord) -> None:
        try:
            if not self._claim(record):
                return  # another controller has claimed it, or the command has saved it
        except (StoreError, Rejected) as error:
            _log.error("report.no_store", page=record.page_id, error=str(error))
        self._events.publish(ClickRefused(record))


def either(on_request: Callable[[Event], None], reports: Reported) -> Callable[[Event], None]:
    """A handler for requests and for reports of refused clicks, which have the same subclass."""
    return lambda event: reports.on_report(event) if is_report(event) else on_request(event)
