"""For how long the event loop is held: by the garbage collector, and by a message to many consoles.

    python -m benchmarks.pauses [--consoles 200] [--rounds 15]

A process of its own has the parts that `whisperpage serve` has, and serves consoles that are open by HTTP. A
greenlet takes its turn whenever it can; the pause is the CPU time that the thread spends between two turns,
so the load of the machine is not in it. Each kind of pause is measured in turns: a full collection before and
after the controller settles, and the longest pause of a message to all consoles, which wakes them in one go
or in groups.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks import machine

if TYPE_CHECKING:
    from controller.app import Controller
    from controller.web.feed import Feed

DOMAIN = "one.test"
#: Users whose state changes in a message.
CHANGES = 40
#: Seconds in which all consoles have got a message.
SETTLED = 0.3
EVERYBODY = 1_000_000


@dataclass
class Result:
    """Milliseconds of CPU time; of messages the longest pause of each."""

    objects: int = 0
    collection: float = 0.0
    left: int = 0
    settled: float = 0.0
    pauses: dict[str, list[float]] = field(default_factory=lambda: {"in one go": [], "in groups": []})


class Turns:
    """Takes its turn whenever it can; `longest` is the longest pause since it was reset, in milliseconds."""

    def __init__(self) -> None:
        import gevent

        self.longest = 0.0
        gevent.spawn(self._take)

    def _take(self) -> None:
        import gevent

        before = time.thread_time()
        while True:
            gevent.sleep(0.0005)
            now = time.thread_time()
            self.longest = max(self.longest, 1000 * (now - before))
            before = now


def full_collection(rounds: int) -> float:
    """The milliseconds of a full collection, the lowest."""
    took = []
    for _ in range(rounds):
        began = time.thread_time()
        gc.collect()
        took.append(time.thread_time() - began)
    return 1000 * min(took)


@contextmanager
def served() -> Iterator[tuple[Controller, Feed, int, str]]:
    """A controller with its feed, the port of its server, and the cookie of a session."""
    from controller.app import Controller
    from controller.config import Settings
    from controller.domain.console import Role
    from controller.domain.names import UserName
    from controller.store import console, schema
    from controller.web.app import build
    from controller.web.feed import Feed
    from controller.web.server import Server

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/x.db", switch_url="esl://:x@127.0.0.1:1")
        controller = Controller(settings)
        schema.ensure_current(controller.store, lambda _: None)
        feed = Feed(controller)
        app = build(controller, feed=feed)
        server = Server(app, ("127.0.0.1", 0))
        server.start()
        with controller.store.unit() as unit:
            _, secret = console.invite(unit, UserName("1001", DOMAIN), Role.USER)
            unit.commit()
        answer = app.test_client().post("/login", data={"secret": secret})
        yield controller, feed, server.port, answer.headers["Set-Cookie"].partition(";")[0]
        feed.close()
        server.stop()
        controller.stop(1)


def measure(consoles: int, rounds: int, told: Connection) -> None:
    """A process: it tells the result."""
    import gevent

    from controller.cli import garbage, serve
    from controller.domain.names import UserName
    from controller.domain.presence import CallState, Present
    from controller.paging.events import PresenceChanged
    from controller.web import feed as feeding
    from controller.web import waking

    assert serve  # its modules are those of a controller
    groups, feeding.PER_USER = waking.GROUP, consoles
    result = Result()
    with served() as (controller, feed, port, cookie):
        result.collection, result.objects = full_collection(rounds), len(gc.get_objects())
        garbage.settle()
        result.settled, result.left = full_collection(rounds), len(gc.get_objects())
        head = f"GET /console/events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode()
        streams: list[socket.socket] = []
        while len(streams) < consoles:
            streams.append(socket.create_connection(("127.0.0.1", port)))
            streams[-1].sendall(head)
            streams[-1].setblocking(False)
            gevent.sleep(0.005)  # the server takes it
        while feed.clients < consoles:
            gevent.sleep(0.05)
        turns, now = Turns(), datetime.now(UTC)
        users = [UserName(str(1000 + number), DOMAIN) for number in range(CHANGES)]
        for number in range(2 * rounds):
            kind, waking.GROUP = (("in one go", EVERYBODY), ("in groups", groups))[number % 2]
            gevent.sleep(SETTLED)
            turns.longest = 0.0
            controller.events.publish(
                PresenceChanged(DOMAIN, tuple(Present(user, CallState.ON_CALL, now) for user in users))
            )
            gevent.sleep(SETTLED)
            result.pauses[kind].append(turns.longest)
            for each in streams:
                with suppress(BlockingIOError):
                    while each.recv(65536):
                        pass
        told.send(result)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--consoles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=measure, args=(arguments.consoles, arguments.rounds, theirs)
    )
    process.start()
    theirs.close()
    result: Result = ours.recv()
    process.join()
    machine.show()
    table = Table("the event loop is held", "ms of CPU time")
    table.add_row(
        f"by a full collection as it starts, {result.objects:,} objects", f"{result.collection:.1f}"
    )
    table.add_row(f"by one after that, {result.left:,} objects", f"{result.settled:.2f}")
    for kind, pauses in result.pauses.items():
        table.add_row(
            f"by a message to {arguments.consoles} consoles {kind}, median (most) of {len(pauses)}",
            f"{statistics.median(pauses):.1f} ({max(pauses):.1f})",
        )
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
