"""The live pages and calls of all switches, each once: at the switch where it is made."""

from __future__ import annotations

from controller.paging.events import Bus, SwitchChanged
from controller.paging.live import LivePage, LivePages
from controller.switch.identity import SwitchName


class LiveEverywhere:
    """The live pages and calls of all switches. Each station adds its own."""

    def __init__(self, events: Bus) -> None:
        self._places: list[tuple[SwitchName, LivePages]] = []
        self._up: set[str] = set()
        events.subscribe(SwitchChanged, self._switch_changed)

    def add(self, name: SwitchName, live: LivePages) -> None:
        """Add those of a switch."""
        self._places.append((name, live))

    def all(self) -> tuple[LivePage, ...]:
        """All live pages and calls, those of one switch after those of another, the oldest first."""
        return tuple(live for _, place in self._places for live in place.here())

    def find(self, page_id: str) -> LivePage | None:
        """A page or call by its id; None if it is not followed."""
        return next((live for live in self.all() if live.record.page_id == page_id), None)

    def follow(self, page_id: str) -> bool:
        """Whether a page, or a pager's leg whose page is on another switch, is followed on any of them."""
        return any(place.find(page_id) for _, place in self._places)

    def away(self, switch: str) -> bool:
        """Whether the switch with this name cannot be reached: nobody knows what is live there."""
        return switch not in self._up and any(str(name) == switch for name, _ in self._places)

    def _switch_changed(self, event: SwitchChanged) -> None:
        (self._up.add if event.up else self._up.discard)(event.switch)
