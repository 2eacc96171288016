"""The pages and calls that are going on: found by their legs, followed by events, kept in the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from structlog.contextvars import bound_contextvars

from controller.clock import REAL, Clock, date
from controller.domain.record import Ending, PageRecord
from controller.eventsocket.events import Event
from controller.paging.attempt import Attempt, Course
from controller.paging.history import History
from controller.paging.intercom import IntercomCall
from controller.paging.meters import Meters
from controller.paging.page import State, WhisperPage, bridged
from controller.switch.pagelegs import PREFIX, PageMark
from controller.switch.steps import Order
from controller.switch.topologies import mark_of

#: The header by which every leg of a page names its relay.
_RELAY = f"variable_{PREFIX}relay"

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class Live:
    """A page or call that is going on, and what the history says of it so far."""

    course: Course
    record: PageRecord
    clock: Clock = REAL
    began: tuple[datetime, float] = field(init=False)

    def __post_init__(self) -> None:
        self.began = date(self.clock), self.clock.monotonic()

    def now(self) -> datetime:
        """The time by the clock as it was when this began: if that is set, how long it lasts is true."""
        wall, began = self.began
        return wall + timedelta(seconds=self.clock.monotonic() - began)


class Eyes(Protocol):
    """Who is told what the events alone do not say, and finds it out; never makes the board wait."""

    def found(self, mark: PageMark) -> None:
        """A page came up that nobody here has made."""

    def doubted(self, live: Live) -> None:
        """Somebody may have joined this page."""

    def unexplained(self, live: Live, page: WhisperPage) -> None:
        """This page is over, and nothing has told why; the board follows it no longer."""


class Board:
    """What is going on, on one switch.

    None of these makes the caller wait: `act` sends orders to the switch; `changed` is told of a page of
    which something is no longer as it was.
    """

    def __init__(
        self,
        history: History,
        act: Callable[[Iterable[Order]], None],
        eyes: Eyes,
        meters: Meters | None = None,
        changed: Callable[[WhisperPage], None] = lambda page: None,
        clock: Clock = REAL,
    ) -> None:
        self._history = history
        self._act = act
        self._eyes = eyes
        self._meters = meters or Meters()
        self._changed = changed
        self._clock = clock
        self._by_leg: dict[str, Live] = {}

    def __contains__(self, leg: object) -> bool:
        return leg in self._by_leg

    def all(self) -> tuple[Live, ...]:
        """Everything that is going on, the oldest first."""
        return tuple(dict.fromkeys(self._by_leg.values()))

    def pages(self) -> tuple[WhisperPage, ...]:
        """The whisper pages that are being made or are up."""
        return tuple(live.course for live in self.all() if isinstance(live.course, WhisperPage))

    def follows(self, page_id: str) -> bool:
        """Whether this page or call is followed."""
        return any(live.record.page_id == page_id for live in self._by_leg.values())

    def follow(self, course: Course, record: PageRecord) -> Live:
        """Follow a course from now on."""
        live = Live(course, record, self._clock)
        self._watch(live)
        if isinstance(course, WhisperPage):
            self._changed(course)
        return live

    def up(self, live: Live, at: datetime | None = None) -> None:
        """Pager and target are connected, since now or `at`."""
        live.record = replace(live.record, answered_at=at or live.now())
        self._history.keep(live.record)
        self._watch(live)

    def drop(self, live: Live) -> None:
        """Follow it no longer; nothing came of it."""
        for uuid in [uuid for uuid, each in self._by_leg.items() if each is live]:
            del self._by_leg[uuid]

    def lose(self, live: Live) -> None:
        """It is over, and nobody here has seen how."""
        self.over(live, Ending.LOST)

    def over(self, live: Live, ending: Ending) -> None:
        """It is over, and how is known otherwise than by the events of its legs."""
        self.drop(live)
        self._keep(live, ending)

    def clear(self) -> None:
        """The switch is out of sight: what is up there will be found again by its marks."""
        self._by_leg.clear()

    def observe(self, event: Event) -> None:
        """Something happened to a leg; it matters if the leg is of a page."""
        uuids = {event.get("Unique-ID", "")}
        if event.name in ("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"):
            uuids |= (pair := bridged(event))
            self._find(event, pair)
        elif event.name in (
            "MEDIA_BUG_START",
            "CHANNEL_HOLD",
            "CUSTOM",
        ):  # voice and relay-b name their relay
            uuids.add(event.get(_RELAY, ""))
        for live in {self._by_leg[uuid] for uuid in uuids if uuid in self._by_leg}:
            with bound_contextvars(page=live.record.page_id):
                self._act(live.course.observe(event))
                self._after(live, live.course, event)

    def _find(self, event: Event, pair: frozenset[str]) -> None:
        """A page is up when its pager is bridged to its relay: both are in the mark on the pager's leg."""
        if event.name == "CHANNEL_BRIDGE" and event.get(_RELAY) in pair:
            mark = mark_of(lambda name: event.get(name, ""))
            if mark and mark.relay not in self._by_leg and pair == {mark.pager_leg, mark.relay}:
                self._eyes.found(mark)

    def _after(self, live: Live, course: Course, event: Event) -> None:
        if isinstance(course, WhisperPage):
            if course.doubts(event):
                self._eyes.doubted(live)
            if course.state is State.ENDED:
                self._close(live)
            self._changed(course)
            return
        if isinstance(course, IntercomCall) and course.answered and live.record.answered_at is None:
            self.up(live)
        if course.ending is not None:
            self._close(live)

    def _watch(self, live: Live) -> None:
        for uuid in live.course.legs:
            self._by_leg[uuid] = live

    def _close(self, live: Live) -> None:
        self.drop(live)
        course = live.course
        if isinstance(course, WhisperPage):
            if live.record.answered_at is None:
                return  # a page that never came up is told by who was making it
            if course.ending is None:
                self._eyes.unexplained(live, course)
        if course.ending is not None:
            self._keep(live, course.ending)

    def _keep(self, live: Live, ending: Ending) -> None:
        cause = "" if isinstance(live.course, WhisperPage) else live.course.cause
        live.record = replace(live.record, ended_at=live.now(), ending=ending.value, cause=cause or None)
        self._history.keep(live.record)
        if not isinstance(live.course, Attempt):  # whose ending is another controller's to tell
            self._meters.ended(ending)
        _log.info("page.ended", page=live.record.page_id, ending=ending.value)
