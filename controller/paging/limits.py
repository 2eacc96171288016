"""How often somebody may page, and be paged.

Each attempt of a pager counts, whatever becomes of it; of a target, each page that is made. Who is beyond its
limit as a pager is shut out: for a minute everything that it asks for is refused, before the database or the
switch is asked. All that is one row of the history, which counts.

The row is claimed as any attempt is, so the database tells every controller that the pager is shut out
(`store.pages.claim`), and none makes a page of an attempt that another refuses. The refusals after the first
are not claimed: to refuse twice is to refuse. They are counted in memory by the controller whose row it is,
and the count is written every few seconds; one that is killed loses those of the last seconds. So the
database has no more to do in a flood of attempts than at any other time.

Where the pager is nobody (no call of which was authenticated), all of them are one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

import gevent
import structlog

from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.domain.refusal import SHUT_OUT, Reason, Refusal
from controller.paging.events import AttemptsCounted, Bus
from controller.ratelimit import Limiter, RateLimit

#: Seconds after which what was counted is written.
WRITTEN = 5.0
#: Pagers that are shut out at a time; of any more the oldest is let in.
MOST = 10_000

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class ShutOut:
    """A pager that is refused until a moment of the clock. `record` is its row, once there is one.

    `ours` is False if the row that counts is another controller's.
    """

    pager: UserName | None
    until: float
    record: PageRecord | None = None
    ours: bool = True
    waiting: bool = False

    @property
    def refusal(self) -> Refusal:
        """What it is told; of nobody nothing more is known than that."""
        return Refusal(Reason.TOO_OFTEN if self.pager else Reason.NOT_AUTHENTICATED)


class Limits:
    """The limits of one controller, None for none. What is to go into the history is published."""

    def __init__(
        self,
        events: Bus,
        pager: RateLimit | None = None,
        target: RateLimit | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._events = events
        self._pager = pager
        self._target = target
        self._clock = clock
        # two, so that no flood of the one kind makes the other forget
        self._asked, self._paged = Limiter(clock), Limiter(clock)
        self._shut_out: OrderedDict[UserName | None, ShutOut] = OrderedDict()

    def ask(self, pager: UserName | None) -> ShutOut | None:
        """A pager asks for a page; None if it is within its limit. Never waits."""
        if self._pager is None:
            return None
        shut = self._shut_out.get(pager)
        if shut and self._clock() < shut.until:
            return shut
        if shut:
            self._let_in(shut)
        if self._asked.hit(self._pager, pager):
            return None
        shut = self._shut_out[pager] = ShutOut(pager, self._clock() + SHUT_OUT)
        if len(self._shut_out) > MOST:
            self._let_in(next(iter(self._shut_out.values())))
        _log.warning("pager.shut_out", pager=str(pager or "nobody"), seconds=SHUT_OUT)
        return shut

    def again(self, shut: ShutOut) -> None:
        """A pager that is shut out, and has its row, has asked once more. Never waits."""
        assert shut.record
        shut.record = replace(shut.record, attempts=shut.record.attempts + 1)
        if not shut.waiting:
            shut.waiting = True
            gevent.spawn_later(WRITTEN, self._write, shut)

    def may_be_paged(self, target: UserName) -> bool:
        """Whether a page to a target would be within its limit."""
        return self._target is None or self._paged.test(self._target, target)

    def page(self, target: UserName) -> bool:
        """A page to a target is about to be made; False if that is beyond its limit."""
        return self._target is None or self._paged.hit(self._target, target)

    def close(self) -> None:
        """Give everything that was counted to the history."""
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
