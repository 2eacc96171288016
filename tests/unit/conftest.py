"""A fixture to wait for conditions, for the tests of several packages."""

from __future__ import annotations

from collections.abc import Callable

import gevent
import pytest


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """A function that waits at most 60 s for a condition; only a failing test waits so long."""

    def wait(condition: Callable[[], object]) -> None:
        with gevent.Timeout(60, AssertionError("waited 60 s in vain")):
            while not condition():
                gevent.sleep(0.001)

    return wait
