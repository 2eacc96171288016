"""The events of pages as values, and the bus that delivers them to its subscribers.

Each event is published once, by the code that follows the pages. A subscriber must not wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

import structlog

from controller.domain.call_back import CallBack
from controller.domain.names import UserName
from controller.domain.presence import Present
from controller.domain.record import PageRecord
from controller.domain.refusal import Reason
from controller.switch.group import MemberMark
from controller.switch.pagelegs import PageMark

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PageEvent:
    """An event of one page, call or attempt; `record` has what is known about it by now."""

    record: PageRecord


@dataclass(frozen=True)
class RequestTaken(PageEvent):
    """A request was carried out or refused; `record` has the treatment, and the reason of a refusal.

    `seconds` is the whole time this took, and `own` our part of it: all but the time of waiting for the
    switch.
    """

    seconds: float
    own: float


@dataclass(frozen=True)
class RefusedAgain:
    """A pager that is shut out was refused again."""

    reason: Reason


@dataclass(frozen=True)
class AttemptsCounted(PageEvent):
    """The number of attempts in the record of a pager that is shut out has grown."""


@dataclass(frozen=True)
class PageRefused(PageEvent):
    """A request was refused, and the history does not have the refusal yet."""


@dataclass(frozen=True)
class ClickRefused(PageEvent):
    """There is to be no page of a click: it is refused, or its pager's own phone was not answered."""


@dataclass(frozen=True)
class PageFound:
    """A whisper page came up that this controller has not made."""

    mark: PageMark


@dataclass(frozen=True)
class PartBegun(PageEvent):
    """A member of a page group is about to be reached."""


@dataclass(frozen=True)
class MemberFound:
    """The phone of a member of a page group is about to hear a page that this controller has not made."""

    mark: MemberMark


@dataclass(frozen=True)
class SentFound:
    """A leg leads to a member of a page group on another switch, which this controller has not sent."""

    mark: MemberMark


@dataclass(frozen=True)
class MessageFound:
    """An idle target hears a message, on this leg, that this controller has not sent."""

    page_id: str
    pager: UserName
    target: UserName
    leg: str


@dataclass(frozen=True)
class PageCameUp(PageEvent):
    """Pager and target are connected; `mark` is the mark of a whisper page, else None."""

    mark: PageMark | None


@dataclass(frozen=True)
class PageMuted(PageEvent):
    """The target of a whisper page was muted to the far party, or unmuted."""

    muted: bool


@dataclass(frozen=True)
class PageDoubted(PageEvent):
    """Somebody may have joined a whisper page; the switch must be asked."""


@dataclass(frozen=True)
class PageRearranged(PageEvent):
    """Eavesdrops of a whisper page begin anew; the switch must be asked later whether all are there."""


@dataclass(frozen=True)
class PageVanished(PageEvent):
    """A whisper page ended at `at` for a reason that no event has shown; it is no longer followed."""

    mark: PageMark
    at: datetime


@dataclass(frozen=True)
class PageEnded(PageEvent):
    """A page or call has ended.

    `witnessed` is False if another controller was making it; that controller knows how it ended.
    """

    witnessed: bool = True


@dataclass(frozen=True)
class PageUnseen(PageEvent):
    """A whisper page that is open in the history was not up when the controller connected to the switch."""


@dataclass(frozen=True)
class PageLost(PageEvent):
    """No switch has a leg any more of a page that is open in the history."""


@dataclass(frozen=True)
class CrossingEnded(PageEvent):
    """The leg of a pager whose page is on another switch has ended; its page is followed there."""


@dataclass(frozen=True)
class CrossingFailed(PageEvent):
    """The call of a pager has not arrived at another switch: it was refused, or the pager has hung up."""


@dataclass(frozen=True)
class ClickEvent:
    """An event of a click; its page does not exist yet. `reverse`: the target's phones ring."""

    page_id: str
    pager: UserName
    target: UserName
    started_at: datetime
    reverse: bool = False


@dataclass(frozen=True)
class ClickRings(ClickEvent):
    """Phones ring for a page: the pager's own, or the target's."""


@dataclass(frozen=True)
class ClickAnswered(ClickEvent):
    """One of the phones was answered: a request for the page follows."""


@dataclass(frozen=True)
class CallBackAsked:
    """A refused pager has asked to be called back."""

    call_back: CallBack


@dataclass(frozen=True)
class PresenceChanged:
    """Users of a domain have begun or ended a call, or are rung."""

    domain: str
    users: tuple[Present, ...]


@dataclass(frozen=True)
class SwitchChanged:
    """A switch can be reached since `at`, or not any more; `trouble` then says why."""

    switch: str
    up: bool
    at: datetime
    trouble: str = ""


@dataclass(frozen=True)
class BlockChanged:
    """A user has switched pages to itself off or on."""

    user: UserName
    off: bool


E = TypeVar("E")


class Bus:
    """Calls the subscribers of an event at once, in the order of their subscriptions.

    The exception of a subscriber is logged, and the others are still called. An event that is published here
    is published on `beyond` as well.
    """

    def __init__(self, beyond: Bus | None = None) -> None:
        self._beyond = beyond
        self._subscribers: dict[type, list[Callable[[object], None]]] = {}

    def subscribe(self, kind: type[E], subscriber: Callable[[E], None]) -> None:
        """Call `subscriber` with every event of exactly this class; it must not wait."""
        self._subscribers.setdefault(kind, []).append(cast(Callable[[object], None], subscriber))

    def publish(self, event: object) -> None:
        """Call all subscribers of events of this class."""
        for subscriber in self._subscribers.get(type(event), ()):
            try:
                subscriber(event)
            except Exception:  # noqa: BLE001  # it must not stop the other subscribers
                _log.exception("event.subscriber_failed", kind=type(event).__name__)
        if self._beyond:
            self._beyond.publish(event)
