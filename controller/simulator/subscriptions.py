"""The events that a connection gets: `event`, `nixevent`, `noevents`, `filter` (mod_event_socket.c)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from controller.simulator.events import SwitchEvent


@dataclass
class Subscriptions:
    """The subscriptions of one connection. `form` is `plain` or `json`."""

    form: str = "plain"
    everything: bool = False
    names: set[str] = field(default_factory=set)
    subclasses: set[str] = field(default_factory=set)
    filters: list[tuple[str, str]] = field(default_factory=list)

    def add(self, words: list[str]) -> bool:
        """`event [plain|json] NAME...`: words after CUSTOM are subclasses; False if there is no word."""
        if words and words[0].lower() in ("plain", "json"):
            self.form = words.pop(0).lower()
        custom = False
        for word in words:
            if custom:
                self.subclasses.add(word)
            elif word.upper() == "ALL":
                self.everything = True
            elif word.upper() == "CUSTOM":
                custom = True
            else:
                self.names.add(word.upper())
        return bool(words)

    def remove(self, words: list[str]) -> bool:
        """`nixevent NAME...`, with the same syntax."""
        custom = False
        for word in words:
            if custom:
                self.subclasses.discard(word)
            elif word.upper() == "CUSTOM":
                custom = True
            else:
                self.names.discard(word.upper())
        return bool(words)

    def clear(self) -> bool:
        """`noevents`; False if there was no subscription."""
        any_at_all = self.everything or bool(self.names or self.subclasses)
        self.everything = False
        self.names.clear()
        self.subclasses.clear()
        return any_at_all

    def wants(self, event: SwitchEvent) -> bool:
        """Whether an event is sent: it is subscribed to, and the filters let it through."""
        named = event.subclass in self.subclasses if event.name == "CUSTOM" else event.name in self.names
        return (named or self.everything) and self._passes(event)

    def _passes(self, event: SwitchEvent) -> bool:
        """event_handler: one matching filter is enough; one with a minus rejects; no filter passes all."""
        if not self.filters:
            return True
        passes = False
        for header, wanted in self.filters:
            matches = _matches(event.get(header), wanted.removeprefix("-").removeprefix("+"))
            if matches and wanted.startswith("-"):
                return False
            passes = passes or matches
        return passes


def _matches(value: str, wanted: str) -> bool:
    if len(wanted) > 1 and wanted.startswith("/") and wanted.endswith("/"):
        return re.search(wanted[1:-1], value) is not None
    return value == wanted
