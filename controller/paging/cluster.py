"""The switches of the settings: who is on a call at any of them, and between which of them pages go.

The tables of legs say, in memory, which switch has the target. If the target is on no call, it is the switch
at which it is registered, which is asked at that moment. Pages go only between switches that the settings
name with a dial string.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gevent.pool import Group

from controller.domain.decision import Basis, Situation
from controller.domain.leg import Leg, Registration
from controller.domain.names import UserName
from controller.domain.presence import CallState
from controller.errors import SwitchError
from controller.switch.identity import SwitchName
from controller.switch.legs import Legs
from controller.switch.queries import SwitchQueries
from controller.switch.registrations import at_switch

_CALLS = (CallState.ON_CALL, CallState.CALLING)


class Reachable(Protocol):
    """The connection to a switch."""

    @property
    def state(self) -> str:
        """`up` while the switch can be asked."""


@dataclass(frozen=True, eq=False)
class Place:
    """One switch; `dial` is the dial string by which the others send it a pager's call, if they can."""

    name: SwitchName
    dial: str
    queries: SwitchQueries
    legs: Legs
    link: Reachable

    @property
    def up(self) -> bool:
        """Whether the switch can be asked, and its legs are known."""
        return self.link.state == "up"


class Cluster:
    """All switches, and those of them between which pages go; the latter are none if there is one switch."""

    def __init__(self) -> None:
        self._every: list[Place] = []
        self._places: list[Place] = []

    def add(self, place: Place) -> None:
        """Add a switch. No page goes to one that the others cannot dial."""
        self._every.append(place)
        if place.dial:
            self._places.append(place)

    def idle(self, user: UserName) -> bool:
        """Whether a user has no leg on any switch; False while that is not known of one of them."""
        return all(each.up and not each.legs.of(user) for each in self._every)

    def calls(self, user: UserName, but: Collection[str] = ()) -> bool:
        """Whether a user is known to be on a call, or to call somebody, by a leg that `but` does not have."""
        states = [leg for each in self._every for leg in each.legs.states(user).items()]
        return any(state in _CALLS and uuid not in but for uuid, state in states)

    def has(self, name: str) -> bool:
        """Whether there is a switch with this name."""
        return any(str(each.name) == name for each in self._places)

    def place(self, name: str) -> Place | None:
        """The switch with this name, if it can be reached."""
        return next((each for each in self._places if str(each.name) == name and each.up), None)

    def situation(self, here: SwitchQueries, target: UserName) -> Situation:
        """The present situation of the target as seen from the switch that `here` asks, wherever it is.

        Raises SwitchError if that switch does not answer.
        """
        own = here.situation(target)
        home = next((each for each in self._places if each.queries is here), None)
        others = [each for each in self._places if each is not home]
        if home is None or not others or own.name is None:
            return own
        found = [_At(home, own, self._registered(home, own.registrations))]
        for place in others:
            if place.legs.of(own.name):
                told = _ask(place, own.name)
                if told is None:
                    return replace(own, away=str(place.name))
                found.append(_At(place, told, self._registered(place, told.registrations)))
        return self._decided(_joined(found), others, own.name)

    def basis(self, here: SwitchQueries, user: UserName) -> Basis:
        """What the tables of the same switches have of a user's legs at this moment; nobody is asked."""
        paged = any(each.queries is here for each in self._places)
        return here.basis(user).union(*(each.queries.basis(user) for each in self._places if paged))

    def own(self, here: SwitchQueries, user: UserName) -> Situation:
        """The situation of a user at the switch that `here` asks, and nowhere else. Raises SwitchError."""
        own = here.situation(user)
        home = next((each for each in self._places if each.queries is here), None)
        return replace(own, registrations=self._registered(home, own.registrations)) if home else own

    def _decided(self, found: list[_At], others: Sequence[Place], target: UserName) -> Situation:
        """The situation at the place where the target is, with what is known from the others."""
        talking = [each for each in found if any(leg.talking for leg in each.situation.legs)]
        if len(talking) > 1:
            return _together(found, found[0])
        if not talking:
            talking = [each for each in found if each.registrations]
        if not talking:
            asked = [place for place in others if all(each.place is not place for each in found)]
            talking = self._where_registered(asked, target)
            found = [*found, *talking]
        away = [] if talking else [str(place.name) for place in others if not place.up]
        where = talking[0] if talking else found[0]
        return replace(_together(found, where), away=", ".join(away))

    def _where_registered(self, places: Sequence[Place], target: UserName) -> list[_At]:
        up = [place for place in places if place.up]
        told = Group().map(lambda place: _ask(place, target), up)
        found = [_At(p, s, self._registered(p, s.registrations)) for p, s in zip(up, told, strict=True) if s]
        return [each for each in found if each.registrations]

    def _registered(self, place: Place, found: Iterable[Registration]) -> tuple[Registration, ...]:
        return at_switch(found, str(place.name), (str(each.name) for each in self._places))


@dataclass(frozen=True, eq=False)
class _At:
    """The target's situation at one place; `registrations` are of this place alone."""

    place: Place
    situation: Situation
    registrations: tuple[Registration, ...]


def _ask(place: Place, target: UserName) -> Situation | None:
    """The target's situation at a place; None if the switch does not answer."""
    if not place.up:
        return None
    try:
        return place.queries.situation(target)
    except SwitchError:
        return None


def _joined(found: Sequence[_At]) -> list[_At]:
    """The same, without the legs that only lead to the leg of the target's phone on another switch.

    Such a leg has the Call-ID of the leg that arrives there, the partner of the phone's leg.
    """
    arrived = {
        far.call_id: each
        for each in found
        for leg in each.situation.legs
        if (far := each.situation.partners.get(leg.partner)) and far.call_id
    }

    def leads(each: _At, leg: Leg) -> bool:
        return arrived.get(leg.call_id, each) is not each

    joined = []
    for each in found:
        situation = each.situation
        leading = [leg for leg in situation.legs if leads(each, leg)]
        pairs = tuple((leg, situation.partners.get(leg.partner)) for leg in leading)
        legs = tuple(leg for leg in situation.legs if leg not in leading)
        joined.append(replace(each, situation=replace(situation, legs=legs, through=pairs)))
    return joined


def _together(found: Sequence[_At], where: _At) -> Situation:
    """One situation of all places, at `where`: its phones ring, and its legs come first."""
    ordered = [where, *(each for each in found if each is not where)]
    situations = [each.situation for each in ordered]
    return replace(
        where.situation,
        legs=tuple(leg for each in situations for leg in each.legs),
        partners={uuid: leg for each in reversed(situations) for uuid, leg in each.partners.items()},
        paged=frozenset().union(*(each.paged for each in situations)),
        busy=frozenset().union(*(each.busy for each in situations)),
        through=tuple(pair for each in situations for pair in each.through),
        registrations=where.registrations,
        basis=frozenset().union(*(each.basis for each in situations)),
        switch="" if where is found[0] else str(where.place.name),
    )
