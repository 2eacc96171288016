"""A controller in a process of its own, which a test can kill at any moment.

The processes are forked from one that has already imported the controller, so a start takes some 30 ms.
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
    """Run a controller for ever; report when it is up, and call the methods that are asked for by name."""
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
        """Whether it is up or dead."""
        return self._pipe.poll()

    def ask(self, name: str, *arguments: object) -> None:
        """Call a method of its page control, if it is alive."""
        with suppress(BrokenPipeError):
            self._pipe.send((name, *arguments))

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def close(self) -> None:
        self._pipe.close()


@contextmanager
def process(settings: Settings) -> Iterator[Process]:
    """A controller that is killed at the end in any case."""
    running = Process(settings)
    try:
        yield running
    finally:
        running.kill()
        running.close()
