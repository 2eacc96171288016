"""The states of a page to a page group as a whole: its pager is in a room of its own, as a table.

Each member's part is a page or call of its own (page, member_call).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from types import MappingProxyType

from controller.domain.record import Ending
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.paging.endings import CONFERENCE
from controller.paging.ongoing import Move, Ongoing, Table, move
from controller.switch import group
from controller.switch.leg import number
from controller.switch.steps import Order, Step

_EAVESDROP = "eavesdrop"


class State(StrEnum):
    """The states. GATHERING: the pager is not in the room yet. ENDING: its end is ordered, not yet seen."""

    GATHERING = "gathering"
    UP = "up"
    ENDING = "ending"
    ENDED = "ended"


class Happening(StrEnum):
    """The things that can happen.

    TAKEN: somebody uses the pager's leg for something else, or listens in. RECODED: the leg has a codec of
    another rate.
    """

    ENTERED = "entered"
    LEFT = "left"
    HUNG_UP = "hung up"
    TAKEN = "taken"
    RECODED = "recoded"
    END_WANTED = "end wanted"


class Do(StrEnum):
    """The orders of the table."""

    LEAVE = "take the pager out of the room"
    TAKE_RATE = "have the room take the pager's new rate"
    HANG_UP = "hang up the pager"


TABLE: Table[State, Happening, Do] = MappingProxyType(
    {
        (State.GATHERING, Happening.ENTERED): Move(State.UP),
        (State.GATHERING, Happening.LEFT): Move(State.ENDED, (), Ending.LOST),
        (State.GATHERING, Happening.HUNG_UP): Move(State.ENDED, (), Ending.PAGER_HUNG_UP),
        (State.GATHERING, Happening.TAKEN): Move(State.ENDING, (Do.HANG_UP,)),
        (State.GATHERING, Happening.END_WANTED): Move(State.ENDING, (Do.LEAVE,)),
        (State.UP, Happening.RECODED): Move(State.UP, (Do.TAKE_RATE,)),
        (State.UP, Happening.LEFT): Move(State.ENDED, (), Ending.LOST),
        (State.UP, Happening.HUNG_UP): Move(State.ENDED, (), Ending.PAGER_HUNG_UP),
        (State.UP, Happening.TAKEN): Move(State.ENDING, (Do.HANG_UP,)),
        (State.UP, Happening.END_WANTED): Move(State.ENDING, (Do.LEAVE,)),
        (State.ENDING, Happening.LEFT): Move(State.ENDED),
        (State.ENDING, Happening.HUNG_UP): Move(State.ENDED),
    }
)


class GroupPage(Ongoing):
    """A page to a page group; `page` is its id, and `ours` whether this controller has made it."""

    def __init__(self, pager_leg: str, page: str, *, ours: bool = True, up: bool = False) -> None:
        self.pager_leg = pager_leg
        self.page = page
        self.witnessed = ours or up
        self.state = State.UP if up else State.GATHERING
        self._room = group.room_name(page)
        self._rate = 0  # of the pager's codec, as far as events have told it

    @property
    def legs(self) -> tuple[str, ...]:
        """The pager's leg."""
        return (self.pager_leg,)

    @property
    def up(self) -> bool:
        """Whether the pager is in the room, and no end is ordered."""
        return self.state is State.UP

    @property
    def over(self) -> bool:
        """Whether the pager is out of the room again."""
        return self.state is State.ENDED

    def steps(self) -> Iterator[Step]:
        """The steps that bring the pager into the room; they stop early if an event ends it meanwhile."""
        for step in group.gather(self.pager_leg, self.page):
            if self.ending:
                return
            yield step

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End it for all members; only the first ending counts, and a second call does nothing."""
        return self._meet(Happening.END_WANTED, ending)

    def observe(self, event: Event) -> tuple[Order, ...]:
        """Take an event of the pager's leg, or of a leg that is bridged to it."""
        if event.subclass == CONFERENCE:
            return self._moved(event)
        if event.name == "CHANNEL_HANGUP" and event.get("Unique-ID", "") == self.pager_leg:
            self.cause = event.get("Hangup-Cause", "")
            return self._meet(Happening.HUNG_UP)
        if event.name == "CODEC":
            return self._recoded(event)
        if event.name == "CHANNEL_BRIDGE":
            return self._meet(Happening.TAKEN, Ending.TRANSFERRED)
        if event.name == "CHANNEL_HOLD":
            return self._meet(Happening.TAKEN, Ending.HELD)
        if event.name == "MEDIA_BUG_START" and event.get("Media-Bug-Function") == _EAVESDROP:
            return self._meet(Happening.TAKEN, Ending.JOINED)
        return ()

    def _recoded(self, event: Event) -> tuple[Order, ...]:
        """The codec that the leg writes with is its phone's; the room reads the leg by one of its own."""
        rate = number(event.get("Channel-Write-Codec-Rate", ""))
        before, self._rate = self._rate, rate or self._rate
        return self._meet(Happening.RECODED) if self._rate != before else ()

    def _moved(self, event: Event) -> tuple[Order, ...]:
        action, own = event.get("Action"), event.get("Conference-Name") == self._room
        if action == "add-member":
            return self._meet(*((Happening.ENTERED,) if own else (Happening.TAKEN, Ending.CONFERENCE)))
        return self._meet(Happening.LEFT) if action == "del-member" and own else ()

    def _meet(self, happening: Happening, ending: Ending | None = None) -> tuple[Order, ...]:
        before, (self.state, orders, told) = self.state, move(TABLE, self.state, happening)
        if self.state is not before and self.state is not State.UP:
            if not self.witnessed and before is State.GATHERING:
                told = told and Ending.LOST  # its maker knows why
            self.ending = self.ending or ending or told
        self.witnessed = self.witnessed or self.state is State.UP
        return tuple(self._order(do) for do in orders)

    def _order(self, do: Do) -> Order:
        match do:
            case Do.LEAVE:
                return group.leave(self.pager_leg)
            case Do.TAKE_RATE:
                return group.take_rate(self.pager_leg)
            case Do.HANG_UP:
                return api.uuid_kill(self.pager_leg)
