"""The states of a message as a table: what happens to it, and what follows from that."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from controller.domain.record import Ending
from controller.paging.ongoing import Move, Table


class State(StrEnum):
    """The states of a message.

    CALLING: it is being made, or the target's phone rings. SAYING: the target hears it. SAID: it was played
    to the end, and the target can still reply. ENDING: its end is ordered, but not yet seen.
    """

    CALLING = "calling"
    SAYING = "saying"
    SAID = "said"
    ENDING = "ending"
    ENDED = "ended"


class Happening(StrEnum):
    """The things that can happen to a message.

    UNSAID: the switch could not play the sound. KEY_PRESSED: the target has pressed a key that ends it.
    ANSWERED: it has pressed the key of a reply. RECODED: its leg has a codec of another rate. GONE: the leg
    that plays the sound has hung up.
    """

    BEGUN = "begun"
    SAID = "said"
    UNSAID = "unsaid"
    END_WANTED = "end wanted"
    KEY_PRESSED = "key pressed"
    ANSWERED = "answered"
    RECODED = "recoded"
    KEYS_WANTED = "keys wanted"
    GONE = "gone"


class Do(StrEnum):
    """The orders of the table."""

    END = "end"
    BIND = "bind the keys"
    UNBIND = "give the keys back"
    TAKE_RATE = "take the target's new rate"


#: What was said to the end was heard, however it ends then,
#: unless the target has answered. After a key, the switch ends it by itself.
TABLE: Table[State, Happening, Do] = MappingProxyType(
    {
        (State.CALLING, Happening.BEGUN): Move(State.SAYING),
        (State.CALLING, Happening.END_WANTED): Move(State.ENDING, (Do.END,)),
        (State.CALLING, Happening.GONE): Move(State.ENDED, (Do.UNBIND,)),
        (State.SAYING, Happening.SAID): Move(State.SAID),
        (State.SAYING, Happening.UNSAID): Move(State.ENDING, (), Ending.FAILED),
        (State.SAYING, Happening.END_WANTED): Move(State.ENDING, (Do.END,)),
        (State.SAYING, Happening.KEY_PRESSED): Move(State.ENDING),
        (State.SAYING, Happening.ANSWERED): Move(State.ENDING),
        (State.SAYING, Happening.RECODED): Move(State.SAYING, (Do.TAKE_RATE,)),
        (State.SAYING, Happening.KEYS_WANTED): Move(State.SAYING, (Do.BIND,)),
        (State.SAYING, Happening.GONE): Move(State.ENDED, (Do.UNBIND,)),
        (State.SAID, Happening.END_WANTED): Move(State.ENDING, (Do.END,), Ending.HEARD),
        (State.SAID, Happening.KEY_PRESSED): Move(State.ENDING, (), Ending.HEARD),
        (State.SAID, Happening.ANSWERED): Move(State.ENDING),
        (State.SAID, Happening.KEYS_WANTED): Move(State.SAID, (Do.BIND,)),
        (State.SAID, Happening.GONE): Move(State.ENDED, (Do.UNBIND,), Ending.HEARD),
        (State.ENDING, Happening.GONE): Move(State.ENDED, (Do.UNBIND,)),
    }
)
