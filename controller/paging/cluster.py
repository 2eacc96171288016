"""The switches of the settings: who is on a call at any of them, and between which of them pages go.

The tables of legs say, in memory, which switch has the target. If the target is on no call, it is the switch
at which it is registered, which is asked at that moment. Pages go only between switches that the settings
name with a dial string.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

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

T = TypeVar("T")
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
    """All switches, and those of them between which pages go; the latter are none if there is one switch.

    `spread`: a phone may have its calls at a switch that has not registered it, since a proxy spreads them.
    Otherwise that is so as soon as a switch tells a registration of another one: they share one database.
    """

    def __init__(self, *, spread: bool = False) -> None:
        self._spread = spread
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

        If it is on a call, the switches without a leg of it are not asked for its phones (`with_phones`).
        Raises SwitchError if that switch does not answer.
        """
        own = here.situation(target)
        home, others = self._seen_from(here)
        user = own.name
        if home is None or not others or user is None:
            return own
        found = [_At(home, own, self._registered(home, own.registrations))]
        for place in others:
            if place.legs.of(user):
                told = _ask(place, lambda queries: queries.situation(user))
                if told is None:
                    return replace(own, away=str(place.name))
                found.append(_At(place, told, self._registered(place, told.registrations)))
        return self._decided(_joined(found), others, user)

    def with_phones(self, here: SwitchQueries, target: UserName, situation: Situation) -> Situation:
        """The same situation, with the phones that are registered at any other switch than `here`."""
        home, others = self._seen_from(here)
        return self._phones_at(others, target, situation) if home else situation

    def basis(self, here: SwitchQueries, user: UserName) -> Basis:
        """What the tables of the same switches have of a user's legs at this moment; nobody is asked."""
        paged = any(each.queries is here for each in self._places)
        return here.basis(user).union(*(each.queries.basis(user) for each in self._places if paged))

    def own(self, here: SwitchQueries, user: UserName) -> Situation:
        """The situation of a user at the switch that `here` asks, and nowhere else. Raises SwitchError."""
        own = here.situation(user)
        home, _ = self._seen_from(here)
        return replace(own, registrations=self._registered(home, own.registrations)) if home else own

    def _seen_from(self, here: SwitchQueries) -> tuple[Place | None, list[Place]]:
        """The switch that `here` asks, if pages go from it to others, and these."""
        home = next((each for each in self._places if each.queries is here), None)
        return home, [each for each in self._places if each is not home]

    def _decided(self, found: list[_At], others: Sequence[Place], target: UserName) -> Situation:
        """The situation at the place where the target is, with what is known from the others."""
        talking = [each for each in found if any(leg.talking for leg in each.situation.legs)]
        phones = next((each for each in (*talking, *found) if each.registrations), None)
        where = next(iter(talking), phones or found[0])
        situation = _together(found, where, phones)
        if not talking and not phones:
            return self._phones_at(others, target, situation)
        away = [place for place in others if self._spread and not place.up]
        if not talking:
            return replace(situation, away=_names(away))
        # another phone of the target may be on a call there
        maybe = (each.address for each in situation.registrations if away)
        return replace(situation, busy=situation.busy.union(maybe))

    def _phones_at(self, places: Sequence[Place], target: UserName, situation: Situation) -> Situation:
        """The situation with the phones at the first of these places that has one."""
        asked = Group().map(lambda place: _ask(place, lambda queries: queries.registrations(target)), places)
        told = {
            place: self._registered(place, each) for place, each in zip(places, asked, strict=True) if each
        }
        place = next((place for place, phones in told.items() if phones), None)
        if place:
            switch = situation.switch if any(leg.talking for leg in situation.legs) else str(place.name)
            situation = replace(
                situation, registrations=told[place], switch=switch, phones_switch=str(place.name)
            )
        silent = [place for place, each in zip(places, asked, strict=True) if each is None]
        return replace(situation, away=_names(silent if self._spread or not place else ()))

    def _registered(self, place: Place, found: Iterable[Registration]) -> tuple[Registration, ...]:
        found, names = tuple(found), [str(each.name) for each in self._places]
        ours = at_switch(found, str(place.name), names)
        self._spread = self._spread or len(ours) < len(found)
        return ours


@dataclass(frozen=True, eq=False)
class _At:
    """The target's situation at one place; `registrations` are of this place alone."""

    place: Place
    situation: Situation
    registrations: tuple[Registration, ...]


def _ask(place: Place, what: Callable[[SwitchQueries], T]) -> T | None:
    """The answer of a place; None if the switch does not answer."""
    if not place.up:
        return None
    try:
        return what(place.queries)
    except SwitchError:
        return None


def _names(places: Iterable[Place]) -> str:
    return ", ".join(str(each.name) for each in places)


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


def _together(found: Sequence[_At], where: _At, phones: _At | None) -> Situation:
    """One situation of all places: the legs at `where` come first, and the phones are those at `phones`."""
    ordered = [where, *(each for each in found if each is not where)]
    situations = [each.situation for each in ordered]

    def name(each: _At | None) -> str:
        return "" if each is None or each is found[0] else str(each.place.name)

    return replace(
        where.situation,
        legs=tuple(leg for each in situations for leg in each.legs),
        partners={uuid: leg for each in reversed(situations) for uuid, leg in each.partners.items()},
        paged=frozenset().union(*(each.paged for each in situations)),
        busy=frozenset().union(*(each.busy for each in situations)),
        through=tuple(pair for each in situations for pair in each.through),
        registrations=phones.registrations if phones else (),
        switch=name(where),
        phones_switch=name(phones),
        basis=frozenset().union(*(each.basis for each in situations)),
    )
