"""Reads the state of a switch after connecting to it: its legs, its pages, and the history's open rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import structlog

from controller.clock import REAL, Clock, date
from controller.domain.record import Ending, PageRecord, Treatment
from controller.errors import StoreError, SwitchTrouble
from controller.paging.events import Bus, PageLost, PageUnseen
from controller.paging.following import Following
from controller.paging.live import LivePages
from controller.paging.request import CLICK, page_of
from controller.supervision import Lasting
from controller.switch.identity import SwitchName
from controller.switch.keys import SIGN
from controller.switch.leg import from_dump, reader
from controller.switch.legs import Legs, unsure
from controller.switch.pagelegs import CONTEXT, OLD_CONTEXT, PREFIX
from controller.switch.queries import SwitchQueries
from controller.switch.topologies import is_page_leg, is_relay, mark_of

#: Seconds between attempts while the database does not answer which pages are open.
AGAIN = 2.0
#: The number of legs whose users the switch is asked for at once, if `show channels` does not name them for
#: sure.
ASKED = 200

_log = structlog.get_logger(__name__)
Row = Mapping[str, str]


class Takeover:
    """Brings the controller's state up to date with the switch `name`.

    `open_pages` reads from the store the pages whose end is not in the history, by the names that the switch
    has there: its own, and the address that earlier versions took for it. It raises StoreError.
    """

    def __init__(
        self,
        name: SwitchName,
        queries: SwitchQueries,
        legs: Legs,
        live: LivePages,
        following: Following,
        open_pages: Callable[[str, str], tuple[PageRecord, ...]],
        events: Bus,
        *,
        clock: Clock = REAL,
    ) -> None:
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
        rows = self._queries.channels()
        self._legs.rebuild(rows)
        asked = sorted(filter(unsure, rows), key=lambda row: row.get("created_epoch", ""), reverse=True)
        self._queries.learn(asked[:ASKED])
        relays = [row["uuid"] for row in rows if is_relay(row.get("name", ""))]
        pages = sum(map(self._adopt, relays))
        if records is not None:
            self._follow(records, rows)
        if records is None or asked[ASKED:]:
            work = partial(self._finish, asked[ASKED:], again=records is None)
            self._later = Lasting(f"takeover {self._name}", work, clock=self._clock)
            self._later.start()
        _log.info("switch.up", switch=str(self._name), legs=len(self._legs), pages=pages)

    def stop(self) -> None:
        """Stop the rest of the work."""
        if self._later:
            self._later.stop(block=False)
            self._later = None

    def _adopt(self, relay: str) -> bool:
        """Follow the page of this relay if it is up: its pager is bridged to the relay."""
        dump = self._queries.dump(relay)
        mark = mark_of(reader(dump)) if dump else None
        if dump is None or mark is None:
            return False
        leg = from_dump(reader(dump))
        if leg.partner != mark.pager_leg or leg.ending:
            return False
        muted = dump.get(f"variable_{SIGN}", "") == "true"
        self._following.adopt(mark, leg, muted=muted)
        self._following.check(mark.page)
        return True

    def _open(self) -> tuple[PageRecord, ...] | None:
        try:
            return self._open_pages(str(self._name), self._name.address)
        except StoreError as error:
            _log.warning("history.unread", error=str(error))
            return None

    def _finish(self, rows: Sequence[Row], *, again: bool) -> None:
        """Do the rest while events are handled: older legs, and with `again` the history when it answers."""
        try:
            self._queries.learn(rows)
            while again:
                if (records := self._open()) is not None:
                    self._follow(records, self._queries.channels())
                    return
                self._clock.sleep(AGAIN)
        except SwitchTrouble as error:
            _log.warning("takeover.unfinished", error=str(error))  # the next connection begins again

    def _follow(self, records: Iterable[PageRecord], rows: Sequence[Row]) -> None:
        """Follow the open pages of the history in their present state; those without a leg are lost."""
        unknown = {record.page_id: record for record in records if not self._live.find(record.page_id)}
        for record in unknown.values():
            if record.treatment is Treatment.WHISPER:
                self._events.publish(PageUnseen(record))
        for page_id, leg in self._pagers(rows, unknown):
            self._following.attempt(unknown.pop(page_id), leg)
        for record in unknown.values():
            lost = replace(record, ended_at=date(self._clock), ending=Ending.LOST.value)
            self._events.publish(PageLost(lost))

    def _pagers(self, rows: Sequence[Row], wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The ids of those of the `wanted` pages whose pager's leg exists, each with that leg."""
        wanted = set(wanted)
        for row in rows:
            ours = row.get("context") in (CONTEXT, OLD_CONTEXT)
            if wanted and ours and not is_page_leg(row.get("name", "")):
                found = wanted & {page_of(row["uuid"])}
                if not found and (dump := self._queries.dump(row["uuid"])):
                    found = wanted & {dump.variable(name, "") for name in (PREFIX + "page", CLICK)}
                wanted -= found
                yield from ((page_id, row["uuid"]) for page_id in found)
