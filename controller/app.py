"""The only place that builds the parts and ties them together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from controller.config import Settings
from controller.errors import SwitchError
from controller.eventsocket.connection import Connection
from controller.eventsocket.events import Event
from controller.eventsocket.link import Link
from controller.paging import page, request
from controller.paging.decider import Decider
from controller.paging.history import History
from controller.paging.policies import Policies
from controller.paging.service import Service
from controller.paging.survey import Survey, channels
from controller.paging.takeover import Takeover
from controller.paging.timed import TimedSwitch
from controller.phones.values import PhoneKind
from controller.store.session import Store
from controller.switch import legs as table
from controller.switch.keys import Key
from controller.switch.leg import user_of
from controller.switch.legs import Legs

#: Seconds that a decision waits for the database: the pager hears nothing meanwhile.
STORE_DEADLINE = 2.0

_log = structlog.get_logger(__name__)


class Controller:
    """One controller beside one switch. It does not connect before `start`."""

    def __init__(self, settings: Settings) -> None:
        address, deadline = settings.switch, settings.command_deadline
        name = str(address)
        self.legs = Legs()
        self.store = Store(settings.database_url)
        self.link = Link(
            address,
            events=sorted({*table.EVENTS, table.GONE, *page.EVENTS}),
            custom=(request.SUBCLASS, *page.CUSTOM),
            on_up=self._up,
            on_down=self._down,
        )
        switch = TimedSwitch(self.link)
        policies = Policies(self.store, STORE_DEADLINE)
        self._history = History(policies.save)
        survey = Survey(switch, self.legs, deadline)
        decider = Decider(survey, policies, PhoneKind(settings.unknown_phone))
        self._service = Service(
            switch, name, survey, policies, decider, self._history, _digits(settings), deadline
        )
        self._takeover = Takeover(
            self.link, name, self.legs, self._service, policies, self._history, deadline
        )
        self._register()

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self.link.start()

    def stop(self, deadline: float = 5.0) -> None:
        """Leave the switch, its pages as they are, and write what the history still has to write."""
        self._service.drain(deadline)
        self.link.stop()
        self._history.close(deadline)
        self.store.close()

    def _register(self) -> None:
        for name in table.EVENTS:
            self.link.on(name, self._learn)
        self.link.on(table.GONE, self._forget)
        for name in (*page.EVENTS, *page.CUSTOM):
            self.link.on(name, self._service.board.observe)
        self.link.on(request.SUBCLASS, self._service.on_request)

    def _up(self) -> None:
        self._takeover.run()

    def _down(self, error: SwitchError) -> None:
        _log.warning("switch.down", error=str(error))
        self._service.board.clear()

    def _learn(self, event: Event) -> None:
        if old := event.get("Old-Unique-ID", ""):
            self.legs.rename(old, event["Unique-ID"])
        self.legs.learn(event["Unique-ID"], user_of(lambda name: event.get(name, "")))

    def _forget(self, event: Event) -> None:
        self.legs.forget(event["Unique-ID"])


def _digits(settings: Settings) -> dict[Key, str]:
    digits = {Key.MUTE: settings.mute_key, Key.END: settings.end_key}
    return {key: digit for key, digit in digits.items() if digit}


@contextmanager
def explaining(settings: Settings) -> Iterator[tuple[Decider, Survey]]:
    """A controller's decisions, for once: connects, learns the legs, leaves. Raises SwitchError."""
    deadline = settings.command_deadline
    connection = Connection(settings.switch, timeout=deadline)
    store = Store(settings.database_url)
    connection.connect()
    try:
        legs = Legs()
        legs.rebuild(channels(connection, deadline))
        survey = Survey(connection, legs, deadline)
        policies = Policies(store, STORE_DEADLINE)
        yield Decider(survey, policies, PhoneKind(settings.unknown_phone)), survey
    finally:
        connection.stop()
        store.close()
