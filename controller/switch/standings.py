"""The states of users by their legs: who is on a call, calls somebody, or is rung, since when.

Only a leg whose user is known for sure counts (`user_of`, leg.py), and none that a page has added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from controller.domain.names import UserName
from controller.domain.presence import CallState
from controller.switch.leg import came_by_sip, named, number
from controller.switch.topologies import is_page_leg

_ORDER = tuple(CallState)
#: Call states of an answered channel in `show channels` (channel_callstate_t, switch_types.h).
_ANSWERED = frozenset({"ACTIVE", "HELD", "UNHELD"})
_MICROSECONDS = 1_000_000


class Standing(NamedTuple):
    """A state, and since when, in microseconds since 1970 by the switch's clock."""

    state: CallState
    since: int


class Standings:
    """The standing of each user that has a leg on one switch."""

    def __init__(self) -> None:
        #: The user, state and moment of each leg: plain tuples, for thousands are made when it is rebuilt.
        self._legs: dict[str, tuple[UserName, CallState, int]] = {}
        self._of: dict[UserName, set[str]] = {}
        self._touched: set[UserName] = set()

    def of(self, user: UserName) -> Standing | None:
        """The standing of a user; None if it has no leg."""
        found = [Standing(*self._legs[uuid][1:]) for uuid in self._of.get(user, ())]
        return min(found, key=lambda each: (_ORDER.index(each.state), each.since), default=None)

    def touched(self) -> frozenset[UserName]:
        """The users whose standing may have changed since the last call."""
        touched, self._touched = frozenset(self._touched), set()
        return touched

    def observe(self, uuid: str, user: UserName, text: Callable[[str], str]) -> None:
        """Take the headers of an event of a leg, or of its dump; `user` is the leg's for sure."""
        answer = text("Answer-State")
        if answer == "answered" and self._is(uuid, user, CallState.ON_CALL):
            return  # as most events say; nothing more of them is read
        if answer == "hangup" or is_page_leg(text("Channel-Name")):
            self.forget(uuid)
            return
        moment = number(text("Caller-Channel-Answered-Time")) if answer == "answered" else 0
        self._put(
            uuid,
            user,
            _state(text("Call-Direction"), answered=answer == "answered"),
            moment or number(text("Caller-Channel-Created-Time")) or number(text("Event-Date-Timestamp")),
        )

    def rebuild(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Replace everything with the rows of `show channels as json` whose user is sure."""
        self._touched.update(self._of)
        self._legs.clear()
        self._of.clear()
        for row in rows:
            name, direction = row.get("name", ""), row.get("direction", "")
            user = named(row.get("presence_id", ""))
            if user is None or came_by_sip(name, direction) or is_page_leg(name):
                continue
            state = _state(direction, answered=row.get("callstate", "") in _ANSWERED)
            self._add(row["uuid"], user, state, number(row.get("created_epoch", "")) * _MICROSECONDS)
        self._touched.update(self._of)

    def forget(self, uuid: str) -> None:
        """Remove a leg; removing it twice does no harm."""
        if leg := self._legs.pop(uuid, None):
            user, _, _ = leg
            self._touched.add(user)
            legs = self._of[user]
            legs.discard(uuid)
            if not legs:
                del self._of[user]

    def rename(self, old: str, new: str) -> None:
        """Change the uuid of a leg."""
        if leg := self._legs.get(old):
            self.forget(old)
            self._put(new, *leg)

    def _is(self, uuid: str, user: UserName, state: CallState) -> bool:
        known = self._legs.get(uuid)
        return known is not None and known[1] is state and known[0] == user

    def _put(self, uuid: str, user: UserName, state: CallState, since: int) -> None:
        if self._is(uuid, user, state):
            return  # since the moment that is known
        self.forget(uuid)
        self._add(uuid, user, state, since)
        self._touched.add(user)

    def _add(self, uuid: str, user: UserName, state: CallState, since: int) -> None:
        self._legs[uuid] = user, state, since
        if legs := self._of.get(user):
            legs.add(uuid)
        else:
            self._of[user] = {uuid}


def _state(direction: str, *, answered: bool) -> CallState:
    if answered:
        return CallState.ON_CALL
    return CallState.RINGING if direction == "outbound" else CallState.CALLING
