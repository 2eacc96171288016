"""The table of legs: who has which, kept by events and rebuilt from `show channels`.

It is an index for finding legs quickly. What a leg is doing, and whose it really is, is asked of the switch
when it matters: a leg may stand here under a name that its caller has only claimed (`claimed_by`, leg.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from controller.domain.names import UserName
from controller.switch.leg import came_by_sip

#: The events that keep the table. A leg's presence id can come later than the leg, so several of its events
#: are looked at for it.
EVENTS = ("CHANNEL_CREATE", "CHANNEL_ORIGINATE", "CHANNEL_ANSWER", "CHANNEL_BRIDGE", "CHANNEL_UUID")
GONE = "CHANNEL_DESTROY"


def unsure(row: Mapping[str, str]) -> bool:
    """Whether a row of `show channels` may not tell its leg's user: its presence id is what a phone says."""
    return came_by_sip(row.get("name", ""), row.get("direction", ""))


class Legs:
    """Which legs there are, by uuid and by user."""

    def __init__(self) -> None:
        self._user: dict[str, UserName | None] = {}
        self._legs: dict[UserName, set[str]] = {}

    def __len__(self) -> int:
        return len(self._user)

    def __contains__(self, uuid: object) -> bool:
        return uuid in self._user

    def of(self, user: UserName) -> tuple[str, ...]:
        """The uuids of the legs that may be a user's."""
        return tuple(sorted(self._legs.get(user, ())))

    def learn(self, uuid: str, user: UserName | None) -> None:
        """A leg is there; a user, once known, is kept though a later event may not say it."""
        known = self._user.get(uuid)
        if uuid in self._user and (user is None or user == known):
            return
        if known:
            self._leave(uuid, known)
        self._user[uuid] = user
        if user:
            self._legs.setdefault(user, set()).add(uuid)

    def forget(self, uuid: str) -> None:
        """A leg is gone; telling it twice does no harm."""
        if user := self._user.pop(uuid, None):
            self._leave(uuid, user)

    def rename(self, old: str, new: str) -> None:
        """A leg got another uuid (CHANNEL_UUID, switch_core_session_set_uuid)."""
        user = self._user.get(old)
        self.forget(old)
        self.learn(new, user)

    def rebuild(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Begin anew from the rows of `show channels as json`."""
        self._user.clear()
        self._legs.clear()
        for row in rows:
            self.learn(row["uuid"], UserName.or_none(row.get("presence_id", "")))

    def _leave(self, uuid: str, user: UserName) -> None:
        legs = self._legs[user]
        legs.discard(uuid)
        if not legs:
            del self._legs[user]
