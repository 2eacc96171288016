"""An attempt of another controller."""

from __future__ import annotations

import pytest

from controller.domain.record import Ending
from controller.eventsocket.api import uuid_kill
from controller.paging.attempt import Attempt
from tests.unit.paging.fakes import event

HANGUP = event("CHANNEL_HANGUP", "p1", **{"Hangup-Cause": "NORMAL_CLEARING"})


@pytest.fixture
def attempt() -> Attempt:
    return Attempt("p1")


def test_it_is_over_when_its_pager_is_gone_and_nobody_here_knows_how(attempt: Attempt) -> None:
    assert attempt.legs == ("p1",)
    attempt.observe(event("CHANNEL_ANSWER", "p1"))
    assert attempt.ending is None
    attempt.observe(HANGUP)
    assert (attempt.ending, attempt.cause) == (Ending.LOST, "NORMAL_CLEARING")


def test_it_is_ended_once_by_hanging_up_the_pager(attempt: Attempt) -> None:
    assert attempt.end(Ending.STOPPED) == (uuid_kill("p1"),)
    assert attempt.end(Ending.STOPPED) == ()
    attempt.observe(HANGUP)
    assert attempt.ending is Ending.STOPPED
