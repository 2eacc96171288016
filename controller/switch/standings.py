"""The states of users by their legs: who is on a call, calls somebody, or is rung, since when.

Only a leg whose user is known for sure counts (`user_of`, leg.py), and none that a page has added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from controller.domain.names import UserName
from controller.domain.presence import CallState
from controller.switch.channels import ChannelRow
from controller.switch.leg import number
from controller.switch.owners import Owners
from controller.switch.topologies import is_page_leg

_ORDER = tuple(CallState)
#: Call states of an answered channel in `show channels` (channel_callstate_t, switch_types.h).
_ANSWERED = frozenset({"ACTIVE", "HELD", "UNHELD"})


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a user, and since when, in microseconds since 1970 by the switch's clock."""

    state: CallState
    since: int
    user: UserName


class Standings:
    """The standing of each user that has a leg on one switch; `owners` knows who has which legs."""

    def __init__(self, owners: Owners) -> None:
        self._owners = owners
        self._legs: dict[str, Standing] = {}
        self._touched: dict[UserName, Standing | None] = {}

    def __len__(self) -> int:
        return len(self._legs)

    def __contains__(self, uuid: object) -> bool:
        return uuid in self._legs

    def of(self, user: UserName) -> Standing | None:
        """The standing of a user; None if it has no leg."""
        found = (self._legs.get(uuid) for uuid in self._owners.of(user))
        return first(each for each in found if each and each.user == user)

    def at(self, uuid: str) -> Standing | None:
        """The standing that a leg gives its user; None if it gives none."""
        return self._legs.get(uuid)

    def touched(self) -> Mapping[UserName, Standing | None]:
        """The users whose standing may have changed since the last call, with what it was then."""
        touched, self._touched = self._touched, {}
        return touched

    def before(self, user: UserName) -> Standing | None:
        """The standing of a user at the last call of `touched`; the legs may be read anew just now."""
        return self._touched[user] if user in self._touched else self.of(user)

    def users(self) -> Iterator[UserName]:
        """The users that have a leg or had one at the last call of `touched`; some of them several times."""
        yield from (each.user for each in self._legs.values())
        yield from self._touched

    def observe(self, uuid: str, user: UserName, text: Callable[[str], str]) -> None:
        """Take the headers of an event of a leg, or of its dump; `user` is the leg's for sure."""
        answer = text("Answer-State")
        if answer == "answered" and self._is(uuid, user, CallState.ON_CALL):
            return  # as most events say; nothing more of them is read
        if answer == "hangup" or is_page_leg(text("Channel-Name")):
            self.forget(uuid)
            return
        moment = number(text("Caller-Channel-Answered-Time")) if answer == "answered" else 0
        since = moment or number(text("Caller-Channel-Created-Time")) or number(text("Event-Date-Timestamp"))
        self.put(uuid, Standing(_state(text("Call-Direction"), answered=answer == "answered"), since, user))

    def found(self, row: ChannelRow, user: UserName) -> None:
        """Take a row of `show channels`; `user` is the leg's for sure."""
        if not is_page_leg(row.name):
            state = _state(row.direction, answered=row.callstate in _ANSWERED)
            self.put(row.uuid, Standing(state, row.created, user))

    def put(self, uuid: str, leg: Standing) -> None:
        """Keep the standing that a leg gives its user, unless it is in that state already."""
        if self._is(uuid, leg.user, leg.state):
            return  # since the moment that is known
        self.forget(uuid)
        self._touch(leg.user)
        self._legs[uuid] = leg

    def forget(self, uuid: str) -> None:
        """Remove a leg; removing it twice does no harm."""
        if leg := self._legs.get(uuid):
            self._touch(leg.user)
            del self._legs[uuid]

    def clear(self) -> None:
        """Forget every leg."""
        for each in self._legs.values():
            self._touch(each.user)
        self._legs.clear()

    def _is(self, uuid: str, user: UserName, state: CallState) -> bool:
        known = self._legs.get(uuid)
        return known is not None and known.state is state and known.user == user

    def _touch(self, user: UserName) -> None:
        """Keep the standing of a user from before a change; `owners` must still know it."""
        if user not in self._touched:
            self._touched[user] = self.of(user)


def first(standings: Iterable[Standing]) -> Standing | None:
    """The one of several standings of a user that counts; None if there is none."""
    return min(standings, key=lambda each: (_ORDER.index(each.state), each.since), default=None)


def _state(direction: str, *, answered: bool) -> CallState:
    if answered:
        return CallState.ON_CALL
    return CallState.RINGING if direction == "outbound" else CallState.CALLING
