"""The only place that constructs the parts, connects them, and starts and stops them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

import structlog

from controller.clock import REAL, Clock
from controller.config import Settings, SwitchAddress, parse_limit
from controller.domain.api_token import ApiToken
from controller.domain.key_token import KeyToken
from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.errors import StoreError, SwitchError, SwitchTrouble, SwitchUnreachable, UnsafeValue
from controller.eventsocket import commands
from controller.eventsocket.connection import Connection
from controller.eventsocket.events import Event
from controller.eventsocket.link import Link
from controller.paging import page, reported, request
from controller.paging.blocked import BlockedUsers
from controller.paging.click import Clicks
from controller.paging.control import PageControl
from controller.paging.deciding import Decider
from controller.paging.events import BlockChanged, Bus, ClickRefused
from controller.paging.following import Following
from controller.paging.history import History
from controller.paging.lamps import Lamps
from controller.paging.limits import Limits
from controller.paging.live import LivePages
from controller.paging.metrics import Metrics
from controller.paging.pages_off import PagesOff
from controller.paging.pruner import Pruner
from controller.paging.reported import Reported
from controller.paging.requests import Requests
from controller.paging.setup import WhisperSetup
from controller.paging.takeover import Takeover
from controller.phones.values import PhoneKind
from controller.store import api_tokens, key_tokens, pages, policy, readiness, retention, users
from controller.store.gateway import StoreGateway
from controller.store.schema import SchemaState
from controller.store.session import Store
from controller.switch import keys, lamps
from controller.switch import legs as table
from controller.switch.keys import Key
from controller.switch.leg import claimed_by
from controller.switch.legs import Legs, unsure
from controller.switch.queries import SwitchQueries
from controller.switch.runner import CommandRunner
from controller.switch.timed import TimedSwitch

T = TypeVar("T")

_log = structlog.get_logger(__name__)

#: Seconds for which a decision waits for the database; the pager hears nothing meanwhile.
STORE_DEADLINE = 2.0


@dataclass(frozen=True)
class Tokens(Generic[T]):
    """The store's functions for tokens, of phones' keys or of the API. Each raises StoreError.

    `find` returns the data of a valid token, and None for any other text. `digests` returns the digests of
    all valid tokens. `used` notes when a token was last used.
    """

    find: Callable[[str], T | None]
    digests: Callable[[], frozenset[str]]
    used: Callable[[int, datetime], None]


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
        self.pruner = Pruner(gateway.writer(retention.prune_piece), settings.history_days, clock)
        blocks = gateway.reader(users.blocked), gateway.writer(users.block)
        self.blocked = BlockedUsers(*blocks, self.events, clock=clock)
        rates = parse_limit(settings.pager_limit), parse_limit(settings.target_limit)
        self.limits = Limits(self.events, *rates, clock=clock)
        self.stations = tuple(
            Station(address, settings, gateway, self.blocked, self.limits, self.events, clock)
            for address in settings.switches
        )

    def start(self) -> None:
        """Start to connect; returns at once."""
        self.blocked.start()
        self.pruner.start()
        for station in self.stations:
            station.link.start()

    def check_database(self) -> SchemaState:
        """Check whether the database has what pages need. It blocks, and raises StoreError."""
        return readiness.check(self.store)

    def stop(self, deadline: float = 5.0) -> None:
        """Disconnect from the switches, whose pages go on, and write the waiting records of the history.

        The parts are stopped in the reverse order of their start. `deadline` in seconds is for all of them
        together.
        """
        until = self.clock.monotonic() + deadline
        for station in reversed(self.stations):
            station.stop(until)
        self.pruner.stop()
        self.blocked.stop()
        self.limits.close()
        self.history.close(max(until - self.clock.monotonic(), 0))
        self.gateway.close(max(until - self.clock.monotonic(), 0))
        self.store.close()


class Station:
    """The parts for one switch: its link, its legs, its pages, and its clicks.

    The events of its pages are published on its own bus, and from there on the controller's bus.
    """

    def __init__(
        self,
        address: SwitchAddress,
        settings: Settings,
        gateway: StoreGateway,
        blocked: BlockedUsers,
        limits: Limits,
        events: Bus,
        clock: Clock = REAL,
    ) -> None:
        self.name = name = str(address)
        self._clock = clock
        deadline, digits = settings.command_deadline, _digits(settings)
        self.legs = legs = Legs()
        self.link = Link(
            address,
            events=sorted({*table.EVENTS, table.GONE, *page.EVENTS, lamps.PROBE}),
            custom=(request.SUBCLASS, *page.CUSTOM),
            on_up=self._up,
            on_down=self._down,
            clock=clock,
        )
        self.events = own = Bus(events)
        self.metrics = Metrics()
        self.switch = switch = TimedSwitch(self.link, clock)
        self.queries = queries = SwitchQueries(switch, legs, deadline)
        self.runner = runner = CommandRunner(switch, deadline, clock)
        self.live = live = LivePages(runner, own, clock)
        self.decider = _decider(queries, gateway, settings)
        self.control = PageControl(live)
        self.following = Following(name, queries, runner, live, digits, own, clock=clock)
        self.lamps = Lamps(name, switch, deadline, legs, live, blocked, on=settings.lamps, clock=clock)
        self.pages_off = PagesOff(runner, live, blocked)
        self.requests = Requests(
            name,
            self.decider,
            limits,
            gateway.writer(pages.claim),
            gateway.reader(pages.find),
            WhisperSetup(queries, runner, live, blocked, digits, show=settings.show_on_displays, clock=clock),
            runner,
            live,
            self.following,
            self.pages_off,
            own,
            clock=clock,
        )
        self.reported = Reported(name, gateway.writer(pages.claim), own, clock)
        self.clicks = Clicks(name, switch, deadline, queries, self.decider, limits, own, clock=clock)
        open_pages = partial(gateway.reader(pages.open_pages), name)
        self.takeover = Takeover(name, queries, legs, live, self.following, open_pages, own, clock=clock)
        self._subscribe(events)
        self._register()

    def stop(self, until: float) -> None:
        """Finish the begun work, until a moment (`Clock.monotonic`), and disconnect from the switch."""
        self.clicks.stop()
        for work in (self.requests, self.reported, self.runner, self.lamps):
            work.drain(max(until - self._clock.monotonic(), 0))
        self.takeover.stop()
        self.following.stop()
        self.lamps.stop()
        self.link.stop()

    def _subscribe(self, blocks: Bus) -> None:
        self.metrics.subscribe(self.events)
        self.following.subscribe(self.events)
        self.lamps.subscribe(self.events, blocks)
        blocks.subscribe(BlockChanged, self.control.block_changed)

    def _register(self) -> None:
        for name in table.EVENTS:
            self.link.on(name, self._learn)
        self.link.on(table.GONE, self._forget)
        for name in (*page.EVENTS, *page.CUSTOM):
            self.link.on(name, self.live.observe)
        self.link.on(request.SUBCLASS, self._ask)
        self.link.on(keys.SUBCLASS, self.pages_off.on_key)
        self.link.on(lamps.PROBE, self.lamps.on_probe)

    def _up(self) -> None:
        self.takeover.run()
        self.lamps.touch_all()

    def _down(self, error: SwitchError) -> None:
        self.takeover.stop()
        self.following.stop()
        self.live.clear()

    def _ask(self, event: Event) -> None:
        if reported.is_report(event):
            self.reported.on_report(event)
        else:
            self.requests.on_request(event)

    def _learn(self, event: Event) -> None:
        if old := event.get("Old-Unique-ID", ""):
            self.legs.rename(old, event["Unique-ID"])
        self.legs.learn(event["Unique-ID"], claimed_by(lambda name: event.get(name, "")))

    def _forget(self, event: Event) -> None:
        self.legs.forget(event["Unique-ID"])


def _digits(settings: Settings) -> dict[Key, str]:
    digits = {Key.MUTE: settings.mute_key, Key.END: settings.end_key, Key.OFF: settings.off_key}
    return {key: digit for key, digit in digits.items() if digit}


def _decider(queries: SwitchQueries, gateway: StoreGateway, settings: Settings) -> Decider:
    rules = gateway.reader(policy.with_phone_rules)
    return Decider(queries, rules, PhoneKind(settings.unknown_phone))


def with_phone(places: Iterable[T], registered: Callable[[T], bool]) -> T:
    """The first switch at which a user has a phone, or else the first that answers.

    `registered` asks a switch. If none answers, the error of the first one is raised (SwitchError).
    """
    answering: list[T] = []
    errors: list[SwitchError] = []
    for place in places:
        try:
            if registered(place):
                return place
            answering.append(place)
        except SwitchError as error:
            errors.append(error)
    if answering:
        return answering[0]
    raise errors[0] if errors else SwitchUnreachable("No switch can be reached.")


@dataclass(frozen=True)
class Visit:
    """One switch, for a single command; `deadline` in seconds is the limit for each call to it."""

    name: str
    switch: TimedSwitch
    queries: SwitchQueries
    decider: Decider
    gateway: StoreGateway
    deadline: float

    def hand_over(self, record: PageRecord) -> None:
        """Write a refused click to the history."""
        try:
            save = self.gateway.writer(pages.save)
            reported.hand_over(
                record, lambda command: self.switch.send(command, self.deadline), self.attempt, save
            )
        except (StoreError, SwitchError, UnsafeValue) as error:
            _log.error("click.not_kept", page=record.page_id, error=str(error))

    def attempt(self, page_id: str) -> PageRecord | None:
        """The record of an attempt in the history so far, or None. Raises StoreError."""
        return self.gateway.read(pages.find, page_id)


@contextmanager
def visiting(settings: Settings, pager: str) -> Iterator[tuple[Visit, UserName]]:
    """Visit one switch for a pager (`EXT@DOMAIN` or `EXT`); it also returns the pager's user name.

    It is the switch where the pager has a phone, or else the first that can be reached.

    This connects, reads the legs, and disconnects at the end. Raises SwitchError if no switch can be reached,
    and InvalidValue if the text is not a user.
    """
    with ExitStack() as stack:
        store = Store(settings.database_url)
        stack.callback(store.close)
        gateway = StoreGateway(store, STORE_DEADLINE)
        found: dict[SwitchAddress, tuple[Visit, UserName]] = {}

        def registered(address: SwitchAddress) -> bool:
            connection = Connection(address, timeout=settings.command_deadline)
            stack.callback(connection.stop)
            connection.connect()
            visit = _look(connection, settings, gateway)
            found[address] = visit, (user := visit.queries.user(pager))
            return len(settings.switches) == 1 or bool(visit.queries.registrations(user))

        yield found[with_phone(settings.switches, registered)]


def _look(connection: Connection, settings: Settings, gateway: StoreGateway) -> Visit:
    legs, switch = Legs(), TimedSwitch(connection)
    queries = SwitchQueries(switch, legs, settings.command_deadline)
    legs.rebuild(rows := queries.channels())
    queries.learn(filter(unsure, rows))
    decider = _decider(queries, gateway, settings)
    return Visit(str(connection.address), switch, queries, decider, gateway, settings.command_deadline)


@contextmanager
def clicking(visit: Visit) -> Iterator[Clicks]:
    """Click to page on a visit; refused clicks are written to the history at the end. Raises SwitchError."""
    subscription = commands.subscribe(("BACKGROUND_JOB",))
    if not (outcome := visit.switch.send(subscription, visit.deadline)).done:
        raise SwitchTrouble(f"The switch does not tell what becomes of a call: {outcome.text}")
    events = Bus()
    refused: list[PageRecord] = []
    events.subscribe(ClickRefused, lambda event: refused.append(event.record))
    beside = visit.name, visit.switch, visit.deadline, visit.queries, visit.decider
    clicks = Clicks(*beside, Limits(events), events)
    try:
        yield clicks
    finally:
        clicks.stop()
        for record in refused:
            visit.hand_over(record)
