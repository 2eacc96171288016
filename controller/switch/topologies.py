"""All topologies, and the functions that find a page's topology from its channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from controller.domain.names import UserName
from controller.switch.group import GROUPS
from controller.switch.message import MESSAGES
from controller.switch.pagelegs import PREFIX, PageMark, speak_uuid
from controller.switch.reverse import REVERSED
from controller.switch.topology import Topology
from controller.switch.whisper import EARLIER, WHISPER
from controller.switch.wide import WIDE

_WHISPERS = (WHISPER, *WIDE.values())
TOPOLOGIES = (*_WHISPERS, *MESSAGES.values(), *REVERSED, *GROUPS.values())
_BY_NAME = {each.name: each for each in (*TOPOLOGIES, EARLIER)}
_LEGS = tuple(leg for each in TOPOLOGIES for leg in (*each.legs, *each.makers))
_BEGINNINGS = tuple({leg.begins for leg in _LEGS})
#: The fields that a mark may lack. A page that was made by version 0.1.0 has no topology and no speak.
_OPTIONAL = frozenset(
    {"far_leg", "bypass", "speak", "topology", "window", "pager_leg", "sound", "room", "part_of"}
)


def best(rate: int, *, message: bool = False, reverse: bool = False, group: bool = False) -> Topology:
    """The kind of page, of message, of reverse page or of page to a member with the best sound for a rate.

    The rate in Hz is that of the slower leg, or of the room: no leg of a page may be faster than what it
    eavesdrops, or its sound is garbled (whisper).
    """
    others = tuple((GROUPS if group else MESSAGES).values())
    kinds = REVERSED if reverse else others if group or message else _WHISPERS
    fit = [each for each in kinds if each.rate <= rate]
    return max(fit, key=lambda each: each.rate) if fit else min(kinds, key=lambda each: each.rate)


def topology_of(mark: PageMark) -> Topology:
    """The topology of a page; raises KeyError for a mark that `mark_of` would not return."""
    return _BY_NAME[mark.topology]


def mark_of(text: Callable[[str], str]) -> PageMark | None:
    """The mark on a channel, from its `uuid_dump UUID json`.

    None if the channel has no complete mark, or if this version does not know the page's topology. The mark
    of a page has the pager's leg, and that of a message has none.
    """
    values = {each.name: text(f"variable_{PREFIX}{each.name}") for each in fields(PageMark)}
    if not all(value for name, value in values.items() if name not in _OPTIONAL):
        return None
    pager, target = UserName.or_none(values.pop("pager")), UserName.or_none(values.pop("target"))
    values["speak"] = values["speak"] or speak_uuid(values["target_leg"])
    values["topology"] = values["topology"] or EARLIER.name
    topology = _BY_NAME.get(values["topology"])
    if pager is None or target is None or topology is None:
        return None
    if topology.has_pager is not bool(values["pager_leg"]):
        return None
    return PageMark(pager=pager, target=target, **values)


def is_relay(name: str) -> bool:
    """Whether a channel with this name is the relay of a page."""
    return any(each.legs[0].named(name) for each in TOPOLOGIES)


def is_page_leg(name: str) -> bool:
    """Whether a channel with this name is a leg that a page adds."""
    return name.startswith(_BEGINNINGS) and any(leg.named(name) for leg in _LEGS)
