"""The demonstration's office on a simulated switch, with the real controller on a real socket."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING

import gevent

from controller.app import Controller
from controller.config import Settings
from controller.eventsocket import api
from controller.simulator.behaviour import Behaviour, obeys
from controller.simulator.office import Office
from controller.simulator.phones import PhoneCall
from controller.simulator.story import CAST, COLLEAGUE, CUSTOMER, IDLE, PAGER, TARGET, Matrix

if TYPE_CHECKING:
    from controller.store.session import Store


class SimulatedDemo(AbstractContextManager["SimulatedDemo"]):
    """A simulated office with a controller and an SQLite database of its own, while it is open.

    `prepare` makes the database and permits everything.
    """

    patience = 4.0

    def __init__(self, prepare: Callable[[Store], None]) -> None:
        self._prepare = prepare
        self._folder = TemporaryDirectory(prefix="whisperpage-demo-")
        self._office = Office()
        database = Path(self._folder.name) / "demo.db"
        self._controller = Controller(
            Settings(database_url=f"sqlite:///{database}", switch_url=self._office.url)
        )
        (self._station,) = self._controller.stations
        self._pager: PhoneCall | None = None
        self._calls: list[PhoneCall] = []

    def __enter__(self) -> SimulatedDemo:
        """Make the database, permit everything, start the controller, and wait until it is up."""
        self._prepare(self._controller.store)
        idle = self._office.phone(IDLE)
        idle.behaviour = Behaviour(answers=False, auto_answer=obeys(idle.user_agent))
        self._controller.start()
        self._office.settle(lambda: self._station.link.state == "up", "the controller to be up")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()
        self._office.close()
        self._folder.cleanup()

    @property
    def unknown(self) -> list[str]:
        """What the simulated switch was asked for and does not know; nothing, if all is well."""
        return self._office.switch.unknown

    # -- what happens there ----------------------------------------------------------------------------------

    def client_calls(self) -> None:
        """The client calls the target."""
        self._calls.append(self._office.dial(CUSTOMER, TARGET))

    def page(self, target: str) -> None:
        """The pager dials."""
        self._forget_tones()
        self._pager = self._office.dial(PAGER, f"*19{target}")

    def mute(self, on: bool) -> None:
        """Through the controller's own connection, as the target's key would."""
        link = self._calls[0].leg.link
        assert link is not None
        self._forget_tones()
        self._station.link.api(api.uuid_audio(link.originator.uuid, mute=on), 5.0)

    def pager_hangs_up(self) -> None:
        """The pager hangs up."""
        self._forget_tones()
        if self._pager:
            self._pager.hang_up()

    def target_joins_a_conference(self) -> None:
        """The client's call ends; two colleagues meet in room 3001."""
        self._calls.pop().hang_up()
        self._office.settle(lambda: not self._office.switch.channels, "the call to end")
        self._calls += [self._office.dial(who, "3001") for who in (TARGET, COLLEAGUE)]
        self._office.settle(lambda: self._office.hears(COLLEAGUE), "the conference")

    def hears(self) -> Matrix:
        """Derived from the switch's media graph; tones do not count."""
        return {who: frozenset(self._office.hears(who)) & frozenset(CAST) for who in CAST}

    def heard_the_tone(self) -> frozenset[str]:
        """Who has heard the page's tone since the last scene."""
        sounds = self._office.switch.sounds
        return frozenset(who for who in CAST if any("2500" in sound for sound in sounds.get(who, ())))

    def refusal(self) -> str:
        """The pager's cause."""
        cause = self._pager.cause if self._pager else ""
        return "" if cause == "NORMAL_CLEARING" else cause

    def wait(self, seconds: float) -> None:
        """Let everything go on."""
        gevent.sleep(seconds)

    def _forget_tones(self) -> None:
        """The tone of the scene before is let to its end."""
        switch = self._office.switch
        self._office.settle(
            lambda: not any(leg.playing for leg in switch.channels.values()), "the tone's end"
        )
        switch.sounds.clear()
