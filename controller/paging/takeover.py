"""Reads the state of a switch after connecting to it: its legs, its pages, and the history's open rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import gevent
import structlog
from gevent.lock import BoundedSemaphore

from controller.clock import REAL, Clock, date
from controller.domain.crossing import VALID
from controller.domain.leg import Leg
from controller.domain.record import Ending, PageRecord
from controller.errors import StoreError, SwitchTrouble
from controller.paging.announcing import RINGING
from controller.paging.crossing import Crossings
from controller.paging.events import Bus, PageLost, PageUnseen
from controller.paging.following import Following
from controller.paging.live import LivePages
from controller.paging.request import CLICK, page_of
from controller.supervision import Lasting
from controller.switch.channels import ChannelRow
from controller.switch.group import PART, MemberMark, member_of
from controller.switch.identity import SwitchName
from controller.switch.keys import SIGN
from controller.switch.leg import from_dump, reader
from controller.switch.legs import Legs
from controller.switch.message import SAID
from controller.switch.pagelegs import CONTEXT, OLD_CONTEXT, PREFIX
from controller.switch.queries import SwitchQueries
from controller.switch.topologies import is_page_leg, is_relay, mark_of

#: The variables of a leg that may have the id of its page; PART is that of a member's own leg.
_IDS = (PREFIX + "page", PREFIX + "message", CLICK, PART)
#: Seconds between attempts while the database does not answer which pages are open.
AGAIN = 2.0
#: The number of legs whose users the switch is asked for at once, if `show channels` does not name them for
#: sure.
ASKED = 200
#: The number of legs that are read before others may run; 100 take a millisecond.
TOGETHER = 100
#: Seconds after which a call from another switch has arrived, or does not arrive any more.
ARRIVED = VALID + 5.0
#: Seconds after which whoever is called for a message or for a page to a group has answered, or does not any
#: more: their phones may ring in two groups, one after the other.
RUNG = 2 * RINGING + 20.0
#: Seconds for which a switch waits with its list of legs for the other switches' lists.
TURN = 5.0

_log = structlog.get_logger(__name__)


@dataclass
class _Found:
    """What is kept of the rows of `show channels`: uuids."""

    unsure: list[tuple[int, str]] = field(default_factory=list)
    relays: list[str] = field(default_factory=list)
    #: The legs in our context that no page has added: of pagers, and of the idle targets of messages.
    pagers: list[str] = field(default_factory=list)

    def noted(self, rows: Iterable[ChannelRow]) -> Iterator[ChannelRow]:
        """The same rows, each noted; other greenlets run from time to time."""
        for count, row in enumerate(rows, start=1):
            if count % TOGETHER == 0:
                gevent.sleep(0)
            if row.unsure:
                self.unsure.append((row.created, row.uuid))
            if is_relay(row.name):
                self.relays.append(row.uuid)
            elif row.context in (CONTEXT, OLD_CONTEXT) and not is_page_leg(row.name):
                self.pagers.append(row.uuid)
            yield row


class Takeover:
    """Brings the controller's state up to date with the switch `name`.

    `open_pages` reads from the store the pages whose end is not in the history, by the names that the switch
    has there: its own, and the address that earlier versions took for it. It raises StoreError.

    `reading` is held while a list of legs is read: a list of thousands has many megabytes, and several
    switches are taken over at the same time when the controller starts.
    """

    def __init__(
        self,
        name: SwitchName,
        queries: SwitchQueries,
        legs: Legs,
        live: LivePages,
        following: Following,
        crossings: Crossings,
        open_pages: Callable[[str, str], tuple[PageRecord, ...]],
        events: Bus,
        reading: BoundedSemaphore,
        *,
        clock: Clock = REAL,
    ) -> None:
        self._reading = reading
        self._crossings = crossings
        self._name = name
        self._queries = queries
        self._legs = legs
        self._live = live
        self._following = following
        self._open_pages = open_pages
        self._events = events
        self._clock = clock
        self._later: Lasting | None = None

    @property
    def trouble(self) -> str:
        """Why the rest of the work has stopped, in one sentence; else empty."""
        return self._later.trouble if self._later else ""

    def run(self) -> None:
        """Read the state and follow the pages; raises SwitchTrouble if the switch does not answer."""
        self.stop()
        records = self._open()  # first, so that every page in it has its leg in the rows, or has ended
        found = _Found()
        with self._turn():
            self._legs.rebuild(found.noted(self._queries.channels()))
        asked = [uuid for _, uuid in sorted(found.unsure, reverse=True)]
        self._queries.learn(asked[:ASKED])
        pages = sum(map(self._adopt, found.relays))
        if records is not None:
            self._follow(records, found.pagers)
        if records is None or asked[ASKED:]:
            work = partial(self._finish, asked[ASKED:], again=records is None)
            self._later = Lasting(f"takeover {self._name}", work, clock=self._clock)
            self._later.start()
        _log.info("switch.up", switch=str(self._name), legs=len(self._legs), pages=pages)

    def look_again(self, followed: Callable[[str], bool]) -> None:
        """Follow or close the open pages of the history of which `followed` says that nobody follows them.

        Raises SwitchTrouble.
        """
        records = (each for each in self._open() or () if not followed(each.page_id))
        if strays := [each for each in records if not self._may_come_up(each)]:
            found = self._found()
            for relay in found.relays:
                if relay not in self._live:
                    self._adopt(relay)
            self._follow(strays, found.pagers)

    def stop(self) -> None:
        """Stop the rest of the work."""
        if self._later:
            self._later.stop(block=False)
            self._later = None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other list of legs is read, unless that takes too long."""
        ours = False
        with self._clock.timeout(TURN, False):
            ours = self._reading.acquire()
        try:
            yield
        finally:
            if ours:
                self._reading.release()

    def _adopt(self, relay: str) -> bool:
        """Follow the page of this relay if it is up: its pager is bridged to the relay, or in a room."""
        dump = self._queries.dump(relay)
        mark = mark_of(reader(dump)) if dump else None
        if dump is None or mark is None:
            return False
        leg = from_dump(reader(dump))
        if leg.ending or (leg.partner != mark.pager_leg and not mark.room):
            return False
        muted = dump.get(f"variable_{SIGN}", "") == "true"
        said = dump.get(f"variable_{SAID}", "") == "true"
        self._following.adopt(mark, leg, muted=muted, said=said)
        self._following.check(mark.page)
        return True

    def _open(self) -> tuple[PageRecord, ...] | None:
        try:
            return self._open_pages(str(self._name), self._name.address)
        except StoreError as error:
            _log.warning("history.unread", error=str(error))
            return None

    def _finish(self, unsure: Sequence[str], *, again: bool) -> None:
        """Do the rest while events are handled: older legs, and with `again` the history when it answers."""
        try:
            self._queries.learn(unsure)
            while again:
                if (records := self._open()) is not None:
                    self._follow(records, self._found().pagers)
                    return
                self._clock.sleep(AGAIN)
        except SwitchTrouble as error:
            _log.warning("takeover.unfinished", error=str(error))  # the next connection begins again

    def _found(self) -> _Found:
        """What is on the switch now."""
        found = _Found()
        for _ in found.noted(self._queries.channels()):
            pass
        return found

    def _may_come_up(self, record: PageRecord) -> bool:
        """Whether an attempt that has no leg may have one yet: it comes from another switch, or it rings."""
        if record.answered_at:
            return False
        age = (date(self._clock) - record.started_at).total_seconds()
        if record.message is not None or record.part_of:
            return age < RUNG
        return age < ARRIVED and self._crossings.lead_to(str(self._name))

    def _follow(self, records: Iterable[PageRecord], pagers: Sequence[str]) -> None:
        """Follow the open pages of the history in their present state; those without a leg are lost.

        But not yet what may come up: it is looked at again (unended.py).
        """
        unknown = {record.page_id: record for record in records if not self._live.find(record.page_id)}
        for record in unknown.values():
            if record.treatment.whispers:
                self._events.publish(PageUnseen(record))
        for leg in pagers:
            dump = self._queries.dump(leg)
            ids = [page_of(leg), *(dump.variable(name, "") for name in _IDS)] if dump else [page_of(leg)]
            page_id = next((each for each in ids if each in unknown), None)
            if page_id:
                self._following.attempt(unknown.pop(page_id), leg)
            elif dump:
                self._resume(ids, from_dump(reader(dump)), member_of(reader(dump)))
        for record in unknown.values():
            if self._may_come_up(record):
                continue
            lost = replace(record, ended_at=date(self._clock), ending=Ending.LOST.value)
            self._events.publish(PageLost(lost))
        self._crossings.settle()

    def _resume(self, ids: Iterable[str], leg: Leg, mark: MemberMark | None) -> None:
        """Follow a leg whose page is on another switch: a pager's, or one to a member of a page group."""
        if mark and mark.switch:
            if not leg.ending:
                self._crossings.follow_member(mark, entered=leg.conference)
            return
        try:
            any(each and self._crossings.resume(each, leg.uuid, leg.partner, str(self._name)) for each in ids)
        except StoreError as error:
            _log.warning("history.unread", error=str(error))
