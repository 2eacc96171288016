"""The switch at which a user is rung."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from controller.domain.leg import Registration
from controller.domain.names import UserName
from controller.errors import SwitchUnreachable
from controller.eventsocket.link import Link
from controller.paging.choosing import home
from controller.switch.queries import SwitchQueries

USER = UserName("1002", "pbx.test")


@dataclass
class Queries:
    """The queries of one switch, which knows the registrations at these switches."""

    at: tuple[str, ...] = ()

    def registrations(self, user: UserName) -> tuple[Registration, ...]:
        return tuple(Registration(f"sofia/internal/sip:1002@{each}", switch=each) for each in self.at)


@dataclass
class Switch:
    name: str
    at: tuple[str, ...] = ()
    state: str = "up"
    queries: SwitchQueries = field(init=False)
    link: Link = field(init=False)

    def __post_init__(self) -> None:
        self.queries = cast(SwitchQueries, Queries(self.at))
        self.link = cast(Link, self)


@pytest.mark.parametrize(
    ("switches", "place"),
    [
        ([Switch("a"), Switch("b", at=("b",))], "b"),
        ([Switch("a", at=("a",)), Switch("b", at=("b",))], "a"),
        ([Switch("a", at=("b",)), Switch("b", at=("b",))], "b"),
        ([Switch("a", at=("c", "b")), Switch("b", at=("c", "b")), Switch("c", at=("c", "b"))], "b"),
        ([Switch("a"), Switch("b", at=("",))], "b"),
        ([Switch("a"), Switch("b", at=("old-name",))], "b"),
        ([Switch("a", at=("c",)), Switch("b", at=("c",)), Switch("c", at=("c",), state="down")], "a"),
        ([Switch("a", at=("b",), state="down"), Switch("b")], "b"),
    ],
    ids=[
        "its own",
        "two phones",
        "one database",
        "one database, two phones",
        "a switch that does not say its name",
        "a switch that nobody knows",
        "a switch that is away",
        "the only one that is up",
    ],
)
def test_user_is_rung_at_the_switch_that_has_registered_its_phone(switches: list[Switch], place: str) -> None:
    assert home(switches, USER).name == place


def test_without_any_switch_there_is_a_sentence() -> None:
    with pytest.raises(SwitchUnreachable, match="/readyz"):
        home([Switch("a", state="down")], USER)
