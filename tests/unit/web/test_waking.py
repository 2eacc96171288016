"""Clients are woken a few at a time, and whatever else is to be done comes in between."""

from __future__ import annotations

import gevent
import pytest
from gevent.event import Event

from controller.web import waking
from controller.web.waking import Waking
from tests.virtual import VirtualClock


@pytest.fixture
def events() -> list[Event]:
    return [Event() for _ in range(2 * waking.GROUP + 1)]


def awake(events: list[Event]) -> int:
    return sum(each.is_set() for each in events)


def test_others_have_their_turn_between_two_groups(clock: VirtualClock, events: list[Event]) -> None:
    seen: list[int] = []

    def look() -> None:
        while awake(events) < len(events):
            clock.sleep(waking.PAUSE / 4)
            seen.append(awake(events))

    woken = Waking(clock)
    for each in events:
        woken.wake(each)
    gevent.spawn(look).join(30)
    assert set(seen) - {0} == {waking.GROUP, 2 * waking.GROUP, len(events)}


def test_each_is_woken_in_its_turn_and_once(clock: VirtualClock, events: list[Event]) -> None:
    woken, order = Waking(clock), list[int]()
    for number, each in enumerate(events):
        each.rawlink(lambda _, number=number: order.append(number))  # type: ignore[misc]
    for each in (*events, events[0], events[-1]):
        woken.wake(each)
    clock.sleep(1)
    assert order == list(range(len(events)))


def test_who_comes_after_all_others_is_woken_too(clock: VirtualClock, events: list[Event]) -> None:
    woken = Waking(clock)
    for each in events[:2]:
        woken.wake(each)
        clock.sleep(1)
        assert each.is_set()
