"""The waits between attempts to connect."""

import pytest

from controller.eventsocket.backoff import Backoff
from tests.virtual import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def test_waits_double_up_to_the_longest(clock):
    backoff = Backoff(0.2, 10.0, clock=clock, chance=lambda: 0.0)
    assert [backoff.failed() for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_chance_takes_up_to_a_half_off(clock):
    assert Backoff(0.2, 10.0, clock=clock, chance=lambda: 1.0).failed() == pytest.approx(0.1)


def test_waits_are_random_by_default(clock):
    waits = {Backoff(1.0, 1.0).failed() for _ in range(20)}
    assert len(waits) > 1
    assert all(0.5 <= wait <= 1.0 for wait in waits)


def test_waits_begin_anew_after_a_success_as_long_as_the_wait_would_be(clock):
    backoff = Backoff(0.2, 10.0, clock=clock, chance=lambda: 0.0)
    assert [backoff.failed(), backoff.failed()] == [0.2, 0.4]
    backoff.succeeded()
    clock.now += 0.8
    assert backoff.failed() == 0.2


def test_waits_go_on_after_a_shorter_success(clock):
    backoff = Backoff(0.2, 10.0, clock=clock, chance=lambda: 0.0)
    assert [backoff.failed(), backoff.failed()] == [0.2, 0.4]
    backoff.succeeded()
    clock.now += 0.79
    assert backoff.failed() == 0.8


def test_while_nobody_answers_waits_are_short(clock):
    backoff = Backoff(0.2, 10.0, 2.0, clock=clock, chance=lambda: 0.0)
    assert [backoff.failed(away=True) for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]


def test_waits_grow_beyond_that_where_somebody_answers_and_refuses(clock):
    backoff = Backoff(0.2, 10.0, 2.0, clock=clock, chance=lambda: 0.0)
    for _ in range(100):
        backoff.failed(away=True)
    assert [backoff.failed() for _ in range(3)] == [3.2, 6.4, 10.0]
    assert backoff.failed(away=True) == 2.0


def test_a_success_as_long_as_a_short_wait_is_long_enough_though_tries_were_refused_before(clock):
    backoff = Backoff(0.2, 10.0, 2.0, clock=clock, chance=lambda: 0.0)
    for _ in range(10):
        backoff.failed()
    backoff.succeeded()
    clock.now += 2.0
    assert backoff.failed(away=True) == 0.2


def test_an_old_success_counts_once(clock):
    backoff = Backoff(0.2, 10.0, clock=clock, chance=lambda: 0.0)
    backoff.succeeded()
    clock.now += 60.0
    assert [backoff.failed(), backoff.failed()] == [0.2, 0.4]


def test_a_switch_that_is_down_for_days_does_no_harm(clock):
    backoff = Backoff(0.2, 10.0, clock=clock, chance=lambda: 0.0)
    assert {backoff.failed() for _ in range(5000)} <= {0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0}


# -- effects -----------------------------------------------------------------------------------------------


def cut(backoff: Backoff, clock: SetClock, times: int, stands: float) -> list[float]:
    """The waits after so many connections that each lasted so many seconds and was cut."""
    waits = []
    for _ in range(times):
        backoff.succeeded()
        clock.now += stands
        waits.append(backoff.failed(away=True))
        clock.now += waits[-1]
    return waits


def late(backoff: Backoff, clock: SetClock, takes: float) -> float:
    """Seconds from a switch's return to the next attempt; the switch goes now and is away `takes` seconds."""
    returns = clock.now + takes
    backoff.succeeded()
    while clock.now < returns:
        clock.now += backoff.failed(away=True)
    return clock.now - returns


@pytest.mark.parametrize("stands", [0.0, 0.1, 1.0, 5.0, 60.0])
@pytest.mark.parametrize("takes", [0.05, 0.5, 1.5, 3.0, 10.0, 60.0])
def test_a_switch_that_is_restarted_after_a_hundred_cuts_is_tried_within_two_seconds(clock, stands, takes):
    """The dialplan waits 4 s for the controller, so a page during these 4 s still succeeds."""
    backoff = Backoff(clock=clock, chance=lambda: 0.0)
    cut(backoff, clock, 100, stands)
    assert late(backoff, clock, takes) <= 2.0


def test_a_connection_that_is_cut_every_second_is_made_again_at_once_each_time(clock):
    assert set(cut(Backoff(clock=clock, chance=lambda: 0.0), clock, 100, 1.0)) == {0.2}


def test_a_connection_that_is_cut_as_soon_as_it_is_made_is_made_every_two_seconds(clock):
    waits = cut(Backoff(clock=clock, chance=lambda: 0.0), clock, 100, 0.01)
    assert waits == [0.2, 0.4, 0.8, 1.6] + 96 * [2.0]
