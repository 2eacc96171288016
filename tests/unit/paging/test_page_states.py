"""The table of a page's states."""

from __future__ import annotations

import pytest

from controller.domain.record import Ending
from controller.paging.ongoing import Move, move
from controller.paging.page_states import TABLE, Do, Happening, State

#: The result of each happening in each state; a pair that is not here changes nothing.
MOVES: dict[State, dict[Happening, Move[State, Do]]] = {
    State.BUILDING: {
        Happening.BUILT: Move(State.UP),
        Happening.END_WANTED: Move(State.ENDING, (Do.END,)),
        Happening.PAGER_TAKEN: Move(State.ENDING, (Do.HANG_UP_PAGER, Do.END)),
        Happening.RELAY_GONE: Move(State.ENDED, (Do.UNBIND,), Ending.LOST),
    },
    State.UP: {
        Happening.END_WANTED: Move(State.ENDING, (Do.END,)),
        Happening.PAGER_TAKEN: Move(State.ENDING, (Do.HANG_UP_PAGER, Do.END)),
        Happening.KEY_PRESSED: Move(State.ENDING),
        Happening.ANSWERED: Move(State.ENDING, (Do.SHOW_REPLY,)),
        Happening.RELAY_GONE: Move(State.ENDED, (Do.TELL_PAGER, Do.UNBIND)),
        Happening.KEYS_WANTED: Move(State.UP, (Do.BIND,)),
        Happening.MUTE_WANTED: Move(State.UP, (Do.MUTE,)),
        Happening.UNMUTE_WANTED: Move(State.UP, (Do.UNMUTE,)),
        Happening.PAGER_RECODED: Move(State.UP, (Do.TAKE_PAGER,)),
        Happening.TARGET_RECODED: Move(State.UP, (Do.TAKE_TARGET,)),
    },
    State.ENDING: {Happening.RELAY_GONE: Move(State.ENDED, (Do.UNBIND,))},
    State.ENDED: {},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happening", Happening)
def test_each_happening_in_each_state_does_what_the_table_says(state: State, happening: Happening) -> None:
    assert move(TABLE, state, happening) == MOVES[state].get(happening, Move(state))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happening", Happening)
def test_no_happening_takes_a_page_back_to_where_it_was(state: State, happening: Happening) -> None:
    order = list(State)
    assert order.index(move(TABLE, state, happening).state) >= order.index(state)


@pytest.mark.parametrize("state", [State.ENDING, State.ENDED])
@pytest.mark.parametrize("happening", [each for each in Happening if each is not Happening.RELAY_GONE])
def test_a_page_that_is_ending_is_asked_for_nothing_more(state: State, happening: Happening) -> None:
    assert move(TABLE, state, happening) == Move(state)
