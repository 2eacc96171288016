"""Counts the events of an event socket, with plain numbers that are cheap enough for every event."""

from __future__ import annotations

from collections import defaultdict


class Tally:
    """Counts that outlive the connections of one link."""

    __slots__ = ("handled", "received")

    def __init__(self) -> None:
        #: Events that were received, wanted or not.
        self.received = 0
        #: Events that were handled, by `Event.key`. A link subscribes to few kinds, so there are few keys.
        self.handled: defaultdict[str, int] = defaultdict(int)
