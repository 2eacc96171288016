"""Asking the store from a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import gevent
import pytest

from controller.errors import DatabaseUnavailable
from controller.paging.policies import Policies


class Hangs:
    """A store that does not answer until it is let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    @contextmanager
    def reading(self) -> Iterator[None]:
        self.go_on.wait(5)
        raise DatabaseUnavailable("at last")
        yield


@pytest.fixture
def hanging() -> Iterator[Hangs]:
    store = Hangs()
    yield store
    store.go_on.set()


def test_a_database_that_hangs_is_given_up_after_the_deadline(hanging: Hangs) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"within 0\.05 s"):
        Policies(hanging, 0.05).open_pages("pbx")  # type: ignore[arg-type]


def test_others_go_on_while_the_database_hangs(hanging: Hangs) -> None:
    ticks: list[int] = []

    def count() -> None:
        while True:
            ticks.append(1)
            gevent.sleep(0.01)

    counting = gevent.spawn(count)
    with pytest.raises(DatabaseUnavailable):
        Policies(hanging, 0.2).open_pages("pbx")  # type: ignore[arg-type]
    counting.kill()
    assert len(ticks) > 5


def test_the_stores_own_error_is_told(hanging: Hangs) -> None:
    hanging.go_on.set()
    with pytest.raises(DatabaseUnavailable, match="at last"):
        Policies(hanging, 1).open_pages("pbx")  # type: ignore[arg-type]
