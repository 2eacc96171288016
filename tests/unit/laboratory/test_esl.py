"""The laboratory's client of the event socket, with the simulated switch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import gevent
import pytest

from controller.laboratory.esl import ESL
from controller.simulator.office import PASSWORD, Office


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as office:
        yield office


def in_a_thread(function, *words):  # type: ignore[no-untyped-def]
    """The client blocks its thread, and the simulated switch runs in the main thread."""
    return gevent.get_hub().threadpool.spawn(function, *words).get(timeout=60)


@pytest.fixture
def esl(office: Office) -> Iterator[ESL]:
    with closing((client := in_a_thread(ESL, office.socket.port)).sock):
        yield client


def test_a_call_of_the_api_is_answered_without_the_space_around_it(esl: ESL) -> None:
    assert in_a_thread(esl.api, "uuid_exists nobody") == "false"


def test_a_wrong_password_is_an_error(office: Office) -> None:
    with pytest.raises(ConnectionError, match="wrong password"):
        in_a_thread(ESL, office.socket.port, PASSWORD + "x")


def test_an_event_that_came_before_a_reply_is_kept_until_it_is_asked_for(esl: ESL) -> None:
    in_a_thread(esl.command, "event json BACKGROUND_JOB")
    in_a_thread(esl.command, "bgapi status\nJob-UUID: mine")
    in_a_thread(esl.api, "status")
    event = in_a_thread(esl.event, 2, lambda event: event.get("Job-UUID") == "mine")
    assert event["Event-Name"] == "BACKGROUND_JOB"


def test_an_event_that_does_not_come_is_none(esl: ESL) -> None:
    assert in_a_thread(esl.event, 0.05) is None
