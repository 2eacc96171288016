"""Presence: phones watch the state of a user, and the switch notifies them of it (sofia_presence.c).

A phone subscribes to `PROTOCOL+USER@DOMAIN`. Whoever knows that protocol is asked by PRESENCE_PROBE
(sofia_presence_handle_sip_i_subscribe), and tells it by PRESENCE_IN (actual_sofia_presence_event_handler).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from controller.simulator.events import Value


@dataclass(eq=False)
class Watch:
    """One subscription of a phone's. `told` has what each NOTIFY said: whether there is a dialog."""

    protocol: str
    user: str
    call_id: str = field(default_factory=lambda: uuid4().hex)
    told: list[bool] = field(default_factory=list)

    @property
    def lit(self) -> bool | None:
        """Whether the phone's lamp is lit; None while the phone does not know."""
        return self.told[-1] if self.told else None


class Presence:
    """The subscriptions on a switch. `fire` tells an event; `busy` says of a user whether it is on a call."""

    def __init__(
        self, fire: Callable[[str, list[tuple[str, Value]]], None], busy: Callable[[str], bool]
    ) -> None:
        self._fire = fire
        self._busy = busy
        self._watches: list[Watch] = []

    def subscribe(self, who: str, to: str) -> Watch:
        """A phone of `who` (`EXTENSION@DOMAIN`) watches `PROTOCOL+USER@DOMAIN`."""
        protocol, _, user = to.partition("+")
        watch = Watch(protocol, user)
        self._watches.append(watch)
        self.refresh(who, watch)
        return watch

    def refresh(self, who: str, watch: Watch) -> None:
        """It subscribes again, as it does from time to time: the state is asked for anew."""
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
        """A PRESENCE_IN: who watches that state, or the one subscription that it names, is notified.

        A `unique-id` that is no leg's is a dialog that has ended, whatever else is said, and while the user
        is on a call that is told instead: as a dialog that is up.
        """
        user, dialog = headers.get("from", ""), headers.get("unique-id", "")
        lit = bool(dialog) and (self._busy(user) or headers.get("answer-state") == "confirmed")
        call_id = headers.get("call-id", "")
        for watch in self._watches:
            of_state = watch.protocol == headers.get("proto") and watch.user == user
            if watch.call_id == call_id or (not call_id and of_state):
                watch.told.append(lit)
