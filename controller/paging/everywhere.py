"""The live pages and calls of all switches, each once: at the switch where it is made."""

from __future__ import annotations

from controller.paging.live import LivePage, LivePages


class LiveEverywhere:
    """The live pages and calls of all switches. Each station adds its own."""

    def __init__(self) -> None:
        self._places: list[LivePages] = []

    def add(self, live: LivePages) -> None:
        """Add those of a switch."""
        self._places.append(live)

    def all(self) -> tuple[LivePage, ...]:
        """All live pages and calls, those of one switch after those of another, the oldest first."""
        return tuple(live for place in self._places for live in place.here())

    def find(self, page_id: str) -> LivePage | None:
        """A page or call by its id; None if it is not followed."""
        return next((live for live in self.all() if live.record.page_id == page_id), None)
