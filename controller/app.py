"""The process: it starts and stops the controller, its database, and one station for each switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from controller.clock import REAL, Clock
from controller.config import Settings, parse_limit
from controller.domain.api_token import ApiToken
from controller.domain.console import ConsoleSession
from controller.domain.key_token import KeyToken
from controller.domain.names import UserName
from controller.paging.blocked import BlockedUsers
from controller.paging.call_backs import CallBackRows, CallBacks
from controller.paging.calling_back import CallingBack
from controller.paging.events import Bus
from controller.paging.everywhere import LiveEverywhere
from controller.paging.history import History
from controller.paging.limits import Limits
from controller.paging.outlets import Outlets
from controller.paging.presence import Presence
from controller.paging.private_key import PrivateKeys
from controller.paging.pruner import Pruner
from controller.paging.sounds import Sounds
from controller.paging.unended import Unended
from controller.shared import STORE_DEADLINE, Shared, cluster_for
from controller.speech import Speech
from controller.station import Station
from controller.store import (
    api_tokens,
    call_backs,
    colleagues,
    console,
    favourites,
    key_tokens,
    messages,
    pages,
    permitted,
    policy,
    readiness,
    retention,
    unended,
    users,
)
from controller.store.gateway import StoreGateway
from controller.store.schema import SchemaState
from controller.store.session import Store

T = TypeVar("T")


@dataclass(frozen=True)
class Tokens(Generic[T]):
    """The store's functions for tokens, of phones' keys or of the API. Each raises StoreError.

    `find` returns the data of a valid token, and None for any other text. `digests` returns the digests of
    all valid tokens. `used` notes when a token was last used.
    """

    find: Callable[[str], T | None]
    digests: Callable[[], frozenset[str]]
    used: Callable[[int, datetime], None]


@dataclass(frozen=True)
class ConsoleAccess:
    """The store's functions for who logs in to the console (store/console.py). Each raises StoreError."""

    enter: Callable[[str, str], tuple[ConsoleSession, str] | None]
    find: Callable[[str], ConsoleSession | None]
    digests: Callable[[], frozenset[str]]
    used: Callable[[int, datetime], None]
    leave: Callable[[int], None]


@dataclass(frozen=True)
class Favourites:
    """The store's functions for favourites (store/favourites.py). Each raises StoreError."""

    of: Callable[[UserName], tuple[str, ...]]
    keep: Callable[[UserName, UserName], None]
    drop: Callable[[UserName, UserName], None]


class Controller:
    """One controller with one database and a station for each switch. It does not connect before `start`."""

    def __init__(self, settings: Settings, clock: Clock = REAL) -> None:
        self.settings = settings
        self.clock = clock
        self.store = Store(settings.database_url)
        self.gateway = gateway = StoreGateway(self.store, STORE_DEADLINE, clock)
        self.events = Bus()
        self.history = History(gateway.writer(pages.save), clock)
        self.history.subscribe(self.events)
        self.attempt = gateway.reader(pages.find)
        self.message = gateway.reader(messages.effective)
        self.messages = gateway.reader(messages.available)
        self.key_tokens = Tokens[KeyToken](
            find=gateway.reader(key_tokens.find),
            digests=gateway.reader(key_tokens.digests),
            used=gateway.writer(key_tokens.used),
        )
        self.api_tokens = Tokens[ApiToken](
            find=gateway.reader(api_tokens.find),
            digests=gateway.reader(api_tokens.digests),
            used=gateway.writer(api_tokens.used),
        )
        self.console = ConsoleAccess(
            enter=gateway.writer(console.enter),
            find=gateway.reader(console.find),
            digests=gateway.reader(console.digests),
            used=gateway.writer(console.used),
            leave=gateway.writer(console.leave),
        )
        self.favourites = Favourites(
            of=gateway.reader(favourites.of),
            keep=gateway.writer(favourites.keep),
            drop=gateway.writer(favourites.drop),
        )
        self.colleagues = gateway.reader(colleagues.of)
        self.policies = gateway.reader(policy.for_many)
        self.permitted = gateway.reader(permitted.permitted)
        self.pruner = Pruner(gateway.writer(retention.prune_piece), settings.history_days, clock)
        blocks = gateway.reader(users.blocked), gateway.writer(users.block)
        self.blocked = BlockedUsers(*blocks, self.events, clock=clock)
        rates = parse_limit(settings.pager_limit), parse_limit(settings.target_limit)
        self.limits = Limits(self.events, *rates, clock=clock)
        self.presence = Presence(self.events, clock=clock)
        rows = CallBackRows(
            listing=gateway.reader(call_backs.listing),
            ask=gateway.writer(call_backs.ask),
            take=gateway.writer(call_backs.take),
            give_back=gateway.writer(call_backs.give_back),
            finish=gateway.writer(call_backs.finish),
            remove=gateway.writer(call_backs.remove),
            prune=gateway.writer(call_backs.prune),
        )
        kept = settings.call_back_minutes, settings.call_back_limit, settings.call_back_key
        self.call_backs = CallBacks(rows, self.events, *kept, clock)
        speech = settings.speech_command, settings.voices, settings.speech_folder, settings.speech_url
        self.sounds = Sounds(Speech(*speech), clock)
        self.outlets = Outlets()
        self.live = LiveEverywhere(self.events)
        shared = Shared(
            blocked=self.blocked,
            limits=self.limits,
            presence=self.presence,
            call_backs=self.call_backs,
            sounds=self.sounds,
            outlets=self.outlets,
            everywhere=self.live,
            events=self.events,
            cluster=cluster_for(settings),
        )
        self.stations = tuple(
            Station(address, settings, gateway, shared, clock) for address in settings.addresses
        )
        ringing = self.stations, shared.cluster, self.limits, self.events
        self.calling_back = CallingBack(self.call_backs, rows, *ringing, clock)
        self.private_keys = PrivateKeys(self.stations, clock)
        begun_before = gateway.reader(unended.begun_before)
        self.unended = Unended(self.stations, self.live, begun_before, self.events, clock)

    def start(self) -> None:
        """Start to connect; returns at once."""
        self.blocked.start()
        self.pruner.start()
        for station in self.stations:
            station.link.start()
        self.calling_back.start()
        self.unended.start()

    def check_database(self) -> SchemaState:
        """Check whether the database has what pages need. It blocks, and raises StoreError."""
        return readiness.check(self.store)

    def stop(self, deadline: float = 5.0) -> None:
        """Disconnect from the switches, whose pages go on, and write the waiting records of the history.

        The parts are stopped in the reverse order of their start. `deadline` in seconds is for all of them
        together.
        """
        until = self.clock.monotonic() + deadline
        self.unended.stop()
        self.private_keys.stop()
        self.calling_back.stop()
        for station in reversed(self.stations):
            station.stop(until)
        self.presence.stop()
        self.pruner.stop()
        self.blocked.stop()
        self.limits.close()
        self.history.close(max(until - self.clock.monotonic(), 0))
        self.sounds.close(max(until - self.clock.monotonic(), 0))
        self.gateway.close(max(until - self.clock.monotonic(), 0))
        self.store.close()
