"""Rate limits."""

from __future__ import annotations

import time
from inspect import signature

import pytest

from controller.ratelimit import Limiter, RateLimit
from tests.virtual import SetClock

TWICE = RateLimit(2, 60.0)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(1000.0)


@pytest.fixture
def limiter(clock: SetClock) -> Limiter:
    return Limiter(clock)


def test_what_is_once_too_many_does_not_count(limiter: Limiter) -> None:
    assert [limiter.hit(TWICE, "a") for _ in range(3)] == [True, True, False]


def test_within_any_window_there_are_no_more_than_allowed(limiter: Limiter, clock: SetClock) -> None:
    counted = []
    for _ in range(400):
        if limiter.hit(TWICE, "a"):
            counted.append(clock.now)
        clock.now += 1.0
    assert len(counted) == 14
    assert all(later - earlier >= 60.0 for earlier, later in zip(counted, counted[2:], strict=False))


def test_whoever_goes_on_is_let_through_as_soon_as_there_is_room(limiter: Limiter, clock: SetClock) -> None:
    limiter.hit(TWICE, "a")
    clock.now += 30.0
    limiter.hit(TWICE, "a")
    for _ in range(1000):
        limiter.hit(TWICE, "a")
    clock.now += 30.0
    assert [limiter.hit(TWICE, "a") for _ in range(2)] == [True, False]


def test_keys_and_limits_are_counted_apart(limiter: Limiter) -> None:
    once = RateLimit(1, 60.0)
    assert limiter.hit(TWICE, "a", 1)
    assert limiter.hit(TWICE, "a", 1)
    assert limiter.hit(TWICE, "a", 2)
    assert limiter.hit(once, "a", 1)
    assert not limiter.hit(TWICE, "a", 1)
    assert not limiter.hit(once, "a", 1)


def test_a_test_counts_nothing(limiter: Limiter) -> None:
    assert all(limiter.test(TWICE, "a") for _ in range(5))
    assert limiter.hit(TWICE, "a")
    assert limiter.hit(TWICE, "a")
    assert not limiter.test(TWICE, "a")


def test_it_knows_when_a_hit_will_count_again(limiter: Limiter, clock: SetClock) -> None:
    assert limiter.retry_after(TWICE, "a") == 0.0
    limiter.hit(TWICE, "a")
    clock.now += 20.0
    limiter.hit(TWICE, "a")
    assert limiter.retry_after(TWICE, "a") == 40.0
    clock.now += 40.0
    assert limiter.retry_after(TWICE, "a") == 0.0
    assert limiter.hit(TWICE, "a")


def test_it_remembers_no_more_keys_than_it_may(clock: SetClock) -> None:
    limiter = Limiter(clock, keys=3)
    for key in "aabbccd":
        assert limiter.hit(TWICE, key)
    assert len(limiter) == 3
    assert not limiter.test(TWICE, "c")
    assert limiter.test(TWICE, "a")  # the oldest hit is forgotten


def test_a_key_that_is_hit_again_is_not_the_oldest(clock: SetClock) -> None:
    limiter = Limiter(clock, keys=3)
    for key in "aabbcad":
        limiter.hit(RateLimit(3, 60.0), key)
    assert not limiter.test(RateLimit(3, 60.0), "a")
    assert limiter.test(RateLimit(2, 60.0), "b")


def test_a_key_that_no_longer_counts_is_forgotten_when_it_is_asked_for(
    limiter: Limiter, clock: SetClock
) -> None:
    limiter.hit(TWICE, "a")
    clock.now += 60.0
    assert limiter.test(TWICE, "a")
    assert len(limiter) == 0


def test_it_counts_by_a_clock_that_nobody_can_set() -> None:
    assert signature(Limiter).parameters["clock"].default is time.monotonic
    assert not time.get_clock_info("monotonic").adjustable


@pytest.mark.parametrize(("times", "seconds"), [(0, 1.0), (-1, 1.0), (1, 0.0), (1, -1.0)])
def test_what_is_no_limit_is_refused(times: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="is no limit"):
        RateLimit(times, seconds)
