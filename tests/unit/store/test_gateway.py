"""Queries to the store from a thread."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent
import pytest

from controller.domain.names import UserName
from controller.domain.toggle import Toggle
from controller.errors import DatabaseUnavailable
from controller.store import schema, unended, users
from controller.store.gateway import StoreGateway
from controller.store.session import Store


class Hangs:
    """A store that does not answer until it is released."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    @contextmanager
    def reading(self) -> Iterator[None]:
        self.go_on.wait(60)
        raise DatabaseUnavailable("at last")
        yield


@pytest.fixture
def hanging() -> Iterator[Hangs]:
    store = Hangs()
    yield store
    store.go_on.set()


def test_a_database_that_hangs_is_given_up_after_the_deadline(hanging: Hangs) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"within 0\.05 s"):
        StoreGateway(hanging, 0.05).read(unended.open_pages, "pbx")  # type: ignore[arg-type]


def test_others_go_on_while_the_database_hangs(hanging: Hangs) -> None:
    ticks: list[int] = []

    def count() -> None:
        while True:
            ticks.append(1)
            gevent.sleep(0.01)

    counting = gevent.spawn(count)
    with pytest.raises(DatabaseUnavailable):
        StoreGateway(hanging, 0.2).read(unended.open_pages, "pbx")  # type: ignore[arg-type]
    counting.kill()
    assert len(ticks) > 5


def test_closing_waits_for_who_is_still_at_work(hanging: Hangs) -> None:
    """Otherwise the store would be closed while a thread still connects."""
    gateway = StoreGateway(hanging, 0.05)  # type: ignore[arg-type]
    with pytest.raises(DatabaseUnavailable):
        gateway.read(unended.open_pages, "pbx")
    closing = gevent.spawn(gateway.close, 60)
    assert not closing.ready()
    closing.join(0.1)
    assert not closing.ready()
    hanging.go_on.set()
    closing.join(60)
    assert closing.successful()


def test_closing_waits_no_longer_than_it_may(hanging: Hangs) -> None:
    gateway = StoreGateway(hanging, 0.05)  # type: ignore[arg-type]
    with pytest.raises(DatabaseUnavailable):
        gateway.read(unended.open_pages, "pbx")
    with gevent.Timeout(30):
        gateway.close(0.05)


def test_a_change_that_was_given_up_is_not_made_when_the_database_comes_back(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/slow.db")
    schema.ensure_current(store, lambda note: None)
    user = UserName("1002", "pbx.test")
    with sqlite3.connect(tmp_path / "slow.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        gateway = StoreGateway(store, 0.1)
        with pytest.raises(DatabaseUnavailable):
            gateway.write(users.block, user, Toggle.ON)
        other.execute("ROLLBACK")
    gateway._writers.join()  # now it could have the lock
    assert gateway.read(users.blocked) == frozenset()
    store.close()


def test_the_stores_own_error_is_passed_on_and_nothing_is_printed(
    hanging: Hangs, capfd: pytest.CaptureFixture[str]
) -> None:
    hanging.go_on.set()
    with pytest.raises(DatabaseUnavailable, match="at last"):
        StoreGateway(hanging, 1).read(unended.open_pages, "pbx")  # type: ignore[arg-type]
    assert capfd.readouterr().err == ""
