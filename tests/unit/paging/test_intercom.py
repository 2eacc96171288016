"""An intercom or ordinary call: events in, its end out."""

from __future__ import annotations

from controller.domain.record import Ending
from controller.paging.intercom import IntercomCall
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
