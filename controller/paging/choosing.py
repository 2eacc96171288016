"""Chooses the switch for a user that is to be rung."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from controller.domain.names import UserName
from controller.errors import SwitchError, SwitchUnreachable
from controller.eventsocket.link import Link
from controller.switch.queries import SwitchQueries
from controller.switch.registrations import at_switch

T = TypeVar("T")


class Connected(Protocol):
    """The parts for one switch."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def link(self) -> Link:
        """Its link."""

    @property
    def queries(self) -> SwitchQueries:
        """What asks it."""


C = TypeVar("C", bound=Connected)


def home(places: Sequence[C], user: UserName) -> C:
    """The switch where a user has a phone, or else the first that is up. Raises SwitchUnreachable.

    A phone is at the switch that has registered it, even if all of them know it from one database.
    """
    there = [place for place in places if place.link.state == "up"]
    if not there:
        raise SwitchUnreachable("No switch can be reached: see /readyz.")
    names = [place.name for place in places]

    def registered(place: C) -> bool:
        return len(there) == 1 or bool(at_switch(place.queries.registrations(user), place.name, names))

    return with_phone(there, registered)


def with_phone(places: Iterable[T], registered: Callable[[T], bool]) -> T:
    """The first switch at which a user has a phone, or else the first that answers.

    `registered` asks one switch. If no switch answers, this raises the SwitchError of the first one.
    """
    answering: list[T] = []
    errors: list[SwitchError] = []
    for place in places:
        try:
            if registered(place):
                return place
            answering.append(place)
        except SwitchError as error:
            errors.append(error)
    if answering:
        return answering[0]
    raise errors[0] if errors else SwitchUnreachable("No switch can be reached.")
