"""An attempt of another controller."""

from __future__ import annotations

import json

import pytest

from controller.eventsocket.api import uuid_kill
from controller.eventsocket.events import JsonEvent
from controller.paging.attempt import Attempt
from controller.paging.page import Ending


def event(name: str) -> JsonEvent:
    headers = {"Event-Name": name, "Unique-ID": "p1", "Hangup-Cause": "NORMAL_CLEARING"}
    return JsonEvent(json.dumps(headers, separators=(",", ":")).encode())


@pytest.fixture
def attempt() -> Attempt:
    return Attempt("p1")


def test_it_is_over_when_its_pager_is_gone_and_nobody_here_knows_how(attempt: Attempt) -> None:
    assert attempt.legs == ("p1",)
    attempt.observe(event("CHANNEL_ANSWER"))
    assert attempt.ending is None
    attempt.observe(event("CHANNEL_HANGUP"))
    assert (attempt.ending, attempt.cause) == (Ending.LOST, "NORMAL_CLEARING")


def test_it_is_ended_once_by_hanging_up_the_pager(attempt: Attempt) -> None:
    assert attempt.end(Ending.STOPPED) == (uuid_kill("p1"),)
    assert attempt.end(Ending.STOPPED) == ()
    attempt.observe(event("CHANNEL_HANGUP"))
    assert attempt.ending is Ending.STOPPED
