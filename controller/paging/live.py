"""The live pages and calls: found by their legs, followed by events of the switch, published as events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

import structlog
from structlog.contextvars import bound_contextvars

from controller.clock import REAL, Clock, date
from controller.domain.names import UserName
from controller.domain.record import Ending, PageRecord, ending_in
from controller.domain.toggle import Toggle
from controller.eventsocket.events import Event
from controller.paging.events import (
    Bus,
    CrossingEnded,
    MemberFound,
    MessageFound,
    PageCameUp,
    PageDoubted,
    PageEnded,
    PageFound,
    PageMuted,
    PageRearranged,
    PageVanished,
    SentFound,
)
from controller.paging.ongoing import Ongoing, bridged
from controller.switch import keys
from controller.switch.group import PART, member_of
from controller.switch.group import SUBCLASS as MEMBER
from controller.switch.keys import Told
from controller.switch.leg import reader
from controller.switch.pagelegs import PREFIX, PageMark
from controller.switch.runner import CommandRunner
from controller.switch.topologies import mark_of

#: The header with which every leg of a page names its relay.
_RELAY = f"variable_{PREFIX}relay"
#: The events of legs that are found only by the relay they name: voice and relay-b.
_NAMING_THE_RELAY = ("MEDIA_BUG_START", "CHANNEL_HOLD", "CUSTOM")

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class LivePage:
    """A live page or call, and its record for the history so far.

    `being_made`: until the page is up, its maker reports its result.
    """

    page: Ongoing
    record: PageRecord
    being_made: bool = False
    clock: Clock = REAL

    def __post_init__(self) -> None:
        self._began = date(self.clock), self.clock.monotonic()

    @property
    def whole(self) -> str:
        """The id of the whole page: of one to a page group, if this is a part of that."""
        return self.record.part_of or self.record.page_id

    @property
    def age(self) -> float:
        """Seconds since its beginning, or since it is followed here."""
        return self.clock.monotonic() - self._began[1]

    def now(self) -> datetime:
        """The time by the wall clock of its beginning: setting that clock does not change its duration."""
        return self._began[0] + timedelta(seconds=self.age)


class LivePages:
    """The live pages and calls on one switch. No method makes the caller wait."""

    def __init__(self, runner: CommandRunner, events: Bus, clock: Clock = REAL) -> None:
        self._runner = runner
        self._clock = clock
        self._events = events
        #: All pages that need the events of a leg: several only of one pager with a page to a page group.
        self._by_leg: dict[str, tuple[LivePage, ...]] = {}

    def __contains__(self, leg: object) -> bool:
        return leg in self._by_leg

    def all(self) -> tuple[LivePage, ...]:
        """All live pages and calls that are followed, the oldest first."""
        return tuple(dict.fromkeys(chain.from_iterable(self._by_leg.values())))

    def here(self) -> tuple[LivePage, ...]:
        """Those that are made on this switch, without the legs of pagers whose pages are on another one."""
        return tuple(live for live in self.all() if not live.page.elsewhere)

    def whispering_to(self, target: UserName) -> tuple[LivePage, ...]:
        """The whisper pages to a target that are being made or are up."""
        return tuple(live for live in self.all() if live.page.mark and live.record.target == target)

    def marks(self) -> tuple[PageMark, ...]:
        """The marks of the whisper pages that are being made or are up."""
        return tuple(mark for live in self.all() if (mark := live.page.mark))

    def find(self, page_id: str) -> LivePage | None:
        """A page or call by its id; None if it is not followed."""
        return next((live for live in self.all() if live.record.page_id == page_id), None)

    def comes_up(self, page_id: str, seconds: float) -> bool:
        """Whether a page or call with this id is followed now or in so many seconds; it waits for that."""
        patience = self._clock.monotonic() + seconds
        while not (found := self.find(page_id)) and self._clock.monotonic() < patience:
            self._clock.sleep(seconds / 20)
        return found is not None

    def parts(self, page_id: str) -> tuple[LivePage, ...]:
        """The parts of a page to a page group, one for each of its members that is not out of it."""
        return tuple(live for live in self.all() if live.record.part_of == page_id)

    def follow(self, page: Ongoing, record: PageRecord, *, being_made: bool = False) -> LivePage:
        """Follow a page or call from now on."""
        live = LivePage(page, record, being_made, self._clock)
        self._watch(live)
        if record.answered_at and not page.elsewhere:
            self._events.publish(PageCameUp(record, page.mark))
        return live

    def up(self, live: LivePage, at: datetime | None = None) -> None:
        """Note that pager and target are connected, since `at` or now."""
        live.being_made = False
        live.record = replace(live.record, answered_at=at or live.now())
        self._watch(live)
        self._events.publish(PageCameUp(live.record, live.page.mark))

    def mute(self, live: LivePage, toggle: Toggle) -> None:
        """Mute the target of a page to the far party, or unmute it."""
        before = live.page.muted
        self._runner.post(live.page.mute(toggle), live.record.page_id)
        self._tell_mute(live, before)

    def end(self, live: LivePage, ending: Ending) -> None:
        """End a page or call; one to a page group with all its parts."""
        for each in (*self.parts(live.record.page_id), live):
            self._runner.post(each.page.end(ending), each.record.page_id)

    def drop(self, live: LivePage) -> None:
        """Stop following a page that was not made."""
        for uuid, there in [each for each in self._by_leg.items() if live in each[1]]:
            self._put(uuid, [each for each in there if each is not live])

    def over(self, live: LivePage, ending: Ending) -> None:
        """Note the end of a page whose ending is known from elsewhere than the events of its legs."""
        self.drop(live)
        self._tell_end(live, ending)

    def clear(self) -> None:
        """Forget everything when the connection is lost; the pages will be found again by their marks."""
        self._by_leg.clear()

    def observe(self, event: Event) -> None:
        """Take an event of a leg; if it is a leg of a page, the page reacts."""
        uuids = {event.get("Unique-ID", "")}
        if event.name in ("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"):
            uuids |= (pair := bridged(event))
            self._find(event, pair)
        elif event.subclass == keys.SUBCLASS and event.get(keys.HEADER) == Told.BEGUN:
            self._find_message(event)
        elif event.name in _NAMING_THE_RELAY:
            uuids.add(event.get(_RELAY, ""))
            if event.subclass == MEMBER:
                self._find_member(event)
        elif event.name == "CHANNEL_ORIGINATE":
            self._find_sent(event)
        for live in dict.fromkeys(chain.from_iterable(self._by_leg.get(uuid, ()) for uuid in uuids)):
            with bound_contextvars(page=live.record.page_id):
                before = live.page.muted
                self._runner.post(live.page.observe(event))
                self._tell_mute(live, before)
                self._after(live, event)

    def found(self, mark: PageMark) -> None:
        """Publish a page that is up, but is not followed: its maker has given it up."""
        self._events.publish(PageFound(mark))

    def _find(self, event: Event, pair: frozenset[str]) -> None:
        """Publish a page that is new here: its pager is bridged to the relay that its mark names."""
        if event.name == "CHANNEL_BRIDGE" and event.get(_RELAY) in pair:
            mark = mark_of(lambda name: event.get(name, ""))
            if mark and mark.relay not in self._by_leg and pair == {mark.pager_leg, mark.relay}:
                self._events.publish(PageFound(mark))

    def _find_message(self, event: Event) -> None:
        """Publish a message that is new here."""
        leg = event.get("Unique-ID", "")
        if leg in self._by_leg:
            return
        if mark := mark_of(lambda name: event.get(name, "")):
            self._events.publish(PageFound(mark))
        elif found := message_of(event):
            self._events.publish(found)

    def _find_member(self, event: Event) -> None:
        """Publish a part of a page to a page group that is new here: its leg is about to hear the pager."""
        text = reader(event)
        if mark := mark_of(text):
            if mark.relay not in self._by_leg:
                self._events.publish(PageFound(mark))
        elif (member := member_of(text)) and member.leg not in self._by_leg:
            self._events.publish((SentFound if member.switch else MemberFound)(member))

    def _find_sent(self, event: Event) -> None:
        """Publish a leg that is sent to the switch of a member of a page group, and is new here."""
        member = member_of(reader(event)) if event.get(f"variable_{PART}") else None
        if member and member.switch and member.leg not in self._by_leg:
            self._events.publish(SentFound(member))

    def _after(self, live: LivePage, event: Event) -> None:
        if live.page.doubts(event):
            self._events.publish(PageDoubted(live.record))
        if live.page.rearranges(event):
            self._events.publish(PageRearranged(live.record))
        if live.page.up and live.record.answered_at is None and not live.being_made:
            self.up(live)
        if live.page.over:
            self._close(live)

    def _watch(self, live: LivePage) -> None:
        for uuid in live.page.legs:
            there = self._by_leg.get(uuid, ())
            stay = [each for each in there if each.whole == live.whole and not _same(each, live)]
            self._put(uuid, [*stay, live])

    def _put(self, uuid: str, pages: list[LivePage]) -> None:
        if pages:
            self._by_leg[uuid] = tuple(pages)
        else:
            del self._by_leg[uuid]

    def _close(self, live: LivePage) -> None:
        self.drop(live)
        if live.being_made:
            return
        ending, mark = live.page.ending, live.page.mark
        if mark and ending in (None, Ending.LOST):  # a busy switch tells of our legs before those of the call
            record = replace(live.record, reply=live.page.reply)
            self._events.publish(PageVanished(record, mark, live.now()))
        elif ending is not None:
            self._tell_end(live, ending)

    def _tell_mute(self, live: LivePage, before: bool) -> None:
        if live.page.muted != before:
            self._events.publish(PageMuted(live.record, live.page.muted))

    def _tell_end(self, live: LivePage, ending: Ending) -> None:
        record = replace(live.record, reply=live.page.reply)
        live.record = ended(record, ending, live.now(), live.page.cause)
        if live.page.elsewhere:
            self._events.publish(CrossingEnded(live.record))
        else:
            self._events.publish(PageEnded(live.record, live.page.witnessed))


def _same(one: LivePage, other: LivePage) -> bool:
    return one.record.page_id == other.record.page_id


def message_of(event: Event) -> MessageFound | None:
    """The message that an idle target hears, from an event or a dump of its leg."""
    pager, target = (UserName.or_none(event.variable(PREFIX + each, "")) for each in ("pager", "target"))
    page_id = event.variable(f"{PREFIX}message", "")
    if not page_id or pager is None or target is None:
        return None
    return MessageFound(page_id, pager, target, event.get("Unique-ID", ""))


def ended(record: PageRecord, ending: Ending, at: datetime, cause: str = "") -> PageRecord:
    """The record of a page or call with the ending of its legs and the time of its end."""
    ending = ending_in(record.treatment, ending)
    _log.info("page.ended", page=record.page_id, ending=ending.value)
    return replace(record, ended_at=at, ending=ending.value, cause=cause or None)
