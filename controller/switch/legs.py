"""The table of legs: which user has which leg; updated by events and rebuilt from `show channels`.

It is an index that finds legs quickly. Before the controller acts on a leg, it asks the switch for the state
and the user of that leg: the user in this table may be only what a caller claims (`claimed_user`, leg.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from controller.domain.names import UserName
from controller.domain.presence import CallState
from controller.eventsocket.events import Event
from controller.switch.channels import ChannelRow
from controller.switch.leg import claimed_user, named, reader, user_of
from controller.switch.owners import Owners
from controller.switch.standings import Standings
from controller.switch.trust import NOBODY, Trust

#: The events that update the table. A leg may get its presence id after its creation, so several kinds of
#: events are read.
EVENTS = ("CHANNEL_CREATE", "CHANNEL_ORIGINATE", "CHANNEL_ANSWER", "CHANNEL_BRIDGE", "CHANNEL_UUID")
GONE = "CHANNEL_DESTROY"


class Legs:
    """All legs, by uuid and by user; `trust` says who the callers behind proxies are."""

    def __init__(self, trust: Trust = NOBODY) -> None:
        self._trust = trust
        self._owners = Owners()
        #: What the users do, by their legs.
        self.standings = Standings(self._owners)
        self._others: dict[str, UserName | None] = {}  # the legs without a standing, and their users

    def __len__(self) -> int:
        return len(self._others) + len(self.standings)

    def __contains__(self, uuid: object) -> bool:
        return uuid in self._others or uuid in self.standings

    def of(self, user: UserName) -> tuple[str, ...]:
        """The uuids of the legs that may belong to a user."""
        return tuple(sorted(self._owners.of(user)))

    def states(self, user: UserName) -> dict[str, CallState | None]:
        """The states of the legs that may belong to a user, by uuid; None where that is not certain."""
        found = {uuid: self.standings.at(uuid) for uuid in self._owners.of(user)}
        return {uuid: each.state if each else None for uuid, each in found.items()}

    def learn(self, uuid: str, user: UserName | None) -> None:
        """Add a leg, or update its user; None does not replace a known one."""
        known = self._user(uuid)
        if uuid in self and (user is None or user == known):
            return
        if known:
            self.standings.forget(uuid)
            self._owners.leave(uuid, known)
        self._others[uuid] = user
        if user:
            self._owners.join(uuid, user)

    def observe(self, event: Event) -> None:
        """Update the table with one of EVENTS, with GONE, or with a leg's dump."""
        uuid = event["Unique-ID"]
        if event.name == GONE:
            self.forget(uuid)
            return
        if old := event.get("Old-Unique-ID", ""):
            self.rename(old, uuid)
        text = reader(event)
        user = user_of(text, self._trust)
        if user is not None:
            self.learn(uuid, user)
            self.standings.observe(uuid, user, text)
            self._settle(uuid, user)
        elif uuid not in self.standings:  # an event that names no user does not take the leg from one
            self.learn(uuid, claimed_user(text))

    def forget(self, uuid: str) -> None:
        """Remove a leg; removing it twice does no harm."""
        user = self._user(uuid)
        self.standings.forget(uuid)
        self._others.pop(uuid, None)
        if user:
            self._owners.leave(uuid, user)

    def rename(self, old: str, new: str) -> None:
        """Change the uuid of a leg (CHANNEL_UUID, switch_core_session_set_uuid)."""
        standing, user = self.standings.at(old), self._user(old)
        self.forget(old)
        self.learn(new, user)
        if standing:
            self.standings.put(new, standing)
            self._settle(new, standing.user)

    def rebuild(self, rows: Iterable[ChannelRow]) -> None:
        """Replace the table with the rows of `show channels`, one after the other."""
        self.standings.clear()
        self._others.clear()
        self._owners.clear()
        for row in rows:
            user = named(row.presence_id)
            self.learn(row.uuid, user)
            if user and not row.unsure:
                self.standings.found(row, user)
                self._settle(row.uuid, user)

    def _user(self, uuid: str) -> UserName | None:
        standing = self.standings.at(uuid)
        return standing.user if standing else self._others.get(uuid)

    def _settle(self, uuid: str, user: UserName) -> None:
        """Keep a leg in one place alone, with its standing if it has one."""
        if uuid in self.standings:
            self._others.pop(uuid, None)
        else:
            self._others[uuid] = user
