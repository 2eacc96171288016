"""The call backs that pagers wait for: offered, asked for, removed.

SQL has them. A copy in memory, read every few seconds, serves who must not wait: the offer to a refused
pager, and the look at whom to ring (paging/calling_back.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from controller.clock import REAL, Clock, date
from controller.domain.call_back import CallBack
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.refusal import Refusal, passes
from controller.errors import StoreError
from controller.paging.events import Bus, CallBackAsked
from controller.paging.request import Request

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CallBackRows:
    """The store's functions for call backs (store/call_backs.py). Each raises StoreError."""

    listing: Callable[[], tuple[CallBack, ...]]
    ask: Callable[[CallBack, int], None]
    take: Callable[[UserName, UserName, datetime], bool]
    give_back: Callable[[UserName, UserName, datetime], None]
    finish: Callable[[UserName, UserName, datetime], None]
    remove: Callable[[UserName, UserName], bool]
    prune: Callable[[datetime], int]


@dataclass
class CallBackCounts:
    """What this controller has done: call backs asked for by pagers, pagers rung, call backs expired."""

    asked: int = 0
    rung: int = 0
    expired: int = 0


class CallBacks:
    """The call backs of all pagers, each kept for `minutes`, at most `limit` of one pager.

    `digit` is the key with which a refused pager asks; empty for none. With 0 minutes there are no call
    backs.
    """

    def __init__(
        self,
        rows: CallBackRows,
        events: Bus,
        minutes: int,
        limit: int,
        digit: str,
        clock: Clock = REAL,
    ) -> None:
        self._rows = rows
        self._events = events
        self._kept = timedelta(minutes=minutes)
        self._limit = limit
        self._digit = digit
        self._clock = clock
        self._found: dict[tuple[UserName, UserName], CallBack] = {}
        self._changes = 0
        #: What `web/metrics.py` reads.
        self.counts = CallBackCounts()

    @property
    def on(self) -> bool:
        """Whether there are call backs at all."""
        return bool(self._kept)

    def waiting(self) -> tuple[CallBack, ...]:
        """Those that have not expired, as last read, the oldest first."""
        now = date(self._clock)
        return tuple(each for each in self._found.values() if each.expires_at > now)

    def offer(self, request: Request, refusal: Refusal) -> str:
        """The digit with which a refused pager can ask for a call back; empty if none is offered."""
        if not self.on or request.arrives or not passes(refusal.reason):
            return ""
        if request.pager is None or request.target is None or request.reverse:
            return ""  # the leg of a reverse page is the target's
        others = [each for each in self.waiting() if each.pager == request.pager]
        full = sum(each.target != request.target for each in others) >= self._limit
        return "" if full else self._digit

    def ask(self, feature: Feature, pager: UserName, target: UserName) -> CallBack:
        """Keep a call back; one of the same pager and target begins anew.

        Raises StoreError, and AlreadyThere if the pager waits for too many.
        """
        now = date(self._clock)
        asked = CallBack(pager, target, feature, now, now + self._kept)
        self._rows.ask(asked, self._limit)
        self._changes += 1
        self._found[asked.pair] = asked
        self.counts.asked += 1
        _log.info("call_back.asked", pager=str(pager), target=str(target), feature=feature.value)
        self._events.publish(CallBackAsked(asked))
        return asked

    def remove(self, pager: UserName, target: UserName) -> bool:
        """Remove a call back; False if there is none. Raises StoreError."""
        removed = self._rows.remove(pager, target)
        self.forget(pager, target)
        if removed:
            _log.info("call_back.removed", pager=str(pager), target=str(target))
        return removed

    def forget(self, pager: UserName, target: UserName) -> None:
        """Note that a call back is not in SQL any more."""
        self._changes += 1
        self._found.pop((pager, target), None)

    def look(self) -> bool:
        """Read all of them, and delete those that have expired; False if the database does not answer."""
        changes = self._changes
        try:
            found = self._rows.listing()
            now = date(self._clock)
            if any(each.expires_at <= now for each in found) and (expired := self._rows.prune(now)):
                self.counts.expired += expired
                _log.info("call_back.expired", number=expired)
        except StoreError as error:
            _log.warning("call_back.unread", error=str(error))
            return False
        if changes == self._changes:  # else a change made here meanwhile may be newer than what was read
            self._found = {each.pair: each for each in found}
        return True
