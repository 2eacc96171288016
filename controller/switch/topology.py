"""What a kind of page is on the switch, as one value.

The pager is bridged to the *relay*, whose uuid follows from the target's leg (pagelegs), so that there is one
page to a leg, of whatever kind. Every other leg of the page follows the relay.
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
    """Who takes part in a page."""

    PAGER = "pager"
    TARGET = "target"
    FAR = "far party"


#: A listener and who speaks to it.
Pair = tuple[Party, Party]
#: A leg whose uuid the mark of a page knows, by the name of the field.
Known = Literal["pager_leg", "target_leg", "far_leg", "relay", "speak"]
#: The endings after which the target's call goes on as it was.
SAME_CALL = frozenset({Ending.PAGER_HUNG_UP, Ending.STOPPED, Ending.BLOCKED, Ending.LOST, Ending.FAILED})


@dataclass(frozen=True)
class PageLeg:
    """A channel that a page adds: the name of it begins and ends so.

    `uuid` is given where it is known before the channel is made, else the switch chooses one. `bug_on` is the
    leg on which it has a media bug, an eavesdrop's.
    """

    name: str
    begins: str
    ends: str
    uuid: Known | None = None
    bug_on: Known | None = None

    def named(self, channel: str) -> bool:
        """Whether a channel of this name is this leg of some page."""
        return channel.startswith(self.begins) and channel.endswith(self.ends)


@dataclass(frozen=True)
class Topology:
    """A kind of page: its `legs`, the relay first, the `steps` that make it, and the orders that `end` it.

    `name` is what the mark of a page says of its kind. `hears` is who hears whom while it is up, in the call
    that it is made in as well; nobody else hears anybody.
    """

    name: str
    hears: frozenset[Pair]
    legs: tuple[PageLeg, ...]
    steps: Callable[[PageMark], tuple[Step, ...]]
    end: Callable[[PageMark, Ending], tuple[Order, ...]]

    def added(self, mark: PageMark) -> tuple[str, ...]:
        """The uuids of the legs that a page adds, as far as they are known; the relay's first."""
        return tuple(getattr(mark, leg.uuid) for leg in self.legs if leg.uuid)

    def own_bugs(self, mark: PageMark) -> Mapping[str, int]:
        """How many media bugs of a page's own are on which leg, by uuid."""
        return Counter(getattr(mark, leg.bug_on) for leg in self.legs if leg.bug_on)
