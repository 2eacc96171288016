"""What goes on now: switches, links and pages; and what would become of a page, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from flask import render_template, request

from controller.administration import history
from controller.administration.history import Filter
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import Treatment
from controller.errors import InvalidValue
from controller.station import Station
from controller.web.console.admin.room import Room
from controller.web.explaining import explained
from controller.web.pages import Entry, going_on
from controller.web.vitals import Vitals

#: Attempts of the last hour that are counted.
COUNTED = 1000


@dataclass(frozen=True)
class Switch:
    """A switch as the board shows it."""

    name: str
    state: str
    since: datetime
    trouble: str
    legs: int


class Board:
    """The views."""

    def __init__(self, room: Room, vitals: Vitals) -> None:
        self._room = room
        self._vitals = vitals

    def show(self) -> str:
        """The live board; within one domain its own pages alone, and of the switches their state alone."""
        domain = self._room.reach.domain
        stations = self._room.controller.stations
        pages = [each.shown for each in chain.from_iterable(map(going_on, stations)) if _of(each, domain)]
        now = datetime.now(UTC)
        hour = self._room.read(history.listing, Filter(since=now - timedelta(hours=1)), COUNTED)
        counts = {each.value: sum(record.treatment is each for record in hour) for each in Treatment}
        return render_template(
            "admin/board.html",
            pages=pages,
            now=now,
            counts=counts,
            switches=[_switch(station, number, domain) for number, station in enumerate(stations, 1)],
            troubles=[] if domain else [each for each in self._vitals.ready() if each.trouble],
        )

    def explain(self) -> str:
        """What would become of a page between two users now, and why."""
        asked = {name: request.args.get(name, "").strip()[:300] for name in ("pager", "target")}
        found: list[tuple[str, str]] = []
        wrong = ""
        if asked["pager"] and asked["target"]:
            try:
                pager, target = (self._named(text) for text in asked.values())
                found = list(self._reasons(pager, target))
            except InvalidValue as error:
                wrong = str(error)
        return render_template("admin/explain.html", asked=asked, found=found, wrong=wrong)

    def _reasons(self, pager: UserName, target: UserName) -> list[tuple[str, str]]:
        return list(explained(self._room.controller, Feature.WHISPER, pager, target).reasons)

    def _named(self, text: str) -> UserName:
        """A user in reach; an extension alone is of the own domain. Raises InvalidValue."""
        domain = self._room.reach.domain
        name = UserName(text, domain) if domain and "@" not in text else UserName.parse(text)
        if domain and name.domain != domain:
            raise InvalidValue(f"Only users of {domain} can be asked for here.")
        return name


def _of(entry: Entry, domain: str) -> bool:
    """Whether an entry is of a domain: its pager's, or that of its target if it has no pager."""
    first = entry.pager or entry.target
    return not domain or (first is not None and first.domain == domain)


def _switch(station: Station, number: int, domain: str) -> Switch:
    link = station.link
    name = str(number) if domain else station.name
    trouble = "" if domain else str(link.error or "")
    since = datetime.fromtimestamp(link.since, UTC)
    return Switch(name, link.state, since, trouble, 0 if domain else len(station.legs))
