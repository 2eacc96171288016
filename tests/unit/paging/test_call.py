"""The states of an intercom or ordinary call."""

from __future__ import annotations

import pytest

from controller.domain.record import Ending
from controller.eventsocket.api import uuid_kill
from controller.paging.call import TABLE, Do, Happening, IntercomCall, State
from controller.paging.ongoing import Move, move
from tests.unit.paging.fakes import bridge, event


def test_intercom_call_knows_who_hung_up() -> None:
    call = IntercomCall("p1", "page-1", ())
    call.observe(bridge("CHANNEL_BRIDGE", "p1", "x1"))
    assert call.up
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
    assert call.up
    call.observe(event("CHANNEL_HANGUP", "p1", **{"Hangup-Cause": "NORMAL_CLEARING"}))
    assert call.ending is Ending.TARGET_HUNG_UP


def test_hang_up_of_the_pager_is_reported_before_the_end_of_its_bridge() -> None:
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


#: The result of each happening in each state; a pair that is not here changes nothing.
MOVES: dict[State, dict[Happening, Move[State, Do]]] = {
    State.CALLING: {
        Happening.BRIDGED: Move(State.TALKING),
        Happening.UNBRIDGED: Move(State.LEFT),
        Happening.PAGER_HUNG_UP: Move(State.ENDED, (), Ending.UNANSWERED),
        Happening.TARGET_HUNG_UP: Move(State.ENDED, (), Ending.UNANSWERED),
        Happening.END_WANTED: Move(State.ENDING, (Do.HANG_UP,)),
    },
    State.TALKING: {
        Happening.UNBRIDGED: Move(State.LEFT),
        Happening.PAGER_HUNG_UP: Move(State.ENDED, (), Ending.PAGER_HUNG_UP),
        Happening.TARGET_HUNG_UP: Move(State.ENDED, (), Ending.TARGET_HUNG_UP),
        Happening.END_WANTED: Move(State.ENDING, (Do.HANG_UP,)),
    },
    State.LEFT: {
        Happening.BRIDGED: Move(State.TALKING),
        Happening.PAGER_HUNG_UP: Move(State.ENDED, (), Ending.TARGET_HUNG_UP),
        Happening.TARGET_HUNG_UP: Move(State.ENDED, (), Ending.TARGET_HUNG_UP),
        Happening.END_WANTED: Move(State.ENDING, (Do.HANG_UP,)),
    },
    State.ENDING: {
        Happening.PAGER_HUNG_UP: Move(State.ENDED),
        Happening.TARGET_HUNG_UP: Move(State.ENDED),
    },
    State.ENDED: {},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happening", Happening)
def test_each_happening_in_each_state_does_what_the_table_says(state: State, happening: Happening) -> None:
    assert move(TABLE, state, happening) == MOVES[state].get(happening, Move(state))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happening", [Happening.PAGER_HUNG_UP, Happening.TARGET_HUNG_UP])
def test_a_leg_that_hangs_up_is_the_end_in_every_state(state: State, happening: Happening) -> None:
    assert move(TABLE, state, happening).state is State.ENDED


def test_a_call_that_is_ended_here_is_over_when_a_leg_of_it_is_gone() -> None:
    call = IntercomCall("p1", "page-1", ())
    call.observe(bridge("CHANNEL_BRIDGE", "p1", "x1"))
    assert call.end(Ending.STOPPED) == (uuid_kill("p1"),)
    assert call.end(Ending.FAILED) == ()
    assert not call.over
    call.observe(event("CHANNEL_HANGUP", "p1"))
    assert (call.over, call.ending) == (True, Ending.STOPPED)
