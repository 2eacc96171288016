"""A controller in a process of its own, to be killed at a moment of the test's choice.

The processes are forked from one that has the controller imported already: a start takes some 30 ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection

import gevent

from controller.app import Controller
from controller.config import Settings

_processes = get_context("forkserver")
_processes.set_forkserver_preload(["controller.app", "psycopg", "sqlalchemy.dialects.sqlite"])


def serve(settings: Settings, pipe: Connection) -> None:
    """Run a controller for ever; tell when it is up, and do what is asked of it by name."""
    controller = Controller(settings)
    controller.start()
    while any(station.link.state != "up" for station in controller.stations):
        gevent.sleep(0.005)
    pipe.send("up")
    control = controller.stations[0].control
    while True:
        while not pipe.poll():
            gevent.sleep(0.005)
        name, *arguments = pipe.recv()
        getattr(control, name)(*arguments)


class Process:
    """A controller; `kill` is a SIGKILL."""

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
        """Whether it has come up, or is dead."""
        return self._pipe.poll()

    def ask(self, name: str, *arguments: object) -> None:
        """Call a method of its page control, if it lives."""
        with suppress(BrokenPipeError):
            self._pipe.send((name, *arguments))

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def close(self) -> None:
        self._pipe.close()


@contextmanager
def process(settings: Settings) -> Iterator[Process]:
    """A controller that is dead at the end, whatever happens."""
    running = Process(settings)
    try:
        yield running
    finally:
        running.kill()
        running.close()
