"""Which legs a user has."""

from __future__ import annotations

import pytest

from controller.domain.names import UserName
from controller.switch.owners import Owners

BOB, CAROL = UserName("1002", "pbx.test"), UserName("1003", "pbx.test")


@pytest.mark.parametrize("legs", [(), ("a",), ("a", "b"), ("a", "b", "c")])
def test_user_has_the_legs_that_it_was_given(legs: tuple[str, ...]) -> None:
    owners = Owners()
    for leg in legs:
        owners.join(leg, BOB)
    assert owners.of(BOB) == legs
    assert owners.of(CAROL) == ()


@pytest.mark.parametrize("gone", ["a", "b", "c", "x"])
def test_leg_that_is_taken_away_is_gone_and_the_others_stay(gone: str) -> None:
    owners = Owners()
    for leg in "abc":
        owners.join(leg, BOB)
    owners.leave(gone, BOB)
    assert owners.of(BOB) == tuple(leg for leg in "abc" if leg != gone)


def test_user_without_legs_is_forgotten() -> None:
    owners = Owners()
    owners.join("a", BOB)
    owners.leave("a", BOB)
    owners.leave("a", BOB)
    owners.join("b", CAROL)
    owners.clear()
    assert owners.of(BOB) == owners.of(CAROL) == ()
