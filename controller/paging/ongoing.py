"""The common protocol of a whisper page, an intercom call, and an attempt of another controller.

Its states are a table where there are more than two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from controller.domain.leg import Leg
from controller.domain.record import Ending
from controller.domain.reply import Reply
from controller.domain.toggle import Toggle
from controller.eventsocket.events import Event
from controller.switch.pagelegs import PageMark
from controller.switch.steps import Order, Step

S = TypeVar("S")
H = TypeVar("H")
D = TypeVar("D")


class Move(NamedTuple, Generic[S, D]):
    """The result of a happening: the new state, the orders, and the ending if it becomes known."""

    state: S
    orders: tuple[D, ...] = ()
    ending: Ending | None = None


#: The result of each happening in each state; a pair that is not in a table changes nothing.
Table = Mapping[tuple[S, H], Move[S, D]]


def move(table: Table[S, H, D], state: S, happening: H) -> Move[S, D]:
    """The result of a happening in a state."""
    return table.get((state, happening), Move(state))


class Ongoing(Protocol):
    """A page, call or attempt that is followed by the events of its legs.

    `ending` is how it ends or has ended; None while it is live or its ending is unknown. `cause` is the
    hang-up cause of a call that has ended. `reply` has the words of the target's reply.
    `witnessed` is False if only another controller sees its ending. `elsewhere`: the page is on another
    switch, and is followed there.

    The methods with a body are for what only a whisper page can do; their defaults do nothing.
    """

    ending: Ending | None = None
    cause: str = ""
    reply: str | None = None
    witnessed: bool = True
    elsewhere: bool = False

    @property
    def legs(self) -> tuple[str, ...]:
        """The uuids of the legs whose events it needs."""

    @property
    def up(self) -> bool:
        """Whether pager and target are connected."""

    @property
    def over(self) -> bool:
        """Whether it has ended."""

    def observe(self, event: Event) -> tuple[Order, ...]:
        """Take an event of one of its legs; return the orders that follow from it."""

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End it; only the first ending counts, and a second call does nothing."""

    @property
    def mark(self) -> PageMark | None:
        """The mark of a whisper page."""
        return None

    @property
    def muted(self) -> bool:
        """Whether the target is muted to the far party."""
        return False

    @property
    def mutable(self) -> bool:
        """Whether the target can be muted."""
        return False

    def mute(self, toggle: Toggle) -> tuple[Order, ...]:
        """Mute the target to the far party, or unmute it."""
        return ()

    def equip(self) -> tuple[Order, ...]:
        """Bind the target's keys, if there are any."""
        return ()

    def doubts(self, event: Event) -> bool:
        """Whether somebody may have joined, so that the switch must be asked (`judge`)."""
        return False

    def rearranges(self, event: Event) -> bool:
        """Whether eavesdrops of it begin anew because of this event, so that `judge` must look later."""
        return False

    def judge(
        self, target: Leg, relay: Leg, pager: Leg | None, *, settled: bool = False
    ) -> tuple[Order, ...]:
        """End it if the present state of its legs does not fit a page.

        `settled`: it has been up long enough for all its own eavesdrops to be there.
        """
        return ()


class Making(Ongoing, Protocol):
    """A page or a message into a call while it is made."""

    @property
    def mark(self) -> PageMark:
        """The mark on its channels."""

    def steps(self) -> Iterator[Step]:
        """The steps that make it; they stop early if an event ends it meanwhile."""

    def offer(self, replies: Sequence[Reply]) -> None:
        """Take the replies that the target has, before its keys are bound or pressed."""


def bridged(event: Event) -> frozenset[str]:
    """The two legs of a CHANNEL_BRIDGE or CHANNEL_UNBRIDGE."""
    return frozenset({event.get("Bridge-A-Unique-ID", ""), event.get("Bridge-B-Unique-ID", "")})
