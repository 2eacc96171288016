"""What is common to whisper page, intercom call, and the attempt of another controller."""

from __future__ import annotations

from typing import Protocol

from controller.domain.leg import Leg
from controller.domain.record import Ending
from controller.domain.toggle import Toggle
from controller.eventsocket.events import Event
from controller.switch.pagelegs import PageMark
from controller.switch.steps import Order


class Ongoing(Protocol):
    """Something that a pager has begun, followed by the events of its legs.

    `ending` is how it ends or has ended; None while it goes on, and while that is not known. `cause` is the
    hangup cause of a call that has ended. `witnessed` is False if another controller alone sees its ending.
    `muted` tells whether the target is muted to the far party.

    What only a whisper page can do, nothing else does: that is what is written here.
    """

    ending: Ending | None = None
    cause: str = ""
    witnessed: bool = True
    muted: bool = False

    @property
    def legs(self) -> tuple[str, ...]:
        """The uuids of the legs whose events it must see."""

    @property
    def up(self) -> bool:
        """Whether pager and target are connected."""

    @property
    def over(self) -> bool:
        """Whether nothing of it is left."""

    def observe(self, event: Event) -> tuple[Order, ...]:
        """An event of one of its legs; what to do about it."""

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End it; the first reason counts, and asking twice does nothing more."""

    @property
    def mark(self) -> PageMark | None:
        """What the channels of a whisper page say of it."""
        return None

    @property
    def mutable(self) -> bool:
        """Whether the target can be muted."""
        return False

    def mute(self, toggle: Toggle) -> tuple[Order, ...]:
        """Mute the target to the far party, or have it heard again."""
        return ()

    def equip(self) -> tuple[Order, ...]:
        """Give the target its keys, if there are any."""
        return ()

    def doubts(self, event: Event) -> bool:
        """Whether somebody may have joined: the switch is to be asked (`judge`)."""
        return False

    def judge(self, target: Leg, relay: Leg, *, settled: bool = False) -> tuple[Order, ...]:
        """End it if its legs, as the switch has them now, are not those of a page.

        `settled`: it is up for long enough that all its own must be listening in.
        """
        return ()


def bridged(event: Event) -> frozenset[str]:
    """The two legs that a CHANNEL_BRIDGE or CHANNEL_UNBRIDGE is about."""
    return frozenset({event.get("Bridge-A-Unique-ID", ""), event.get("Bridge-B-Unique-ID", "")})
