"""Limits how often a user may page, and may be paged.

For a pager every attempt counts, even if it is refused; for a target every page that is made counts. A pager
beyond its limit is shut out: for a minute every request of it is refused, before the database or the switch
is asked. The history has one row for all these attempts, with their number.

The row is claimed like any attempt. So the database shows every controller that the pager is shut out
(`store.pages.claim`), and no controller makes a page of an attempt that another one refuses. The refusals
after the first are not claimed: two controllers may refuse the same attempt. The controller that owns the row
counts them in memory and writes their number every few seconds; if it is killed, those of the last seconds
are lost. So a flood of attempts gives the database no more work than usual.

All callers that were not authenticated count as one pager.

An API token may send messages by many names. So it has the limit of a pager, too, with whatever names: it is
refused before any name is counted, and has no row.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import partial

import structlog

from controller.clock import REAL, Clock
from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.domain.refusal import SHUT_OUT, Reason, Refusal
from controller.paging.events import AttemptsCounted, Bus
from controller.ratelimit import Limiter, RateLimit

#: Seconds after which the number of attempts is written.
WRITTEN = 5.0
#: Pagers that can be shut out at the same time; beyond that the oldest is let in again.
MOST = 10_000

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class ShutOut:
    """A pager that is refused until a moment of the clock; `record` is its row in the history, if any.

    `ours` is False if another controller owns the row.
    """

    pager: UserName | None
    until: float
    record: PageRecord | None = None
    ours: bool = True
    waiting: bool = False

    @property
    def refusal(self) -> Refusal:
        """The refusal of its requests."""
        return Refusal(Reason.TOO_OFTEN if self.pager else Reason.NOT_AUTHENTICATED)


class Limits:
    """The limits of one controller; None is no limit. The counted attempts are published for the history."""

    def __init__(
        self,
        events: Bus,
        pager: RateLimit | None = None,
        target: RateLimit | None = None,
        clock: Clock = REAL,
    ) -> None:
        self._events = events
        self._pager = pager
        self._target = target
        self._clock = clock
        # three, so that a flood of one kind does not displace the counts of the others
        self._asked, self._paged, self._sent = (Limiter(clock.monotonic) for _ in range(3))
        self._shut_out: OrderedDict[UserName | None, ShutOut] = OrderedDict()

    def ask(self, pager: UserName | None) -> ShutOut | None:
        """Count an attempt of a pager; None if it is within its limit. Never waits."""
        if self._pager is None:
            return None
        shut = self._shut_out.get(pager)
        if shut and self._clock.monotonic() < shut.until:
            return shut
        if shut:
            self._let_in(shut)
        if self._asked.hit(self._pager, pager):
            return None
        shut = self._shut_out[pager] = ShutOut(pager, self._clock.monotonic() + SHUT_OUT)
        if len(self._shut_out) > MOST:
            self._let_in(next(iter(self._shut_out.values())))
        _log.warning("pager.shut_out", pager=str(pager or "nobody"), seconds=SHUT_OUT)
        return shut

    def send(self, token: str, targets: int) -> float:
        """Count a message of an API token to so many targets; 0.0, or the seconds after which it may be sent.

        Never waits. A request that begins within the limit may go beyond it: so its sender's limit decides.
        """
        if self._pager is None:
            return 0.0
        if seconds := self._sent.retry_after(self._pager, token):
            return seconds
        for _ in range(targets):
            self._sent.hit(self._pager, token)
        return 0.0

    def again(self, shut: ShutOut) -> None:
        """Count another attempt of a pager that is shut out and has its row. Never waits."""
        assert shut.record
        shut.record = replace(shut.record, attempts=shut.record.attempts + 1)
        if not shut.waiting:
            shut.waiting = True
            self._clock.later(WRITTEN, partial(self._write, shut))

    def may_be_paged(self, target: UserName) -> bool:
        """Whether a page to a target would be within its limit."""
        return self._target is None or self._paged.test(self._target, target)

    def page(self, target: UserName) -> bool:
        """Count a page to a target before it is made; False if it is beyond the target's limit."""
        return self._target is None or self._paged.hit(self._target, target)

    def close(self) -> None:
        """Publish all numbers of attempts for the history."""
        for shut in self._shut_out.values():
            self._write(shut)

    def _let_in(self, shut: ShutOut) -> None:
        self._write(shut)
        del self._shut_out[shut.pager]

    def _write(self, shut: ShutOut) -> None:
        if shut.waiting and shut.ours and shut.record:
            _log.info("pager.still_shut_out", page=shut.record.page_id, attempts=shut.record.attempts)
            self._events.publish(AttemptsCounted(shut.record))
        shut.waiting = False
