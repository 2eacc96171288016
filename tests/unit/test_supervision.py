"""Work that must go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from gevent.event import Event
from structlog.testing import capture_logs

from controller import supervision
from controller.supervision import Deaths, Lasting
from tests.virtual import HandSetClock

Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture(autouse=True)
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    monkeypatch.setattr(supervision, "AGAIN", 0.01)
    monkeypatch.setattr(gevent.get_hub(), "print_exception", lambda *_: None)
    with capture_logs() as logs:
        yield logs


class Work:
    """Work that a test controls, with a count of its starts."""

    def __init__(self) -> None:
        self.begun = 0
        self.go_on = Event()
        self.end: Callable[[], object] = lambda: None

    def __call__(self) -> None:
        self.begun += 1
        self.go_on.wait()
        self.go_on.clear()
        self.end()


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def lasting(work: Work, eventually: Eventually) -> Iterator[Lasting]:
    lasting = Lasting("work", work)
    lasting.start()
    eventually(lambda: work.begun)
    yield lasting
    lasting.stop()


def fail() -> None:
    raise ValueError("a fault")


def test_work_that_raises_is_reported_and_started_again(
    lasting: Lasting, work: Work, logs: list[Any], eventually: Eventually
) -> None:
    work.end = fail
    work.go_on.set()
    eventually(lambda: not lasting.running)
    assert lasting.trouble == "It is not running: see the log."
    eventually(lambda: work.begun == 2)
    assert (lasting.running, lasting.trouble) == (True, "")
    assert logs == [{"event": "work.died", "work": "work", "deaths": 1, "log_level": "error"}]


def test_work_that_somebody_kills_is_started_again(
    lasting: Lasting, work: Work, eventually: Eventually
) -> None:
    assert lasting._greenlet
    lasting._greenlet.kill()
    assert not lasting.running
    eventually(lambda: work.begun == 2)


def test_work_that_returns_is_done_and_well(lasting: Lasting, work: Work, logs: list[Any]) -> None:
    work.go_on.set()
    lasting.join(60)
    gevent.sleep(0.03)
    assert (lasting.running, lasting.trouble, work.begun, logs) == (False, "", 1, [])


def test_work_that_is_stopped_is_not_started_again(lasting: Lasting, work: Work, logs: list[Any]) -> None:
    lasting.stop()
    gevent.sleep(0.03)
    assert (lasting.running, work.begun, logs) == (False, 1, [])
    assert lasting.trouble


def test_work_can_be_stopped_while_it_waits_to_be_started_again(
    lasting: Lasting, work: Work, eventually: Eventually
) -> None:
    work.end = fail
    work.go_on.set()
    eventually(lambda: lasting._again)
    lasting.stop()
    gevent.sleep(0.03)
    assert work.begun == 1


def test_an_owner_that_wants_to_know_is_notified_and_nothing_is_started_again(
    work: Work, eventually: Eventually
) -> None:
    died = Event()
    lasting = Lasting("work", work, died.set)
    work.end = fail
    work.go_on.set()
    lasting.start()
    eventually(died.is_set)
    gevent.sleep(0.03)
    assert (work.begun, lasting.running) == (1, False)


def test_work_that_dies_again_and_again_is_a_trouble_though_it_is_at_work(
    lasting: Lasting, work: Work, eventually: Eventually
) -> None:
    work.end = fail
    for number in range(2, 5):
        work.go_on.set()
        eventually(lambda number=number: work.begun == number)  # type: ignore[misc]
    assert lasting.running
    assert lasting.trouble == "It has died 3 times within 60 s: see the log."


def test_deaths_of_long_ago_are_no_trouble() -> None:
    clock = HandSetClock()
    deaths = Deaths(clock)
    for moment in (0.0, 30.0, 59.0):
        clock.seconds = moment
        assert deaths.trouble == ""
        deaths.note()
    assert deaths.trouble
    clock.seconds = 60.0
    assert deaths.trouble == ""
    assert deaths.count == 3
