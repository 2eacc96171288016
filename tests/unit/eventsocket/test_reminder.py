"""How often a failure that goes on is told."""

import pytest

from controller.eventsocket.reminder import Reminder
from tests.virtual import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock(1000.0)


def told(reminder: Reminder, clock: SetClock, seconds: int, text: str = "gone") -> list[float]:
    """The moments at which it is told, of tries once a second."""
    start, found = clock.now, []
    for second in range(seconds + 1):
        clock.now = start + second
        if reminder.due(text):
            found.append(second)
    return found


def test_it_is_reported_at_once_and_then_at_growing_intervals_up_to_the_longest(clock: SetClock) -> None:
    assert told(Reminder(10, 60, clock=clock), clock, 260) == [0, 10, 30, 70, 130, 190, 250]


def test_another_failure_is_reported_at_once(clock: SetClock) -> None:
    reminder = Reminder(10, 60, clock=clock)
    assert reminder.due("gone")
    assert reminder.due("refused")
    assert not reminder.due("gone")


def test_failures_by_turns_are_reported_no_more_often_than_one(clock: SetClock) -> None:
    reminder = Reminder(10, 60, clock=clock)
    count = 0
    for second in range(101):
        clock.now = 1000.0 + second
        count += reminder.due(("gone", "refused")[second % 2])
    assert count == 5  # 0, 1, 11, 31, 71


def test_texts_without_end_are_not_each_told_and_kept(clock: SetClock) -> None:
    reminder = Reminder(10, 60, clock=clock)
    assert sum(reminder.due(f"failure {number}") for number in range(1000)) == 10


def test_after_a_success_the_next_failure_is_the_first(clock: SetClock) -> None:
    reminder = Reminder(10, 60, clock=clock)
    assert reminder.due("gone")
    reminder.forget()
    assert reminder.due("gone")
    assert not reminder.due("gone")
