"""Who there is in a domain: the users in SQL, and those that have a phone registered.

The switches are asked for registrations, and the directory for names, while consoles are open, and not by
their requests: but for the first one of a domain, which waits.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from secrets import token_hex
from typing import Any

import gevent
import orjson
import structlog
from gevent.event import Event
from gevent.lock import BoundedSemaphore

from controller.clock import Clock
from controller.domain.colleague import Colleague
from controller.domain.names import UserName
from controller.errors import StoreError, SwitchError
from controller.station import Station

#: Seconds for which a roll is used before it is made again; and a name.
FRESH, NAMED = 5.0, 3600.0
#: Seconds for which the first console of a domain waits for names, and seconds between two editions while
#: names come.
FIRST, PUBLISHED = 0.25, 2.0
#: The longest name that is shown.
LENGTH = 80

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Edition:
    """The colleagues of a domain, by extension; `id` is another one each time that they have changed.

    `changed` and `gone` are what is not as in the edition `before`.
    """

    id: str
    colleagues: tuple[Colleague, ...]
    before: str = ""
    changed: tuple[Colleague, ...] = ()
    gone: tuple[str, ...] = ()

    @cached_property
    def whole(self) -> bytes:
        """The edition as JSON."""
        return orjson.dumps({"edition": self.id, "colleagues": list(map(_shown, self.colleagues))})

    @cached_property
    def packed(self) -> bytes:
        """The same, compressed."""
        return gzip.compress(self.whole, 5)

    @cached_property
    def changes(self) -> bytes:
        """What has changed since the edition before, as JSON."""
        changed = list(map(_shown, self.changed))
        return orjson.dumps(
            {"edition": self.id, "before": self.before, "changed": changed, "gone": self.gone}
        )

    def followed_by(self, colleagues: tuple[Colleague, ...]) -> Edition:
        """The next edition; the same one, if nothing has changed."""
        if colleagues == self.colleagues and self.id:
            return self
        old, new = ({each.user: each for each in these} for these in (self.colleagues, colleagues))
        changed = tuple(each for each in colleagues if old.get(each.user) != each)
        gone = tuple(user.extension for user in old if user not in new)
        return Edition(token_hex(8), colleagues, self.id, changed, gone)


@dataclass
class _Domain:
    """What is kept of a domain, and since when."""

    edition: Edition
    made_at: float
    making: bool = False
    #: What the edition was made of: those in SQL, and those with a phone.
    made_of: tuple[tuple[Colleague, ...], frozenset[UserName]] | None = None
    names: dict[UserName, tuple[float, str]] = field(default_factory=dict)
    naming: bool = False
    named: Event = field(default_factory=Event)

    def named_as_known(self, colleagues: tuple[Colleague, ...]) -> tuple[Colleague, ...]:
        """Colleagues with the names that are known."""
        return tuple(
            replace(each, name=self.names[each.user][1]) if each.user in self.names else each
            for each in colleagues
        )


class Roll:
    """The rolls of all domains whose consoles are open."""

    def __init__(
        self, stations: tuple[Station, ...], read: Callable[[str], tuple[Colleague, ...]], clock: Clock
    ) -> None:
        self._stations = stations
        self._read = read
        self._clock = clock
        self._domains: dict[str, _Domain] = {}
        self._registered: dict[Station, frozenset[UserName]] = {}
        self._asked = -FRESH
        self._first = BoundedSemaphore(1)

    def of(self, domain: str) -> Edition:
        """The newest edition that there is. Raises StoreError if there is none yet, and none can be made."""
        if domain not in self._domains:
            with self._first:
                if domain not in self._domains:
                    self._begin(domain)
        found = self._domains[domain]
        if not found.making and self._clock.monotonic() - found.made_at >= FRESH:
            found.making = True
            gevent.spawn(self._again, domain, found)
        return found.edition

    def _begin(self, domain: str) -> None:
        found = _Domain(Edition("", ()), self._clock.monotonic())
        self._make(domain, found)
        self._domains[domain] = found
        self._ask_for_names(found)
        self._clock.wait(found.named, FIRST)
        self._publish(found)

    def _again(self, domain: str, found: _Domain) -> None:
        try:
            self._make(domain, found)
            self._ask_for_names(found)
        except StoreError as error:
            _log.warning("console.roll_not_read", domain=domain, error=str(error))
        finally:
            found.made_at = self._clock.monotonic()
            found.making = False

    def _make(self, domain: str, found: _Domain) -> None:
        made_of = self._read(domain), self._with_phones()
        found.made_at = self._clock.monotonic()
        if made_of == found.made_of:
            return
        found.made_of = made_of
        there = {each.user: each for each in made_of[0]}
        for user in made_of[1]:
            if user.domain == domain:
                there[user] = replace(there.get(user) or Colleague(user), registered=True)
        colleagues = tuple(sorted(there.values(), key=lambda each: each.user.extension))
        found.edition = found.edition.followed_by(found.named_as_known(colleagues))

    def _with_phones(self) -> frozenset[UserName]:
        """The users with a phone at any switch; as last seen at a switch that does not answer."""
        if self._clock.monotonic() - self._asked >= FRESH:
            self._asked = self._clock.monotonic()
            for station in self._stations:
                try:
                    if station.link.state == "up":
                        self._registered[station] = station.queries.registered()
                except SwitchError as error:
                    _log.info("console.no_registrations", switch=station.name, error=str(error))
        return frozenset().union(*self._registered.values())

    def _ask_for_names(self, found: _Domain) -> None:
        """Begin to ask for the names that are not known, or not lately."""
        now = self._clock.monotonic()
        old = [
            each.user
            for each in found.edition.colleagues
            if now - found.names.get(each.user, (now - NAMED, ""))[0] >= NAMED
        ]
        up = next((each for each in self._stations if each.link.state == "up"), None)
        if old and up and not found.naming:
            found.naming = True
            gevent.spawn(self._learn_names, found, old, up)

    def _learn_names(self, found: _Domain, users: list[UserName], station: Station) -> None:
        """Ask for one name after the other, so that a page's commands wait for no more than one."""
        published = self._clock.monotonic()
        try:
            for user in users:
                name = _fit(station.queries.display_name(user))
                found.names[user] = self._clock.monotonic(), name
                if self._clock.monotonic() - published >= PUBLISHED:
                    self._publish(found)
                    published = self._clock.monotonic()
        except SwitchError as error:
            _log.info("console.no_names", switch=station.name, error=str(error))
        finally:
            self._publish(found)
            found.naming = False
            found.named.set()

    def _publish(self, found: _Domain) -> None:
        found.edition = found.edition.followed_by(found.named_as_known(found.edition.colleagues))


def _fit(name: str) -> str:
    """A name that can be shown in a line."""
    return "".join(each if each.isprintable() else " " for each in name[:LENGTH]).strip()


def _shown(each: Colleague) -> dict[str, Any]:
    """A colleague as the script sees it."""
    return {
        "ext": each.user.extension,
        "name": each.name,
        "group": each.group,
        "registered": each.registered,
    }
