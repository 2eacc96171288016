"""Events wait for the database's answer to a decision, and not for longer than a little."""

from __future__ import annotations

import gevent
import pytest

from controller import precedence
from controller.precedence import Precedence


def test_events_wait_for_work_that_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "LONGEST", 60.0)
    first, told = Precedence(), []

    def handle() -> None:
        first.give()
        told.append("event")

    with first.taken(), first.taken():
        handling = gevent.spawn(handle)
        gevent.sleep(0)
        told.append("decision")
    handling.get(timeout=60)
    assert told == ["decision", "event"]
    first.give()


def test_events_do_not_wait_for_a_database_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "LONGEST", 0.0)
    first = Precedence()
    with first.taken():
        first.give()


def test_work_that_fails_holds_up_nothing() -> None:
    first = Precedence()
    with pytest.raises(ValueError, match="no"), first.taken():
        raise ValueError("no")
    with gevent.Timeout(60):
        first.give()
