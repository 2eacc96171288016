"""Controllers that a test can kill at any moment: in this process, or in a process of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Protocol

import gevent

from controller.app import Controller
from controller.config import Settings
from controller.errors import SwitchUnreachable
from tests.contract.rig import Controllers, Rig, is_up, station
from tests.virtual import MortalClock


class Killable(Protocol):
    """A controller that runs until `kill`."""

    @property
    def up(self) -> bool:
        """Whether it is up or dead."""

    def ask(self, name: str, *arguments: object) -> None:
        """Call a method of its page control, if it is alive."""

    def kill(self) -> None:
        """End it at once: it does and writes nothing more, and its connection is closed."""


class Mortal:
    """A controller in this process, on the rig's clock."""

    def __init__(self, rig: Controllers) -> None:
        self._clock = MortalClock(rig.clock)
        self.controller = rig.make(self._clock)
        rig.ends.callback(self._clock.rise)
        self.controller.start()

    @property
    def alive(self) -> bool:
        return self._clock.alive

    @property
    def up(self) -> bool:
        return is_up(self.controller) or not self._clock.alive

    def ask(self, name: str, *arguments: object) -> None:
        if self._clock.alive:
            getattr(station(self.controller).control, name)(*arguments)

    def kill(self) -> None:
        self._clock.die()
        for each in self.controller.stations:
            if standing := each.link._standing:
                standing.close(SwitchUnreachable("killed"))


@contextmanager
def mortal(rig: Controllers) -> Iterator[Mortal]:
    """A controller that is killed at the end in any case, and removed together with the rig."""
    running = Mortal(rig)
    try:
        yield running
    finally:
        running.kill()


# -- a process: forked from one that has already imported the controller, so a start takes some 30 ms --------

_processes = get_context("forkserver")
_processes.set_forkserver_preload(["controller.app", "psycopg", "sqlalchemy.dialects.sqlite"])


def serve(settings: Settings, pipe: Connection) -> None:
    """Run a controller for ever; report when it is up, and call the methods that are asked for by name."""
    controller = Controller(settings)
    controller.start()
    while not is_up(controller):
        gevent.sleep(0.005)
    pipe.send("up")
    control = station(controller).control
    while True:
        while not pipe.poll():
            gevent.sleep(0.005)
        name, *arguments = pipe.recv()
        getattr(control, name)(*arguments)


class Process:
    """A controller in a process; `kill` is a SIGKILL."""

    def __init__(self, settings: Settings) -> None:
        self._pipe, theirs = _processes.Pipe()
        self._process = _processes.Process(target=serve, args=(settings, theirs), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    @property
    def up(self) -> bool:
        return self._pipe.poll()

    def ask(self, name: str, *arguments: object) -> None:
        with suppress(BrokenPipeError):
            self._pipe.send((name, *arguments))

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def close(self) -> None:
        self._pipe.close()


@contextmanager
def process(rig: Rig) -> Iterator[Process]:
    """A controller that is killed at the end in any case; meanwhile the rig uses real time, with patience."""
    with rig.clock.as_the_real_one(stretch=4.0):
        running = Process(rig.settings)
        try:
            yield running
        finally:
            running.kill()
            running.close()
