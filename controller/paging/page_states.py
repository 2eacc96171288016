"""The states of a whisper page: a table with the result of each happening in each state."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from controller.domain.record import Ending
from controller.paging.ongoing import Move, Table


class State(StrEnum):
    """The states of a page.

    BUILDING: its steps are run. UP: the pager is bridged to the relay. ENDING: its end is ordered, but not
    yet seen. ENDED: the relay is gone.
    """

    BUILDING = "building"
    UP = "up"
    ENDING = "ending"
    ENDED = "ended"


class Happening(StrEnum):
    """The things that can happen to a page.

    PAGER_TAKEN: somebody uses the pager's own leg for something else. KEY_PRESSED: the target has pressed one
    of the keys that end the page. ANSWERED: it has pressed the key of a reply. PAGER_RECODED,
    TARGET_RECODED: their leg has a codec of another rate.
    """

    BUILT = "built"
    END_WANTED = "end wanted"
    PAGER_TAKEN = "pager taken"
    KEY_PRESSED = "key pressed"
    ANSWERED = "answered"
    RELAY_GONE = "relay gone"
    KEYS_WANTED = "keys wanted"
    MUTE_WANTED = "mute wanted"
    UNMUTE_WANTED = "unmute wanted"
    PAGER_RECODED = "pager recoded"
    TARGET_RECODED = "target recoded"


class Do(StrEnum):
    """The orders of the table."""

    END = "end"
    HANG_UP_PAGER = "hang up the pager"
    TELL_PAGER = "tell the pager that it is over"
    BIND = "bind the keys"
    UNBIND = "give the keys back"
    MUTE = "mute"
    UNMUTE = "unmute"
    SHOW_REPLY = "show the pager the reply"
    TAKE_PAGER = "take the pager's new rate"
    TAKE_TARGET = "take the target's new rate"


#: After a key, the switch ends the page itself. If the relay of a page that is up goes for no known reason,
#: somebody may have sent the pager elsewhere.
TABLE: Table[State, Happening, Do] = MappingProxyType(
    {
        (State.BUILDING, Happening.BUILT): Move(State.UP),
        (State.BUILDING, Happening.END_WANTED): Move(State.ENDING, (Do.END,)),
        (State.BUILDING, Happening.PAGER_TAKEN): Move(State.ENDING, (Do.HANG_UP_PAGER, Do.END)),
        (State.BUILDING, Happening.RELAY_GONE): Move(State.ENDED, (Do.UNBIND,), Ending.LOST),
        (State.UP, Happening.END_WANTED): Move(State.ENDING, (Do.END,)),
        (State.UP, Happening.PAGER_TAKEN): Move(State.ENDING, (Do.HANG_UP_PAGER, Do.END)),
        (State.UP, Happening.KEY_PRESSED): Move(State.ENDING),
        (State.UP, Happening.ANSWERED): Move(State.ENDING, (Do.SHOW_REPLY,)),
        (State.UP, Happening.RELAY_GONE): Move(State.ENDED, (Do.TELL_PAGER, Do.UNBIND)),
        (State.UP, Happening.KEYS_WANTED): Move(State.UP, (Do.BIND,)),
        (State.UP, Happening.MUTE_WANTED): Move(State.UP, (Do.MUTE,)),
        (State.UP, Happening.UNMUTE_WANTED): Move(State.UP, (Do.UNMUTE,)),
        (State.UP, Happening.PAGER_RECODED): Move(State.UP, (Do.TAKE_PAGER,)),
        (State.UP, Happening.TARGET_RECODED): Move(State.UP, (Do.TAKE_TARGET,)),
        (State.ENDING, Happening.RELAY_GONE): Move(State.ENDED, (Do.UNBIND,)),
    }
)
