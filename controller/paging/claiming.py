"""Which controller has an attempt: the store says it, though a connection to it may break at any moment.

If it breaks before the answer has come, the change may have been made all the same. So the store is asked
again, and an answer that another controller has the attempt may then be of our own first try.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from controller.clock import REAL, Clock
from controller.domain.crossing import Arrival
from controller.domain.record import PageRecord
from controller.errors import StoreError
from controller.eventsocket.api import uuid_getvar
from controller.eventsocket.outcome import Outcome
from controller.switch.pagelegs import PREFIX
from controller.switch.runner import CommandRunner

#: Seconds within which another controller claims a request that it has begun to handle, and begins the page.
CLAIMED = 0.3
#: Seconds after the beginning of a request in which the store is asked again if it has failed.
FAILS_SOON = 1.0
#: What the switch says of a variable that a leg does not have.
_UNSET = ("", "_undef_")

T = TypeVar("T")


class Claiming:
    """Claims attempts for one controller at one switch.

    `claim` writes the first record of an attempt; it returns False if another controller has claimed the
    attempt. `attempt` returns the record that the history has of an attempt. `accept` takes the token of a
    call that has arrived at a switch (store/crossings.py, `arrive`). All ask the store and raise StoreError,
    and so do the methods of this class.
    """

    def __init__(
        self,
        claim: Callable[[PageRecord], bool],
        attempt: Callable[[str], PageRecord | None],
        accept: Callable[[str, str, str, datetime], Arrival | None],
        runner: CommandRunner,
        clock: Clock = REAL,
    ) -> None:
        self._claim = claim
        self._attempt = attempt
        self._accept = accept
        self._runner = runner
        self._clock = clock

    def claim(self, record: PageRecord, pager_leg: str, arrived: float) -> bool:
        """Claim an attempt that has begun at the time `arrived`; False if another controller has it."""
        claimed, again = self._twice(lambda: self._claim(record), arrived)
        if claimed or not again:
            return claimed
        known = self._attempt(record.page_id)
        return known is not None and known.started_at == record.started_at and self._untouched(pager_leg)

    def accept(self, token: str, switch: str, leg: str, at: datetime, arrived: float) -> Arrival | None:
        """Take a call that another switch has sent, as `claim` does; None if its token does not count."""
        arrival, again = self._twice(lambda: self._accept(token, switch, leg, at), arrived)
        if arrival and again and not arrival.ours and self._untouched(leg):
            return replace(arrival, ours=True)
        return arrival

    def begun(self, page_id: str, arrived: float) -> PageRecord | None:
        """The record of an attempt that another switch has begun, if the history has it."""
        return self._twice(lambda: self._attempt(page_id), arrived)[0]

    def taken(self, pager_leg: str) -> bool:
        """Whether another controller, whose database answers, has begun a page for this leg."""
        told = self._value(pager_leg, "page")
        return told.done and told.text.strip() not in _UNSET

    def _untouched(self, pager_leg: str) -> bool:
        """Whether no controller has done anything with this leg, though it had the time for that.

        A leg that is gone was refused, or its pager has hung up.
        """
        self._clock.sleep(CLAIMED)
        told = [self._value(pager_leg, each) for each in ("page", "cause")]
        return all(each.done and each.text.strip() in _UNSET for each in told)

    def _value(self, leg: str, variable: str) -> Outcome:
        return self._runner.ask(uuid_getvar(leg, PREFIX + variable))

    def _twice(self, ask: Callable[[], T], arrived: float) -> tuple[T, bool]:
        """The store's answer, and whether it had to be asked again.

        It is if it fails at once, for it may only have dropped our connection.
        """
        try:
            return ask(), False
        except StoreError:
            if self._clock.monotonic() - arrived > FAILS_SOON:
                raise
            self._clock.sleep(CLAIMED)
            return ask(), True
