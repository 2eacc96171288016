"""The pages and calls that are going on: found by their legs, followed by events, kept in the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from controller.eventsocket.events import Event
from controller.paging.history import History
from controller.paging.page import IntercomCall, State, WhisperPage, bridged
from controller.store.values import PageRecord, Treatment
from controller.switch.sequences import Order

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class Live:
    """A page or call that is going on, and what the history says of it so far."""

    course: WhisperPage | IntercomCall
    record: PageRecord


class Board:
    """What is going on, on one switch. `act` sends calls to the switch without making the caller wait."""

    def __init__(self, history: History, act: Callable[[Iterable[Order]], None]) -> None:
        self._history = history
        self._act = act
        self._by_leg: dict[str, Live] = {}

    def __contains__(self, leg: object) -> bool:
        return leg in self._by_leg

    def all(self) -> tuple[Live, ...]:
        """Everything that is going on, the oldest first."""
        return tuple(dict.fromkeys(self._by_leg.values()))

    def follow(self, course: WhisperPage | IntercomCall, record: PageRecord) -> Live:
        """Follow a course from now on."""
        live = Live(course, record)
        self._watch(live)
        return live

    def up(self, live: Live) -> None:
        """Pager and target are connected."""
        live.record = replace(live.record, answered_at=now())
        self._history.keep(live.record)

    def drop(self, live: Live) -> None:
        """Follow it no longer; nothing came of it."""
        for uuid in [uuid for uuid, each in self._by_leg.items() if each is live]:
            del self._by_leg[uuid]

    def clear(self) -> None:
        """The switch is out of sight: what is up there will be found again by its marks."""
        self._by_leg.clear()

    def observe(self, event: Event) -> None:
        """Something happened to a leg; it matters if the leg is of a page."""
        uuids = {event.get("Unique-ID", "")}
        if event.name in ("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"):
            uuids |= bridged(event)
        for live in {self._by_leg[uuid] for uuid in uuids if uuid in self._by_leg}:
            self._act(live.course.observe(event))
            if isinstance(live.course, IntercomCall):
                self._follow_call(live, live.course)
            elif live.course.state is State.ENDED:
                self._close(live)

    def _follow_call(self, live: Live, call: IntercomCall) -> None:
        if call.answered and live.record.answered_at is None:
            self.up(live)
            self._watch(live)
        if call.ending is not None:
            self._close(live)

    def _watch(self, live: Live) -> None:
        for uuid in live.course.legs:
            self._by_leg[uuid] = live

    def _close(self, live: Live) -> None:
        self.drop(live)
        ending = live.course.ending
        if ending is None or (live.record.treatment is Treatment.WHISPER and live.record.answered_at is None):
            return  # a page that never came up is told by who was making it
        cause = live.course.cause if isinstance(live.course, IntercomCall) else ""
        live.record = replace(live.record, ended_at=now(), ending=ending.value, cause=cause or None)
        self._history.keep(live.record)
        _log.info("page.ended", page=live.record.page_id, ending=ending.value)


def now() -> datetime:
    """The time, as the history keeps it."""
    return datetime.now(UTC)
