"""An intercom or ordinary call: events in, its end out."""

from __future__ import annotations

from controller.domain.record import Ending
from controller.paging.call import IntercomCall
from tests.unit.paging.fakes import bridge, event


def test_intercom_call_knows_who_hung_up() -> None:
    call = IntercomCall("p1", "page-1", ())
    call.observe(bridge("CHANNEL_BRIDGE", "p1", "x1"))
    assert call.answered
    assert set(call.legs) == {"p1", "x1"}
    call.observe(event("CHANNEL_HANGUP", "x1", **{"Hangup-Cause": "NORMAL_CLEARING"}))
    assert call.ending is Ending.TARGET_HUNG_UP
    assert call.cause == "NORMAL_CLEARING"


def test_intercom_call_that_nobody_answered() -> None:
    call = IntercomCall("p1", "page-1", ())
    call.observe(event("CHANNEL_HANGUP", "p1", **{"Hangup-Cause": "NO_ANSWER"}))
    assert call.ending is Ending.UNANSWERED


def test_target_that_left_before_its_leg_was_known_has_ended_the_call() -> None:
    call = IntercomCall("p1", "page-1", ())
    call.observe(bridge("CHANNEL_UNBRIDGE", "p1", "x1"))
    assert call.answered
    call.observe(event("CHANNEL_HANGUP", "p1", **{"Hangup-Cause": "NORMAL_CLEARING"}))
    assert call.ending is Ending.TARGET_HUNG_UP


def test_pager_that_hangs_up_is_told_of_before_its_bridge_is_undone() -> None:
    call = IntercomCall("p1", "page-1", ())
    call.observe(bridge("CHANNEL_BRIDGE", "p1", "x1"))
    call.observe(event("CHANNEL_HANGUP", "p1"))
    call.observe(bridge("CHANNEL_UNBRIDGE", "p1", "x1"))
    call.observe(event("CHANNEL_HANGUP", "x1"))
    assert call.ending is Ending.PAGER_HUNG_UP


def test_pager_that_is_handed_on_to_another_leg_ends_the_call_with_that_one() -> None:
    call = IntercomCall("p1", "page-1", ())
    for name, other in (("BRIDGE", "x1"), ("UNBRIDGE", "x1"), ("BRIDGE", "x2")):
        call.observe(bridge(f"CHANNEL_{name}", "p1", other))
    assert set(call.legs) == {"p1", "x2"}
    call.observe(event("CHANNEL_HANGUP", "p1"))
    assert call.ending is Ending.PAGER_HUNG_UP
