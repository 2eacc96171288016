"""The states of a call to a member of a page group that is idle: its phone enters the room, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType

from controller.domain.record import Ending
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.paging.endings import CONFERENCE
from controller.paging.ongoing import Move, Ongoing, Table, move
from controller.switch import group
from controller.switch.steps import Order


class State(StrEnum):
    """The states. HEARING: its phone is in the room. ENDING: its end is ordered, but not yet seen."""

    CALLING = "calling"
    HEARING = "hearing"
    ENDING = "ending"
    ENDED = "ended"


class Happening(StrEnum):
    """The things that can happen. GONE: no phone of it is called any more, and none is in the room."""

    ENTERED = "entered"
    GONE = "gone"
    PAGER_GONE = "pager gone"
    END_WANTED = "end wanted"


class Do(StrEnum):
    """The order of the table."""

    HANG_UP = "hang up its legs"


TABLE: Table[State, Happening, Do] = MappingProxyType(
    {
        (State.CALLING, Happening.ENTERED): Move(State.HEARING),
        (State.CALLING, Happening.GONE): Move(State.ENDED, (), Ending.UNANSWERED),
        (State.CALLING, Happening.PAGER_GONE): Move(State.ENDED, (Do.HANG_UP,), Ending.PAGER_HUNG_UP),
        (State.CALLING, Happening.END_WANTED): Move(State.ENDING, (Do.HANG_UP,)),
        (State.HEARING, Happening.GONE): Move(State.ENDED, (), Ending.TARGET_HUNG_UP),
        (State.HEARING, Happening.PAGER_GONE): Move(State.ENDED, (Do.HANG_UP,), Ending.PAGER_HUNG_UP),
        (State.HEARING, Happening.END_WANTED): Move(State.ENDING, (Do.HANG_UP,)),
        (State.ENDING, Happening.GONE): Move(State.ENDED),
        (State.ENDING, Happening.PAGER_GONE): Move(State.ENDED),
    }
)


class MemberCall(Ongoing):
    """A call to a member, on the legs `phones`, one for each phone; `page` is the id of the whole page.

    `up`: one of these legs is in the room already.
    """

    def __init__(self, pager_leg: str, page: str, phones: Iterable[str], *, up: bool = False) -> None:
        self.pager_leg = pager_leg
        self.state = State.HEARING if up else State.CALLING
        self._phones = list(phones)
        self._room = group.room_name(page)

    @property
    def legs(self) -> tuple[str, ...]:
        """The pager's leg, and those of the member."""
        return (self.pager_leg, *self._phones)

    @property
    def up(self) -> bool:
        """Whether its phone is in the room, and no end is ordered."""
        return self.state is State.HEARING

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state is State.ENDED

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End it; only the first ending counts, and a second call does nothing."""
        return self._meet(Happening.END_WANTED, ending)

    def unanswered(self, cause: str) -> None:
        """Note that no phone was answered, with the cause that the switch gave."""
        self.cause = self.cause or cause
        self._meet(Happening.GONE)

    def observe(self, event: Event) -> tuple[Order, ...]:
        """Take an event of one of its legs."""
        uuid = event.get("Unique-ID", "")
        if event.name == "CHANNEL_HANGUP":
            return self._hung_up(uuid, event.get("Hangup-Cause", ""))
        if uuid not in self._phones:
            return ()
        if event.subclass == group.SUBCLASS:
            return self._meet(Happening.ENTERED)
        own = event.subclass == CONFERENCE and event.get("Conference-Name") == self._room
        return self._meet(Happening.GONE) if own and event.get("Action") == "del-member" else ()

    def _hung_up(self, uuid: str, cause: str) -> tuple[Order, ...]:
        if uuid == self.pager_leg:
            return self._meet(Happening.PAGER_GONE)
        if uuid in self._phones:
            self._phones.remove(uuid)
            self.cause = cause
        return () if self._phones else self._meet(Happening.GONE)

    def _meet(self, happening: Happening, ending: Ending | None = None) -> tuple[Order, ...]:
        before, (self.state, orders, told) = self.state, move(TABLE, self.state, happening)
        if self.state is not before:
            self.ending = self.ending or ending or told
        return tuple(api.uuid_kill(phone) for _ in orders for phone in self._phones)
