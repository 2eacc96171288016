"""What happens to pages, as values, and the bus that brings them to whoever wants to know.

Each is published once, by what follows the pages. Whoever subscribes must not wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

import structlog

from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.domain.refusal import Reason
from controller.switch.pagelegs import PageMark

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PageEvent:
    """Something about one page or call, or an attempt at one; `record` is what is known of it by now."""

    record: PageRecord


@dataclass(frozen=True)
class RequestTaken(PageEvent):
    """It is settled what becomes of a request; `record` has it, a refusal with its reason.

    `seconds` is how long that took, and `own` our part of it: all but the waiting for the switch.
    """

    seconds: float
    own: float


@dataclass(frozen=True)
class RefusedAgain:
    """A pager that is shut out was refused once more."""

    reason: Reason


@dataclass(frozen=True)
class AttemptsCounted(PageEvent):
    """The record of a pager that is shut out counts more attempts than it did."""


@dataclass(frozen=True)
class PageRefused(PageEvent):
    """There is to be no page, and the history does not have that yet."""


@dataclass(frozen=True)
class PageFound:
    """A whisper page came up that nobody here has made."""

    mark: PageMark


@dataclass(frozen=True)
class PageCameUp(PageEvent):
    """Pager and target are connected. `mark` is that of a whisper page, None for any other."""

    mark: PageMark | None


@dataclass(frozen=True)
class PageMuted(PageEvent):
    """The far party no longer hears the target of a whisper page, or hears it again."""

    muted: bool


@dataclass(frozen=True)
class PageDoubted(PageEvent):
    """Somebody may have joined a whisper page: the switch is to be asked."""


@dataclass(frozen=True)
class PageVanished(PageEvent):
    """A whisper page is over since `at`, and no event has told why. It is followed no longer."""

    mark: PageMark
    at: datetime


@dataclass(frozen=True)
class PageEnded(PageEvent):
    """A page or call came to its end.

    `witnessed` is False if it was another controller's to make: that one knows how it ended.
    """

    witnessed: bool = True


@dataclass(frozen=True)
class PageUnseen(PageEvent):
    """A whisper page that is open in the history was not up when the controller met the switch."""


@dataclass(frozen=True)
class PageLost(PageEvent):
    """The switch has nothing any more of a page that is open in the history."""


@dataclass(frozen=True)
class BlockChanged:
    """A user has switched pages to itself off, or on again."""

    user: UserName
    off: bool


E = TypeVar("E")


class Bus:
    """Calls subscribers at once, in the order in which they have subscribed.

    A fault of one is logged and stops no other. What is published here is published on `beyond`, too.
    """

    def __init__(self, beyond: Bus | None = None) -> None:
        self._beyond = beyond
        self._subscribers: dict[type, list[Callable[[object], None]]] = {}

    def subscribe(self, kind: type[E], subscriber: Callable[[E], None]) -> None:
        """Have `subscriber` called with every event of this very kind; it must not wait."""
        self._subscribers.setdefault(kind, []).append(cast(Callable[[object], None], subscriber))

    def publish(self, event: object) -> None:
        """Tell everybody who has subscribed to events of this kind."""
        for subscriber in self._subscribers.get(type(event), ()):
            try:
                subscriber(event)
            except Exception:  # noqa: BLE001  # the others are told all the same
                _log.exception("event.subscriber_failed", kind=type(event).__name__)
        if self._beyond:
            self._beyond.publish(event)
