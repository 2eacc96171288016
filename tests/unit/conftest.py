"""What tests of several rooms wait by."""

from __future__ import annotations

from collections.abc import Callable

import gevent
import pytest


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition holds, for 60 s at the most, which only what fails spends."""

    def wait(condition: Callable[[], object]) -> None:
        with gevent.Timeout(60, AssertionError("waited 60 s in vain")):
            while not condition():
                gevent.sleep(0.001)

    return wait
