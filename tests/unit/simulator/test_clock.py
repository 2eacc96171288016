"""Simulated time."""

from __future__ import annotations

import time

import gevent
import pytest
from gevent.event import Event

from controller.simulator.clock import Clock
from controller.simulator.office import Office


def test_fast_clock_waits_less_than_it_says() -> None:
    clock, began, simulated = Clock(100), time.monotonic(), Clock(100).now()
    clock.sleep(2)
    assert time.monotonic() - began < 1
    assert clock.now() - simulated >= 2


def test_wait_ends_with_the_event_or_with_its_time() -> None:
    event = Event()
    assert Clock(100).wait(event, 1) is False
    event.set()
    assert Clock(100).wait(event, None) is True


def test_dates_stay_true() -> None:
    assert abs(Clock(100).date() - time.time_ns() // 1000) < 1_000_000


def test_clock_that_stands_still_is_refused() -> None:
    with pytest.raises(ValueError, match="forward"):
        Clock(0)


@pytest.mark.parametrize("how", ["sleep", "wait"])
def test_clock_that_is_made_faster_shortens_what_is_left_of_a_wait(how: str) -> None:
    clock, began = Clock(), time.monotonic()
    wait = (lambda: clock.sleep(60)) if how == "sleep" else (lambda: clock.wait(Event(), 60))
    waiting, simulated = gevent.spawn(wait), clock.now()
    gevent.sleep(0.01)
    clock.speed = 10_000
    waiting.get(timeout=30)
    assert clock.now() - simulated >= 60
    assert time.monotonic() - began < 30


def test_time_does_not_jump_when_the_speed_changes() -> None:
    clock = Clock(1000)
    gevent.sleep(0.01)
    before = clock.now()
    clock.speed = 1
    assert 0 <= clock.now() - before < 5
    with pytest.raises(ValueError, match="forward"):
        clock.speed = 0


def test_sounds_can_be_short_while_all_other_waits_are_not() -> None:
    with Office(speed=50, tempo=1000) as office:
        began = office.clock.now()
        call = office.dial("1001", "*191001")
        office.settle(lambda: call.early or call.over, "the reorder tone, which may be over by then")
        heard = office.clock.now()
        office.settle(lambda: call.over, "the end")
        assert heard - began > 4  # for which nobody has taken it
        assert office.clock.now() - heard < 3  # for which the tone would last
