"""What the contract tests run on: simulated switches, a database, controllers, and one clock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from controller.app import Controller
from controller.clock import Clock
from controller.config import Settings
from controller.domain.record import PageRecord
from controller.simulator.office import PASSWORD, Office
from controller.station import Station
from controller.store import pages
from controller.store.everybody import open_to_all
from controller.store.session import Store
from tests.contract.wire import Wire
from tests.virtual import VirtualClock

#: Settings without rate limits.
ANY_NUMBER = {"pager_limit": "0", "target_limit": "0"}


class Controllers:
    """Switches, the database, and the controllers of one test, all on one clock.

    There are no rate limits unless `settings` have some.
    """

    def __init__(
        self, clock: VirtualClock, offices: tuple[Office, ...], database_url: str, settings: dict[str, Any]
    ) -> None:
        self.clock, self.offices = clock, offices
        self.settings = Settings(**{"database_url": database_url} | ANY_NUMBER | settings)
        self.store = Store(database_url)
        self.controllers: list[Controller] = []
        #: The work at the end of the test, the newest first.
        self.ends = ExitStack()
        for end in (clock.close, *(office.close for office in offices), self.store.close):
            self.ends.callback(end)

    def close(self) -> None:
        """Stop everything, the newest first. It is an error if a switch was asked for something unknown."""
        for office in self.offices:
            office.socket.faults.heal()
        self.ends.close()
        assert [each for office in self.offices for each in office.switch.unknown] == []

    def make(self, clock: Clock | None = None) -> Controller:
        """A controller that is not started yet."""
        controller = Controller(self.settings, clock or self.clock)
        self.controllers.append(controller)
        self.ends.callback(self.stop, controller)
        return controller

    def start(self) -> Controller:
        """A controller that is up."""
        controller = self.make()
        controller.start()
        self.settle(lambda: is_up(controller), "the controller to be up")
        return controller

    def stop(self, controller: Controller) -> None:
        """Stop a controller, unless it is stopped already."""
        if controller in self.controllers:
            self.controllers.remove(controller)
            controller.stop()

    def settle(self, until: Callable[[], object], what: str, seconds: float = 30.0) -> None:
        """Run until a condition is true. Raises AssertionError if it is not within so many seconds."""
        self.offices[0].settle(until, what, seconds)

    def attempts(self) -> list[PageRecord]:
        """The history, the newest first."""
        with self.store.reading() as reading:
            return list(pages.history(reading))


class Rig(Controllers):
    """One switch, at which everybody may page everybody. `tempo` is the speed of its sounds."""

    def __init__(
        self, database_url: str, *, tempo: float = 1.0, password: str = PASSWORD, **settings: Any
    ) -> None:
        clock = VirtualClock()
        self.office = Office(tempo=tempo, password=password, clock=clock)
        super().__init__(clock, (self.office,), database_url, {"switch_url": self.office.url} | settings)

    def connect(self, *, login: bool = True) -> Wire:
        """A connection to the switch for the test itself."""
        return Wire(self.office.socket.port, login=login, clock=self.clock)


def station(controller: Controller) -> Station:
    """The station of a controller that has one switch."""
    (only,) = controller.stations
    return only


def is_up(controller: Controller) -> bool:
    """Whether a controller is connected to all its switches."""
    return all(each.link.state == "up" for each in controller.stations)


def permit_all(database_url: str) -> None:
    """Make a database in which everybody may page everybody."""
    store = Store(database_url)
    open_to_all(store)
    store.close()
