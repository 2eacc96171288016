"""Whether a target is muted: our orders, and the events of the switch."""

from __future__ import annotations

import pytest

from controller.eventsocket.events import JsonEvent
from controller.paging.mute import Mute
from tests.unit.paging.fakes import event


@pytest.fixture
def mute() -> Mute:
    return Mute("f1", on=False)


def by_the_switch(*, on: bool, leg: str = "f1", function: str = "audio") -> JsonEvent:
    return event("MEDIA_BUG_START" if on else "MEDIA_BUG_STOP", leg, **{"Media-Bug-Function": function})


def test_what_the_far_partys_leg_has_counts(mute: Mute) -> None:
    mute.observe(by_the_switch(on=True))
    assert mute.on
    mute.observe(by_the_switch(on=False))
    assert not mute.on


@pytest.mark.parametrize(("leg", "function"), [("t1", "audio"), ("f1", "eavesdrop")])
def test_no_other_media_bug_is_a_mute(mute: Mute, leg: str, function: str) -> None:
    mute.observe(by_the_switch(on=True, leg=leg, function=function))
    assert not mute.on


def test_an_order_counts_at_once(mute: Mute) -> None:
    mute.order(on=True)
    assert mute.on


def test_an_event_of_an_older_order_does_not_undo_a_newer_one(mute: Mute) -> None:
    mute.order(on=True)
    mute.order(on=False)
    mute.observe(by_the_switch(on=True))
    assert not mute.on
    mute.observe(by_the_switch(on=False))
    assert not mute.on
    mute.observe(by_the_switch(on=True))  # by the target's key
    assert mute.on


def test_an_order_that_was_not_done_does_not_hide_later_events(mute: Mute) -> None:
    mute.order(on=True)  # the switch does not do it
    mute.observe(by_the_switch(on=False))
    assert not mute.on
    mute.observe(by_the_switch(on=True))
    assert mute.on
