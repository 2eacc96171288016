"""The kinds of pages that there are, found by the names that a page's channels carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from controller.switch.pagelegs import PREFIX, PageMark, speak_uuid
from controller.switch.topology import Topology
from controller.switch.whisper import WHISPER

#: All of them.
TOPOLOGIES = (WHISPER,)
_BY_NAME = {each.name: each for each in TOPOLOGIES}
#: What a mark may be without. A page that an earlier version has made does not tell its kind, nor its speak.
_OPTIONAL = frozenset({"far_leg", "bypass", "speak", "topology"})


def topology_of(mark: PageMark) -> Topology:
    """The kind of a page; raises KeyError for a mark that `mark_of` would not have given."""
    return _BY_NAME[mark.topology]


def mark_of(text: Callable[[str], str]) -> PageMark | None:
    """The mark on a channel, from its `uuid_dump UUID json`.

    None if it has none that is whole, or if its page is of a kind that a later version has made.
    """
    values = {each.name: text(f"variable_{PREFIX}{each.name}") for each in fields(PageMark)}
    if not all(value for name, value in values.items() if name not in _OPTIONAL):
        return None
    values["speak"] = values["speak"] or speak_uuid(values["target_leg"])
    values["topology"] = values["topology"] or WHISPER.name
    return PageMark(**values) if values["topology"] in _BY_NAME else None


def is_relay(name: str) -> bool:
    """Whether a channel of this name is the relay of a page."""
    return any(each.legs[0].named(name) for each in TOPOLOGIES)


def is_page_leg(name: str) -> bool:
    """Whether a channel of this name is one of a page's own."""
    return any(leg.named(name) for each in TOPOLOGIES for leg in each.legs)
