"""The states of users by their legs: who is on a call, calls somebody, or is rung, since when.

Only a leg whose user is known for sure counts (`user_of`, leg.py), and none that a page has added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from controller.domain.names import UserName
from controller.domain.presence import CallState
from controller.switch.leg import came_by_sip, named, number
from controller.switch.topologies import is_page_leg

_ORDER = tuple(CallState)
#: Call states of an answered channel in `show channels` (channel_callstate_t, switch_types.h).
_ANSWERED = frozenset({"ACTIVE", "HELD", "UNHELD"})
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """A state, and since when, in microseconds since 1970 by the switch's clock."""

    state: CallState
    since: int


@dataclass(frozen=True, slots=True)
class _Leg:
    user: UserName
    standing: Standing


class Standings:
    """The standing of each user that has a leg on one switch."""

    def __init__(self) -> None:
        self._legs: dict[str, _Leg] = {}
        self._of: dict[UserName, set[str]] = {}
        self._touched: set[UserName] = set()

    def of(self, user: UserName) -> Standing | None:
        """The standing of a user; None if it has no leg."""
        found = [self._legs[uuid].standing for uuid in self._of.get(user, ())]
        return min(found, key=lambda each: (_ORDER.index(each.state), each.since), default=None)

    def touched(self) -> frozenset[UserName]:
        """The users whose standing may have changed since the last call."""
        touched, self._touched = frozenset(self._touched), set()
        return touched

    def observe(self, uuid: str, user: UserName, text: Callable[[str], str]) -> None:
        """Take the headers of an event of a leg, or of its dump; `user` is the leg's for sure."""
        answer = text("Answer-State")
        known = self._legs.get(uuid)
        if (
            known
            and known.user == user
            and answer == "answered"
            and known.standing.state is CallState.ON_CALL
        ):
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
        for uuid in tuple(self._legs):
            self.forget(uuid)
        for row in rows:
            name, direction = row.get("name", ""), row.get("direction", "")
            user = named(row.get("presence_id", ""))
            if user is None or came_by_sip(name, direction) or is_page_leg(name):
                continue
            state = _state(direction, answered=row.get("callstate", "") in _ANSWERED)
            self._put(row["uuid"], user, state, number(row.get("created_epoch", "")) * _MICROSECONDS)

    def forget(self, uuid: str) -> None:
        """Remove a leg; removing it twice does no harm."""
        if leg := self._legs.pop(uuid, None):
            self._touched.add(leg.user)
            legs = self._of[leg.user]
            legs.discard(uuid)
            if not legs:
                del self._of[leg.user]

    def rename(self, old: str, new: str) -> None:
        """Change the uuid of a leg."""
        if leg := self._legs.get(old):
            self.forget(old)
            self._put(new, leg.user, leg.standing.state, leg.standing.since)

    def _put(self, uuid: str, user: UserName, state: CallState, since: int) -> None:
        known = self._legs.get(uuid)
        if known and known.user == user and known.standing.state is state:
            return  # it is so since then
        self.forget(uuid)
        self._legs[uuid] = _Leg(user, Standing(state, since))
        self._of.setdefault(user, set()).add(uuid)
        self._touched.add(user)


def _state(direction: str, *, answered: bool) -> CallState:
    if answered:
        return CallState.ON_CALL
    return CallState.RINGING if direction == "outbound" else CallState.CALLING
