"""Waits between tries."""

import pytest

from controller.eventsocket.backoff import Backoff


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_waits_double_up_to_the_longest(clock):
    backoff = Backoff(0.2, 10.0, clock=clock, chance=lambda: 0.0)
    assert [backoff.failed() for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_chance_takes_up_to_a_half_off(clock):
    assert Backoff(0.2, 10.0, clock=clock, chance=lambda: 1.0).failed() == pytest.approx(0.1)


def test_waits_are_at_random_unless_told(clock):
    waits = {Backoff(1.0, 1.0).failed() for _ in range(20)}
    assert len(waits) > 1
    assert all(0.5 <= wait <= 1.0 for wait in waits)


def test_waits_begin_anew_after_a_long_success(clock):
    backoff = Backoff(0.2, 10.0, clock=clock, chance=lambda: 0.0)
    backoff.failed()
    backoff.succeeded()
    clock.now += 10.0
    assert backoff.failed() == 0.2


def test_waits_go_on_after_a_short_success(clock):
    backoff = Backoff(0.2, 10.0, clock=clock, chance=lambda: 0.0)
    backoff.failed()
    backoff.succeeded()
    clock.now += 9.9
    assert backoff.failed() == 0.4


def test_an_old_success_counts_once(clock):
    backoff = Backoff(0.2, 10.0, clock=clock, chance=lambda: 0.0)
    backoff.succeeded()
    clock.now += 60.0
    assert [backoff.failed(), backoff.failed()] == [0.2, 0.4]


def test_a_switch_that_is_down_for_days_does_no_harm(clock):
    backoff = Backoff(0.2, 10.0, clock=clock, chance=lambda: 0.0)
    assert {backoff.failed() for _ in range(5000)} <= {0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0}
