"""Fixtures to wait and for the time, for the tests of several packages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gevent
import pytest

from tests.virtual import VirtualClock


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    """The clock of everything that the test makes."""
    clock = VirtualClock()
    yield clock
    clock.close()


@pytest.fixture
def real_time(clock: VirtualClock) -> Iterator[None]:
    """The clock follows the real time, because the test waits for real sockets or for another process."""
    with clock.as_the_real_one():
        yield


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """A function that waits at most 60 s for a condition; only a failing test waits so long."""

    def wait(condition: Callable[[], object]) -> None:
        with gevent.Timeout(60, AssertionError("waited 60 s in vain")):
            while not condition():
                gevent.sleep(0.001)

    return wait
