"""The only place that builds the parts and ties them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import structlog

from controller.clock import REAL, Clock
from controller.config import Settings, SwitchAddress, parse_limit
from controller.domain.names import UserName
from controller.errors import SwitchError, SwitchTrouble, SwitchUnreachable
from controller.eventsocket import commands
from controller.eventsocket.connection import Connection
from controller.eventsocket.events import Event
from controller.eventsocket.link import Link
from controller.paging import page, request
from controller.paging.blocks import Blocks
from controller.paging.click import Clicks
from controller.paging.decider import Decider
from controller.paging.history import History
from controller.paging.limits import Limits
from controller.paging.meters import Meters
from controller.paging.policies import Policies
from controller.paging.post import Post
from controller.paging.pruner import Pruner
from controller.paging.service import Service
from controller.paging.survey import Survey, channels
from controller.paging.takeover import Takeover
from controller.paging.timed import TimedSwitch
from controller.phones.values import PhoneKind
from controller.store.session import Store
from controller.switch import keys, lamps
from controller.switch import legs as table
from controller.switch.keys import Key
from controller.switch.leg import claimed_by
from controller.switch.legs import Legs

#: Seconds that a decision waits for the database: the pager hears nothing meanwhile.
STORE_DEADLINE = 2.0

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Controller:
    """One controller, one database, and a station beside each switch. It does not connect before `start`."""

    def __init__(self, settings: Settings, clock: Clock = REAL) -> None:
        self.settings = settings
        self.clock = clock
        self.store = Store(settings.database_url)
        self.policies = Policies(self.store, STORE_DEADLINE, clock)
        self.history = History(self.policies.save, clock)
        self.pruner = Pruner(self.policies.prune, settings.history_days, clock)
        self.blocks = Blocks(self.policies, clock=clock)
        rates = parse_limit(settings.pager_limit), parse_limit(settings.target_limit)
        self.limits = Limits(self.history.keep, *rates, clock=clock)
        self.stations = tuple(
            Station(address, settings, self.policies, self.history, self.blocks, self.limits, clock)
            for address in settings.switches
        )

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self.blocks.start()
        self.pruner.start()
        for station in self.stations:
            station.link.start()

    def stop(self, deadline: float = 5.0) -> None:
        """Leave the switches, their pages as they are, and write what the history still has to write.

        What was started last is stopped first. `deadline` is in seconds, for all of it together.
        """
        until = self.clock.monotonic() + deadline
        for station in reversed(self.stations):
            station.stop(until)
        self.pruner.stop()
        self.blocks.stop()
        self.limits.close()
        self.history.close(max(until - self.clock.monotonic(), 0))
        self.policies.close(max(until - self.clock.monotonic(), 0))
        self.store.close()


class Station:
    """What there is beside one switch: its link, its legs, its pages, and the clicks that are to be pages."""

    def __init__(
        self,
        address: SwitchAddress,
        settings: Settings,
        policies: Policies,
        history: History,
        blocks: Blocks,
        limits: Limits,
        clock: Clock = REAL,
    ) -> None:
        self.name = str(address)
        self._clock = clock
        self.legs = Legs()
        self.link = Link(
            address,
            events=sorted({*table.EVENTS, table.GONE, *page.EVENTS, lamps.PROBE}),
            custom=(request.SUBCLASS, *page.CUSTOM),
            on_up=self._up,
            on_down=self._down,
            clock=clock,
        )
        self.meters = Meters()
        post = _post(
            self.name, TimedSwitch(self.link, self.meters, clock), self.legs, policies, settings, clock
        )
        self.survey, self.decider = post.survey, post.decider
        self.service = Service(
            post,
            history,
            blocks,
            _digits(settings),
            limits=limits,
            show=settings.show_on_displays,
            lamps=settings.lamps,
        )
        self.clicks = Clicks(post, history.keep, limits)
        self.takeover = Takeover(post, self.service.following, history, self.service.lamps.put_out)
        self._register()

    def stop(self, until: float) -> None:
        """Finish what was begun, until a moment (`Clock.monotonic`), and leave the switch."""
        self.clicks.stop()
        self.service.drain(max(until - self._clock.monotonic(), 0))
        self.takeover.stop()
        self.service.close()
        self.link.stop()

    def _register(self) -> None:
        for name in table.EVENTS:
            self.link.on(name, self._learn)
        self.link.on(table.GONE, self._forget)
        for name in (*page.EVENTS, *page.CUSTOM):
            self.link.on(name, self.service.board.observe)
        self.link.on(request.SUBCLASS, self.service.on_request)
        self.link.on(keys.SUBCLASS, self.service.off.on_key)
        self.link.on(lamps.PROBE, self.service.lamps.on_probe)

    def _up(self) -> None:
        self.takeover.run()
        self.service.lamps.touch_all()

    def _down(self, error: SwitchError) -> None:
        _log.warning("switch.down", switch=self.name, error=str(error))
        self.takeover.stop()
        self.service.following.stop()
        self.service.board.clear()

    def _learn(self, event: Event) -> None:
        if old := event.get("Old-Unique-ID", ""):
            self.legs.rename(old, event["Unique-ID"])
        self.legs.learn(event["Unique-ID"], claimed_by(lambda name: event.get(name, "")))

    def _forget(self, event: Event) -> None:
        self.legs.forget(event["Unique-ID"])


def _digits(settings: Settings) -> dict[Key, str]:
    digits = {Key.MUTE: settings.mute_key, Key.END: settings.end_key, Key.OFF: settings.off_key}
    return {key: digit for key, digit in digits.items() if digit}


def _post(
    name: str, switch: TimedSwitch, legs: Legs, policies: Policies, settings: Settings, clock: Clock = REAL
) -> Post:
    survey = Survey(switch, legs, settings.command_deadline)
    decider = Decider(survey, policies, PhoneKind(settings.unknown_phone))
    return Post(name, switch, survey, decider, policies, settings.command_deadline, clock)


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


@contextmanager
def visiting(settings: Settings, pager: str) -> Iterator[tuple[Post, UserName]]:
    """For a command that does one thing: a post beside one switch, and the pager (`EXT@DOMAIN`, or `EXT`).

    It is the switch where the pager has a phone, or the first that can be reached.

    Connects, learns the legs, and leaves in the end. Raises SwitchError if no switch can be reached, and
    InvalidValue for what is no user.
    """
    with ExitStack() as stack:
        store = Store(settings.database_url)
        stack.callback(store.close)
        policies = Policies(store, STORE_DEADLINE)
        found: dict[SwitchAddress, tuple[Post, UserName]] = {}

        def registered(address: SwitchAddress) -> bool:
            connection = Connection(address, timeout=settings.command_deadline)
            stack.callback(connection.stop)
            connection.connect()
            post = _look(connection, settings, policies)
            found[address] = post, (user := post.survey.user(pager))
            return len(settings.switches) == 1 or bool(post.survey.registrations(user))

        yield found[with_phone(settings.switches, registered)]


def _look(connection: Connection, settings: Settings, policies: Policies) -> Post:
    legs = Legs()
    legs.rebuild(channels(connection, settings.command_deadline))
    return _post(str(connection.address), TimedSwitch(connection), legs, policies, settings)


@contextmanager
def clicking(post: Post) -> Iterator[Clicks]:
    """Click to page at a post; what is over in the end is in the history. Raises SwitchError."""
    subscription = commands.subscribe(("BACKGROUND_JOB",))
    if not (outcome := post.switch.send(subscription, post.deadline)).done:
        raise SwitchTrouble(f"The switch does not tell what becomes of a call: {outcome.text}")
    history = History(post.policies.save)
    clicks = Clicks(post, history.keep)
    try:
        yield clicks
    finally:
        clicks.stop()
        history.close(post.deadline)
