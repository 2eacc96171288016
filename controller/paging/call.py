"""The states of an intercom or ordinary call, which the switch runs by itself, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from types import MappingProxyType

from controller.domain.record import Ending
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.paging.ongoing import Move, Ongoing, Table, bridged, move
from controller.switch.steps import Order, Step


class State(StrEnum):
    """The states of a call.

    LEFT: it was answered, and its bridge has ended while the pager's leg is still up. ENDING: its end is
    ordered, but not yet seen.
    """

    CALLING = "calling"
    TALKING = "talking"
    LEFT = "left"
    ENDING = "ending"
    ENDED = "ended"


class Happening(StrEnum):
    """The things that can happen to a call."""

    BRIDGED = "bridged"
    UNBRIDGED = "unbridged"
    PAGER_HUNG_UP = "pager hung up"
    TARGET_HUNG_UP = "target hung up"
    END_WANTED = "end wanted"


class Do(StrEnum):
    """The orders of the table."""

    HANG_UP = "hang up"


#: The switch reports a hang-up before the end of the bridge (switch_channel_perform_hangup in
#: switch_channel.c, then audio_bridge_thread in switch_ivr_bridge.c). So if the bridge ends while the pager's
#: leg is up, the target has left, even if its leg was not known here when it hung up.
TABLE: Table[State, Happening, Do] = MappingProxyType(
    {
        (State.CALLING, Happening.BRIDGED): Move(State.TALKING),
        (State.CALLING, Happening.UNBRIDGED): Move(State.LEFT),
        (State.CALLING, Happening.PAGER_HUNG_UP): Move(State.ENDED, (), Ending.UNANSWERED),
        (State.CALLING, Happening.TARGET_HUNG_UP): Move(State.ENDED, (), Ending.UNANSWERED),
        (State.CALLING, Happening.END_WANTED): Move(State.ENDING, (Do.HANG_UP,)),
        (State.TALKING, Happening.BRIDGED): Move(State.TALKING),
        (State.TALKING, Happening.UNBRIDGED): Move(State.LEFT),
        (State.TALKING, Happening.PAGER_HUNG_UP): Move(State.ENDED, (), Ending.PAGER_HUNG_UP),
        (State.TALKING, Happening.TARGET_HUNG_UP): Move(State.ENDED, (), Ending.TARGET_HUNG_UP),
        (State.TALKING, Happening.END_WANTED): Move(State.ENDING, (Do.HANG_UP,)),
        (State.LEFT, Happening.BRIDGED): Move(State.TALKING),
        (State.LEFT, Happening.UNBRIDGED): Move(State.LEFT),
        (State.LEFT, Happening.PAGER_HUNG_UP): Move(State.ENDED, (), Ending.TARGET_HUNG_UP),
        (State.LEFT, Happening.TARGET_HUNG_UP): Move(State.ENDED, (), Ending.TARGET_HUNG_UP),
        (State.LEFT, Happening.END_WANTED): Move(State.ENDING, (Do.HANG_UP,)),
        (State.ENDING, Happening.PAGER_HUNG_UP): Move(State.ENDED),
        (State.ENDING, Happening.TARGET_HUNG_UP): Move(State.ENDED),
    }
)


class IntercomCall(Ongoing):
    """An intercom or ordinary call, followed for the history."""

    def __init__(self, pager_leg: str, page: str, steps: tuple[Step, ...]) -> None:
        self.pager_leg = pager_leg
        self.page = page
        self.state = State.CALLING
        self._steps = steps
        self._target_leg = ""

    @property
    def legs(self) -> tuple[str, ...]:
        """The uuids of the legs whose events it needs."""
        return tuple(filter(None, (self.pager_leg, self._target_leg)))

    @property
    def up(self) -> bool:
        """Whether the target has answered."""
        return bool(self._target_leg)

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.state is State.ENDED

    def steps(self) -> Iterator[Step]:
        """The steps that start the call."""
        yield from self._steps

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End the call."""
        if self.state in (State.ENDING, State.ENDED):
            return ()
        self.ending = ending
        return self._meet(Happening.END_WANTED)

    def answered_on(self, target_leg: str) -> None:
        """Note that the target has answered on this leg."""
        self._target_leg = target_leg
        self._meet(Happening.BRIDGED)

    def observe(self, event: Event) -> tuple[Order, ...]:
        """Take an event of one of its legs."""
        if event.name == "CHANNEL_BRIDGE" and (others := bridged(event) - {self.pager_leg}):
            self.answered_on(min(others))
        elif event.name == "CHANNEL_UNBRIDGE" and self.pager_leg in (pair := bridged(event)):
            self._target_leg = min(pair - {self.pager_leg})
            return self._meet(Happening.UNBRIDGED)
        elif event.name == "CHANNEL_HANGUP":
            self.cause = event.get("Hangup-Cause", "")
            by_target = event.get("Unique-ID", "") == self._target_leg
            return self._meet(Happening.TARGET_HUNG_UP if by_target else Happening.PAGER_HUNG_UP)
        return ()

    def _meet(self, happening: Happening) -> tuple[Order, ...]:
        self.state, orders, ending = move(TABLE, self.state, happening)
        self.ending = self.ending or ending
        return tuple(api.uuid_kill(self.pager_leg) for _ in orders)
