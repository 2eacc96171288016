"""The clock of the tests: no wait takes long, none is too short, and what would hang fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent import socket
from gevent.event import Event

from controller.clock import Clock, date
from tests.virtual import MortalClock, VirtualClock


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    made = VirtualClock(longest=1000.0)
    yield made
    made.close()


@pytest.fixture
def impatient() -> Iterator[VirtualClock]:
    """One that gives up soon, by the real time."""
    made = VirtualClock(still=0.02, away=0.02)
    yield made
    made.close()


def test_timers_go_off_in_the_order_of_their_moments(clock: VirtualClock) -> None:
    rung: list[float] = []
    for seconds in (3.0, 1.0, 2.0):
        clock.later(seconds, lambda seconds=seconds: rung.append(seconds))  # type: ignore[misc]
    clock.sleep(4.0)
    assert rung == [1.0, 2.0, 3.0]


def test_timers_of_one_moment_go_off_in_the_order_in_which_they_were_set(clock: VirtualClock) -> None:
    rung: list[int] = []
    for number in range(20):
        clock.later(1.0, lambda number=number: rung.append(number))  # type: ignore[misc]
    clock.sleep(2.0)
    assert rung == list(range(20))


def test_a_wait_lasts_as_long_as_it_says_and_takes_no_time(clock: VirtualClock) -> None:
    began, really = clock.monotonic(), time.monotonic()
    clock.sleep(900.0)
    assert clock.monotonic() - began == 900.0
    assert time.monotonic() - really < 60.0


def test_whoever_can_run_does_so_before_the_time_goes_on(clock: VirtualClock) -> None:
    moments: list[float] = []

    def work() -> None:
        for _ in range(100):
            gevent.sleep(0)
        moments.append(clock.monotonic())

    began = clock.monotonic()
    gevent.spawn(work)
    clock.sleep(1.0)
    assert moments == [began]


def test_bytes_on_their_way_arrive_before_the_time_goes_on(clock: VirtualClock) -> None:
    here, there = socket.socketpair()
    moments: list[float] = []

    def read() -> None:
        while there.recv(65536):
            moments.append(clock.monotonic())

    began = clock.monotonic()
    reading = gevent.spawn(read)
    for _ in range(50):
        here.sendall(b"x" * 10_000)
        gevent.sleep(0)
    clock.sleep(1.0)
    here.close()
    reading.join()
    there.close()
    assert set(moments) == {began}


def test_a_timeout_ends_what_takes_longer(clock: VirtualClock) -> None:
    with pytest.raises(TimeoutError), clock.timeout(5.0, TimeoutError()):
        clock.sleep(6.0)


def test_a_timeout_that_is_over_ends_nothing(clock: VirtualClock) -> None:
    with clock.timeout(5.0, TimeoutError()):
        clock.sleep(4.0)
    clock.sleep(10.0)


@pytest.mark.parametrize(("after", "came"), [(4.0, True), (6.0, False)])
def test_a_wait_for_an_event_reports_whether_it_has_come(
    clock: VirtualClock, after: float, came: bool
) -> None:
    event = Event()
    clock.later(after, event.set)
    assert clock.wait(event, 5.0) is came


def test_no_two_looks_at_the_time_of_day_are_the_same(clock: VirtualClock) -> None:
    assert clock.time() < clock.time()


def test_setting_the_time_of_day_ends_no_wait(clock: VirtualClock) -> None:
    event, before = Event(), date(clock)
    clock.later(5.0, event.set)
    clock.set(3600.0)
    assert not clock.wait(event, 4.0)
    assert 3600 < (date(clock) - before).total_seconds() < 3605


def test_the_time_stands_still_while_somebody_is_outside(clock: VirtualClock) -> None:
    began = clock.monotonic()
    clock.later(1.0, lambda: None)
    with clock.outside():
        gevent.get_hub().threadpool.apply(time.sleep, (0.02,))
        assert clock.monotonic() == began


def test_beside_another_process_the_time_is_the_real_one(clock: VirtualClock) -> None:
    began, really = clock.monotonic(), time.monotonic()
    with clock.as_the_real_one():
        gevent.sleep(0.03)
    assert 0.0 < clock.monotonic() - began <= time.monotonic() - really


@pytest.mark.parametrize(("seconds", "becomes"), [(0.02, 0.02), (1.0, 0.01), (20.0, 0.2)])
def test_the_waits_beside_it_that_are_limits_can_be_made_others(
    clock: VirtualClock, seconds: float, becomes: float
) -> None:
    began = clock.monotonic()
    with clock.as_the_real_one(stretch=0.01):
        clock.sleep(seconds)
        assert becomes - 1e-6 < clock.monotonic() - began < 0.9


def test_beside_another_process_a_test_may_last(impatient: VirtualClock) -> None:
    with impatient.as_the_real_one():
        gevent.sleep(0.1)


# -- what would hang ---------------------------------------------------------------------------------------


def test_a_wait_for_what_nobody_does_says_so(impatient: VirtualClock) -> None:
    with pytest.raises(AssertionError, match="what nobody is going to do"):
        impatient.wait(Event(), None)


def test_so_does_one_that_is_left_when_the_last_timer_has_gone_off(impatient: VirtualClock) -> None:
    impatient.later(1.0, lambda: None)
    with pytest.raises(AssertionError, match="what nobody is going to do"):
        impatient.wait(Event(), None)


def test_so_does_a_wait_beside_what_goes_round_for_ever(clock: VirtualClock) -> None:
    def go_round() -> None:
        while True:
            clock.sleep(10.0)

    going = gevent.spawn(go_round)
    with pytest.raises(AssertionError, match="Too much time"):
        clock.wait(Event(), None)
    going.kill()


def test_so_does_what_never_comes_back_from_outside(impatient: VirtualClock) -> None:
    with pytest.raises(AssertionError, match="outside the clock"), impatient.outside():
        gevent.sleep(60)


def test_whoever_comes_back_in_time_is_left_alone(clock: VirtualClock) -> None:
    for _ in range(5):
        with clock.outside():
            gevent.get_hub().threadpool.apply(time.sleep, (0.001,))
        clock.sleep(1.0)


# -- who dies in mid-work ----------------------------------------------------------------------------------


@pytest.fixture
def mortal(clock: VirtualClock) -> MortalClock:
    return MortalClock(clock)


def sleep(clock: Clock) -> None:
    clock.sleep(1.0)


def wait(clock: Clock) -> None:
    clock.wait(Event(), 1.0)


def ask_a_thread(clock: Clock) -> None:
    clock.sleep(0.5)
    with clock.outside():
        pass


@pytest.mark.parametrize("work", [sleep, wait, ask_a_thread])
def test_whose_clock_has_died_does_nothing_more_until_it_rises(
    clock: VirtualClock, mortal: MortalClock, work: Callable[[Clock], None]
) -> None:
    at_work = gevent.spawn(work, mortal)
    clock.sleep(0.1)
    mortal.die()
    clock.sleep(10.0)
    assert not at_work.ready()
    mortal.rise()
    clock.sleep(10.0)
    assert at_work.ready()


def test_who_lives_on_the_same_clock_goes_on(clock: VirtualClock, mortal: MortalClock) -> None:
    mortal.die()
    other = gevent.spawn(sleep, clock)
    clock.sleep(2.0)
    assert other.ready()


def test_nothing_is_begun_later_on_a_clock_that_has_died(clock: VirtualClock, mortal: MortalClock) -> None:
    begun: list[int] = []
    later = mortal.later(1.0, lambda: begun.append(1))
    mortal.die()
    clock.sleep(2.0)
    assert begun == []
    later.kill()
