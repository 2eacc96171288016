"""What comes over an event socket, counted: plain numbers, cheap enough for every event."""

from __future__ import annotations

from collections import defaultdict


class Tally:
    """Counts that outlive the connections of one link."""

    __slots__ = ("handled", "received")

    def __init__(self) -> None:
        #: Events that came, wanted or not.
        self.received = 0
        #: Events that were handled, by `Event.key`. A link asks for few kinds, and so there are few keys.
        self.handled: defaultdict[str, int] = defaultdict(int)
