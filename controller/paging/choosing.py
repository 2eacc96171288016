"""Chooses the switch for a user that is to be rung."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from controller.domain.names import UserName
from controller.errors import SwitchError, SwitchUnreachable
from controller.eventsocket.link import Link
from controller.switch.queries import SwitchQueries

T = TypeVar("T")


class Connected(Protocol):
    """The parts for one switch."""

    @property
    def link(self) -> Link:
        """Its link."""

    @property
    def queries(self) -> SwitchQueries:
        """What asks it."""


C = TypeVar("C", bound=Connected)


def home(places: Sequence[C], user: UserName) -> C:
    """The switch where a user has a phone, or else the first that is up. Raises SwitchUnreachable."""
    there = [place for place in places if place.link.state == "up"]
    if not there:
        raise SwitchUnreachable("No switch can be reached: see /readyz.")
    return with_phone(there, lambda each: len(there) == 1 or bool(each.queries.registrations(user)))


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
