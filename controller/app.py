"""The only place that builds the parts and ties them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TypeVar

import structlog

from controller.config import Settings, SwitchAddress, parse_limit
from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.errors import SwitchError, SwitchTrouble, SwitchUnreachable
from controller.eventsocket import commands
from controller.eventsocket.connection import Connection
from controller.eventsocket.events import Event
from controller.eventsocket.link import Link
from controller.paging import page, request
from controller.paging.blocked import BlockedUsers
from controller.paging.click import Clicks
from controller.paging.control import PageControl
from controller.paging.deciding import Decider
from controller.paging.events import BlockChanged, Bus
from controller.paging.following import Following
from controller.paging.history import History
from controller.paging.lamps import Lamps
from controller.paging.limits import Limits
from controller.paging.live import LivePages
from controller.paging.metrics import Metrics
from controller.paging.pages_off import PagesOff
from controller.paging.pruner import Pruner
from controller.paging.requests import Requests
from controller.paging.setup import WhisperSetup
from controller.paging.takeover import Takeover
from controller.phones.values import PhoneKind
from controller.store import pages, policy, readiness, retention, users
from controller.store.gateway import StoreGateway
from controller.store.schema import SchemaState
from controller.store.session import Store
from controller.switch import keys, lamps
from controller.switch import legs as table
from controller.switch.keys import Key
from controller.switch.leg import claimed_by
from controller.switch.legs import Legs
from controller.switch.queries import SwitchQueries
from controller.switch.runner import CommandRunner
from controller.switch.timed import TimedSwitch

T = TypeVar("T")

_log = structlog.get_logger(__name__)

#: Seconds that a decision waits for the database: the pager hears nothing meanwhile.
STORE_DEADLINE = 2.0


class Controller:
    """One controller, one database, and a station beside each switch. It does not connect before `start`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.database_url)
        self.gateway = gateway = StoreGateway(self.store, STORE_DEADLINE)
        self.events = Bus()
        self.history = History(gateway.writer(pages.save))
        self.history.subscribe(self.events)
        self.attempt = gateway.reader(pages.find)
        self.pruner = Pruner(gateway.writer(retention.prune_piece), settings.history_days)
        self.blocked = BlockedUsers(gateway.reader(users.blocked), gateway.writer(users.block), self.events)
        rates = parse_limit(settings.pager_limit), parse_limit(settings.target_limit)
        self.limits = Limits(self.events, *rates)
        self.stations = tuple(
            Station(address, settings, gateway, self.blocked, self.limits, self.events)
            for address in settings.switches
        )

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self.blocked.start()
        self.pruner.start()
        for station in self.stations:
            station.link.start()

    def check_database(self) -> SchemaState:
        """Whether the database has what pages need. Blocks; raises StoreError."""
        return readiness.check(self.store)

    def stop(self, deadline: float = 5.0) -> None:
        """Leave the switches, their pages as they are, and write what the history still has to write.

        What was started last is stopped first. `deadline` is in seconds, for all of it together.
        """
        until = monotonic() + deadline
        for station in reversed(self.stations):
            station.stop(until)
        self.pruner.stop()
        self.blocked.stop()
        self.limits.close()
        self.history.close(max(until - monotonic(), 0))
        self.gateway.close(max(until - monotonic(), 0))
        self.store.close()


