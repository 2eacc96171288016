"""Health with a database server that hangs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import gevent
import pytest

from controller.store import readiness
from controller.store.session import Store
from controller.web.vitals import DATABASE_DEADLINE, DatabaseLook
from tests.store.servers import Server


@contextmanager
def standing_still(server: Server) -> Iterator[None]:
    """Stop every process of the server while this is open."""
    first = server.process.pid
    others = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    for number in (first, *map(int, others)):
        os.kill(number, signal.SIGSTOP)
        with gevent.Timeout(60):
            while not stopped(number):
                gevent.sleep(0.001)
    try:
        yield
    finally:
        for number in (first, *map(int, others)):
            os.kill(number, signal.SIGCONT)


def stopped(process: int) -> bool:
    """Whether every thread of a process has stopped: a signal reaches them one after the other."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return all((each / "stat").read_text().rpartition(")")[2].split()[0] == "T" for each in threads)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_server_that_hangs_is_reported_within_the_deadline_until_it_is_well_again(
    kind: str, store: Store, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(kind)
    look = DatabaseLook(partial(readiness.check, store))
    well(look)
    with standing_still(server):
        began = time.monotonic()
        assert "has not answered for" in look.trouble()
        assert time.monotonic() - began < DATABASE_DEADLINE + 30
    well(look)


def well(look: DatabaseLook) -> None:
    """Wait until nothing is wrong."""
    with gevent.Timeout(60):
        while look.trouble():
            gevent.sleep(0.01)
