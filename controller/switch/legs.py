"""The table of legs: who has which, kept by events and rebuilt from `show channels`.

It is an index for finding legs quickly. What a leg is doing is asked of the switch when it matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: The events that keep the table. A leg's presence id can come later than the leg, so several of its events
#: are looked at for it.
EVENTS = ("CHANNEL_CREATE", "CHANNEL_ORIGINATE", "CHANNEL_ANSWER", "CHANNEL_BRIDGE", "CHANNEL_UUID")
GONE = "CHANNEL_DESTROY"
_ADDRESS = re.compile(r"[0-9.]+(:[0-9]+)?|\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*\]?(:[0-9]+)?")


def unsure(row: Mapping[str, str]) -> bool:
    """Whether a row of `show channels` may not tell its leg's user.

    Of a leg that came in, the presence id has the host that its phone has dialled (`user_of`, leg.py); where
    that is a name it is taken for the domain.
    """
    host = row.get("presence_id", "").rpartition("@")[2]
    inbound = row.get("direction") == "inbound" and row.get("name", "").startswith("sofia/")
    return inbound and (not host or _ADDRESS.fullmatch(host) is not None)


class Legs:
    """Which legs there are, by uuid and by user."""

    def __init__(self) -> None:
        self._user: dict[str, str] = {}
        self._legs: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._user)

    def __contains__(self, uuid: object) -> bool:
        return uuid in self._user

    def of(self, user: str) -> tuple[str, ...]:
        """The uuids of a user's legs; `user` is `EXTENSION@DOMAIN` in lower case."""
        return tuple(sorted(self._legs.get(user, ())))

    def learn(self, uuid: str, user: str) -> None:
        """A leg is there; a user, once known, is kept though a later event may not say it."""
        known = self._user.get(uuid)
        if known is not None and (not user or user == known):
            return
        if known:
            self._leave(uuid, known)
        self._user[uuid] = user
        if user:
            self._legs.setdefault(user, set()).add(uuid)

    def forget(self, uuid: str) -> None:
        """A leg is gone; telling it twice does no harm."""
        if user := self._user.pop(uuid, ""):
            self._leave(uuid, user)

    def rename(self, old: str, new: str) -> None:
        """A leg got another uuid (CHANNEL_UUID, switch_core_session_set_uuid)."""
        user = self._user.get(old, "")
        self.forget(old)
        self.learn(new, user)

    def rebuild(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Begin anew from the rows of `show channels as json`."""
        self._user.clear()
        self._legs.clear()
        for row in rows:
            self.learn(row["uuid"], row.get("presence_id", "").lower())

    def _leave(self, uuid: str, user: str) -> None:
        legs = self._legs[user]
        legs.discard(uuid)
        if not legs:
            del self._legs[user]
