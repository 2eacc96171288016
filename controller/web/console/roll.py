"""Who there is in a domain: the users in SQL, and those that have a phone registered.

The switches are asked for registrations, and the directory for names, while consoles are open, and not by
their requests: but for the first one of a domain, which waits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from secrets import token_hex

import gevent
import structlog
from gevent.lock import BoundedSemaphore

from controller.clock import Clock
from controller.domain.colleague import Colleague
from controller.domain.names import UserName
from controller.errors import StoreError, SwitchError
from controller.station import Station

#: Seconds for which a roll is used before it is made again; and a name.
FRESH, NAMED = 5.0, 3600.0
#: Names that are asked for at a time, and the longest name that is shown.
NAMES, LENGTH = 200, 80

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Edition:
    """The colleagues of a domain, by extension; `id` is another one each time that they have changed."""

    id: str
    colleagues: tuple[Colleague, ...]


@dataclass
class _Domain:
    """What is kept of a domain, and since when."""

    edition: Edition
    made_at: float
    making: bool = False
    names: dict[UserName, tuple[float, str]] = field(default_factory=dict)


class Roll:
    """The rolls of all domains whose consoles are open."""

    def __init__(
        self, stations: tuple[Station, ...], read: Callable[[str], tuple[Colleague, ...]], clock: Clock
    ) -> None:
        self._stations = stations
        self._read = read
        self._clock = clock
        self._domains: dict[str, _Domain] = {}
        self._registered: dict[str, frozenset[UserName]] = {}
        self._asked = -FRESH
        self._first = BoundedSemaphore(1)

    def of(self, domain: str) -> Edition:
        """The newest edition that there is. Raises StoreError if there is none yet, and none can be made."""
        if domain not in self._domains:
            with self._first:
                if domain not in self._domains:
                    self._domains[domain] = _Domain(Edition("", ()), self._clock.monotonic())
                    try:
                        self._make(domain, self._domains[domain])
                    except StoreError:
                        del self._domains[domain]
                        raise
                    self._ask_for_names(self._domains[domain])
        found = self._domains[domain]
        if not found.making and self._clock.monotonic() - found.made_at >= FRESH:
            found.making = True
            gevent.spawn(self._again, domain, found)
        return found.edition

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
        there = {each.user: each for each in self._read(domain)}
        for user in self._with_phones():
            if user.domain == domain:
                there[user] = replace(there.get(user) or Colleague(user), registered=True)
        named = (
            replace(each, name=found.names[each.user][1]) if each.user in found.names else each
            for each in there.values()
        )
        colleagues = tuple(sorted(named, key=lambda each: each.user.extension))
        if colleagues != found.edition.colleagues or not found.edition.id:
            found.edition = Edition(token_hex(8), colleagues)
        found.made_at = self._clock.monotonic()

    def _with_phones(self) -> frozenset[UserName]:
        """The users with a phone at any switch; as last seen at a switch that does not answer."""
        if self._clock.monotonic() - self._asked >= FRESH:
            self._asked = self._clock.monotonic()
            for station in self._stations:
                try:
                    if station.link.state == "up":
                        self._registered[station.name] = station.queries.registered()
                except SwitchError as error:
                    _log.info("console.no_registrations", switch=station.name, error=str(error))
        return frozenset().union(*self._registered.values())

    def _ask_for_names(self, found: _Domain) -> None:
        """Ask for some of the names that are not known, or not lately."""
        now = self._clock.monotonic()
        old = [
            each.user
            for each in found.edition.colleagues
            if now - found.names.get(each.user, (now - NAMED, ""))[0] >= NAMED
        ]
        up = next((each for each in self._stations if each.link.state == "up"), None)
        for user in old[:NAMES] if up else ():
            assert up is not None
            try:
                found.names[user] = now, _fit(up.queries.display_name(user))
            except SwitchError:
                return
        if old and up:
            colleagues = tuple(
                replace(each, name=found.names[each.user][1]) if each.user in found.names else each
                for each in found.edition.colleagues
            )
            if colleagues != found.edition.colleagues:
                found.edition = Edition(token_hex(8), colleagues)


def _fit(name: str) -> str:
    """A name that can be shown in a line."""
    return "".join(each if each.isprintable() else " " for each in name[:LENGTH]).strip()
