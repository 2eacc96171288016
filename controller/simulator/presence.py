"""Presence: phones watch the state of a user, and the switch notifies them (sofia_presence.c).

A phone subscribes to `PROTOCOL+USER@DOMAIN`. The switch asks for the state with PRESENCE_PROBE
(sofia_presence_handle_sip_i_subscribe), and gets it in PRESENCE_IN (actual_sofia_presence_event_handler).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from controller.simulator.events import Value


@dataclass(eq=False)
class Watch:
    """One subscription of a phone. `told` has the content of each NOTIFY: whether there is a dialog."""

    protocol: str
    user: str
    call_id: str = field(default_factory=lambda: uuid4().hex)
    told: list[bool] = field(default_factory=list)

    @property
    def lit(self) -> bool | None:
        """Whether the phone's lamp is lit; None before the first NOTIFY."""
        return self.told[-1] if self.told else None


class Presence:
    """The subscriptions on a switch. `fire` fires an event; `busy` is whether a user is on a call."""

    def __init__(
        self, fire: Callable[[str, list[tuple[str, Value]]], None], busy: Callable[[str], bool]
    ) -> None:
        self._fire = fire
        self._busy = busy
        self._watches: list[Watch] = []

    def subscribe(self, who: str, to: str) -> Watch:
        """Make a phone of `who` (`EXTENSION@DOMAIN`) watch `PROTOCOL+USER@DOMAIN`."""
        protocol, _, user = to.partition("+")
        watch = Watch(protocol, user)
        self._watches.append(watch)
        self.refresh(who, watch)
        return watch

    def refresh(self, who: str, watch: Watch) -> None:
        """Renew a subscription, as a phone does from time to time; the switch asks for the state again."""
        about: list[tuple[str, Value]] = [
            ("proto", watch.protocol),
            ("login", "internal"),
            ("sip_profile", "internal"),
            ("from", who),
            ("to", f"{watch.protocol}+{watch.user}"),
            ("proto-specific-event-name", "dialog"),
            ("expires", "600"),
            ("event_type", "presence"),
            ("alt_event_type", "dialog"),
            ("sub-call-id", watch.call_id),
        ]
        self._fire("PRESENCE_PROBE", about)

    def tell(self, headers: Mapping[str, str]) -> None:
        """Take a PRESENCE_IN: notify the subscriptions to that state, or only the one that it names.

        A `unique-id` that belongs to no leg is a dialog that has ended, whatever the other headers are. But
        while the user is on a call, that call is reported, as a dialog that is up.
        """
        user, dialog = headers.get("from", ""), headers.get("unique-id", "")
        lit = bool(dialog) and (self._busy(user) or headers.get("answer-state") == "confirmed")
        call_id = headers.get("call-id", "")
        for watch in self._watches:
            of_state = watch.protocol == headers.get("proto") and watch.user == user
            if watch.call_id == call_id or (not call_id and of_state):
                watch.told.append(lit)