class Station:
    """What there is beside one switch: its link, its legs, its pages, and the clicks that are to be pages.

    What happens to its pages is published on a bus of its own, and from there on the controller's.
    """

    def __init__(
        self,
        address: SwitchAddress,
        settings: Settings,
        gateway: StoreGateway,
        blocked: BlockedUsers,
        limits: Limits,
        events: Bus,
    ) -> None:
        self.name = name = str(address)
        deadline, digits = settings.command_deadline, _digits(settings)
        self.legs = legs = Legs()
        self.link = Link(
            address,
            events=sorted({*table.EVENTS, table.GONE, *page.EVENTS, lamps.PROBE}),
            custom=(request.SUBCLASS, *page.CUSTOM),
            on_up=self._up,
            on_down=self._down,
        )
        self.events = own = Bus(events)
        self.metrics = Metrics()
        self.switch = switch = TimedSwitch(self.link)
        self.queries = queries = SwitchQueries(switch, legs, deadline)
        self.runner = runner = CommandRunner(switch, deadline)
        self.live = live = LivePages(runner, own)
        self.decider = _decider(queries, gateway, settings)
        self.control = PageControl(live)
        self.following = Following(name, queries, runner, live, digits, own)
        self.lamps = Lamps(name, switch, deadline, legs, live, blocked, on=settings.lamps)
        self.pages_off = PagesOff(runner, live, blocked)
        self.requests = Requests(
            name,
            self.decider,
            limits,
            gateway.writer(pages.claim),
            gateway.reader(pages.find),
            WhisperSetup(queries, runner, live, blocked, digits, show=settings.show_on_displays),
            runner,
            live,
            self.following,
            self.pages_off,
            own,
        )
        self.clicks = Clicks(name, switch, deadline, queries, self.decider, limits, own)
        open_pages = partial(gateway.reader(pages.open_pages), name)
        self.takeover = Takeover(name, queries, legs, live, self.following, open_pages, own)
        self._subscribe(events)
        self._register()

    def stop(self, until: float) -> None:
        """Finish what was begun, until a moment (`time.monotonic`), and leave the switch and its pages."""
        self.clicks.stop()
        for work in (self.requests, self.runner, self.lamps):
            work.drain(max(until - monotonic(), 0))
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
        self.link.on(request.SUBCLASS, self.requests.on_request)
        self.link.on(keys.SUBCLASS, self.pages_off.on_key)
        self.link.on(lamps.PROBE, self.lamps.on_probe)

    def _up(self) -> None:
        self.takeover.run()
        self.lamps.touch_all()

    def _down(self, error: SwitchError) -> None:
        _log.warning("switch.down", switch=self.name, error=str(error))
        self.takeover.stop()
        self.following.stop()
        self.live.clear()

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
    """The first of some switches at which a user has a phone, or else the first that answers.

    `registered` asks one of them. Raises what the first has said if none answers (SwitchError).
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
    """One switch, for a command that does one thing there. `deadline` in seconds is for each call to it."""

    name: str
    switch: TimedSwitch
    queries: SwitchQueries
    decider: Decider
    gateway: StoreGateway
    deadline: float

    def attempt(self, page_id: str) -> PageRecord | None:
        """What the history has of an attempt so far; None if nothing. Raises StoreError."""
        return self.gateway.read(pages.find, page_id)


@contextmanager
def visiting(settings: Settings, pager: str) -> Iterator[tuple[Visit, UserName]]:
    """Visit one switch for a pager (`EXT@DOMAIN`, or `EXT`), whose name as a user comes with it.

    It is the switch where the pager has a phone, or the first that can be reached.

    Connects, learns the legs, and leaves in the end. Raises SwitchError if no switch can be reached, and
    InvalidValue for what is no user.
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
    legs.rebuild(queries.channels())
    decider = _decider(queries, gateway, settings)
    return Visit(str(connection.address), switch, queries, decider, gateway, settings.command_deadline)


@contextmanager
def clicking(visit: Visit) -> Iterator[Clicks]:
    """Click to page on a visit; what is over in the end is in the history. Raises SwitchError."""
    subscription = commands.subscribe(("BACKGROUND_JOB",))
    if not (outcome := visit.switch.send(subscription, visit.deadline)).done:
        raise SwitchTrouble(f"The switch does not tell what becomes of a call: {outcome.text}")
    events = Bus()
    history = History(visit.gateway.writer(pages.save))
    history.subscribe(events)
    beside = visit.name, visit.switch, visit.deadline, visit.queries, visit.decider
    clicks = Clicks(*beside, Limits(events), events)
    try:
        yield clicks
    finally:
        clicks.stop()
        history.close(visit.deadline)
