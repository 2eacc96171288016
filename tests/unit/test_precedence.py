"""Events wait for the database's answer to a decision, and not for longer than a little."""

from __future__ import annotations

import gevent
import pytest

from controller import precedence
from controller.clock import REAL
from controller.precedence import Precedence
from tests.virtual import VirtualClock


def test_events_wait_for_work_that_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "LONGEST", 60.0)
    first, told = Precedence(), []

    def handle() -> None:
        first.give(REAL)
        told.append("event")

    with first.taken(), first.taken():
        handling = gevent.spawn(handle)
        gevent.sleep(0)
        told.append("decision")
    handling.get(timeout=60)
    assert told == ["decision", "event"]
    first.give(REAL)


def test_events_wait_once_for_a_database_that_hangs(clock: VirtualClock) -> None:
    first = Precedence()
    with first.taken():
        began = clock.monotonic()
        for _ in range(3):
            first.give(clock)
        assert clock.monotonic() - began == pytest.approx(precedence.LONGEST)


def test_work_that_fails_holds_up_nothing() -> None:
    first = Precedence()
    with pytest.raises(ValueError, match="no"), first.taken():
        raise ValueError("no")
    with gevent.Timeout(60):
        first.give(REAL)
