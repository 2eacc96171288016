"""A topology: how a kind of page is built on the switch, as one value.

The pager is bridged to the *relay*; in a page to a page group, another leg is in its place (group). The
relay's uuid is derived from the target's leg (pagelegs), so a leg has one page at most, of whatever kind.
When the relay hangs up, all other legs of the page hang up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from controller.domain.record import Ending
from controller.switch.pagelegs import PageMark
from controller.switch.steps import Order, Step


class Party(StrEnum):
    """The parties of a page."""

    PAGER = "pager"
    TARGET = "target"
    FAR = "far party"


#: A listener and a speaker.
Pair = tuple[Party, Party]
#: A leg whose uuid is in the mark of a page, by the name of the field.
Known = Literal["pager_leg", "target_leg", "far_leg", "relay", "speak", "relay_maker", "speak_maker"]
#: The endings after which the target's call goes on as it was.
SAME_CALL = frozenset(
    {
        Ending.PAGER_HUNG_UP,
        Ending.REPLIED,
        Ending.HEARD,
        Ending.DECLINED,
        Ending.STOPPED,
        Ending.BLOCKED,
        Ending.LOST,
        Ending.FAILED,
    }
)


@dataclass(frozen=True)
class PageLeg:
    """A channel that a page adds; its name starts with `begins` and ends with `ends`.

    `uuid` is the field of the mark with its uuid, or None if the switch chooses the uuid. `bug_on` is the leg
    on which its eavesdrop has a media bug.
    """

    name: str
    begins: str
    ends: str
    uuid: Known | None = None
    bug_on: Known | None = None

    def named(self, channel: str) -> bool:
        """Whether a channel with this name is this leg of a page."""
        return channel.startswith(self.begins) and channel.endswith(self.ends)


@dataclass(frozen=True)
class Topology:
    """A kind of page: its `legs`, the relay first, the `steps` that make it, and the orders that `end` it.

    `name` stands in the mark of a page. `hears` has all pairs of listener and speaker while the page is up,
    those of the target's call included. `take_rate` gives the orders for the pager's or the target's leg if
    its rate has changed. `rate` in Hz is that of the page's loopbacks. `makers` are legs that are there only
    while it is made. `has_pager` is False for a message, which is a sound in place of a pager.
    """

    name: str
    hears: frozenset[Pair]
    legs: tuple[PageLeg, ...]
    steps: Callable[[PageMark], tuple[Step, ...]]
    end: Callable[[PageMark, Ending], tuple[Order, ...]]
    take_rate: Callable[[PageMark, Party], tuple[Order, ...]]
    rate: int = 8000
    makers: tuple[PageLeg, ...] = ()
    has_pager: bool = True

    def added(self, mark: PageMark) -> tuple[str, ...]:
        """The known uuids of the legs that a page adds, the relay's first."""
        return tuple(getattr(mark, leg.uuid) for leg in self.legs if leg.uuid)

    @property
    def two_way(self) -> bool:
        """Whether the pager hears the target."""
        return (Party.PAGER, Party.TARGET) in self.hears

    def makes(self, mark: PageMark, pair: frozenset[str]) -> bool:
        """Whether these two legs are bridged, for a moment, because the page is being made."""
        return any(getattr(mark, leg.uuid) in pair for leg in self.makers if leg.uuid)

    def own_bugs(self, mark: PageMark) -> Mapping[str, int]:
        """The number of the page's own media bugs on each leg, by uuid."""
        return Counter(getattr(mark, leg.bug_on) for leg in self.legs if leg.bug_on)
