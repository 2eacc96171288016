"""Settings groups."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept, Feature, WhenNotAccepted
from controller.errors import AlreadyThere, InvalidValue, NotFound
from controller.store import accept, groups, users
from controller.store.session import UnitOfWork
from controller.store.settings import Group

RECEPTION, DEFAULT = GroupName("reception"), GroupName("default")
DENIES = Group(
    name="reception",
    whisper_initiate=False,
    whisper_accept=Accept.NONE,
    intercom_initiate=False,
    intercom_accept=Accept.NONE,
    when_not_accepted=WhenNotAccepted.REFUSE,
    members=0,
)


def test_a_new_group_denies_what_is_not_given(unit: UnitOfWork) -> None:
    groups.add(unit, RECEPTION, {})
    assert groups.show(unit, RECEPTION) == DENIES


def test_a_group_keeps_what_it_is_given(unit: UnitOfWork) -> None:
    groups.add(unit, RECEPTION, {"whisper_initiate": True, "intercom_accept": Accept.LISTED})
    groups.change(unit, RECEPTION, {"when_not_accepted": WhenNotAccepted.CALL})
    found = groups.show(unit, RECEPTION)
    assert (found.whisper_initiate, found.intercom_accept) == (True, Accept.LISTED)
    assert found.when_not_accepted is WhenNotAccepted.CALL


def test_a_group_is_not_added_twice(unit: UnitOfWork) -> None:
    with pytest.raises(AlreadyThere, match="There is a settings group"):
        groups.add(unit, DEFAULT, {})


def test_groups_are_listed_by_name_with_their_members(unit: UnitOfWork) -> None:
    groups.add(unit, RECEPTION, {})
    groups.add(unit, GroupName("a"), {})
    users.add(unit, UserName("1002", "pbx"), {"settings_group": "reception"})
    found = [(group.name, group.members) for group in groups.listing(unit)]
    assert found == [("a", 0), ("default", 0), ("reception", 1)]


def test_the_default_group_cannot_be_removed(unit: UnitOfWork) -> None:
    with pytest.raises(InvalidValue, match="default is protected"):
        groups.remove(unit, DEFAULT)


def test_a_group_with_users_cannot_be_removed(unit: UnitOfWork) -> None:
    groups.add(unit, RECEPTION, {})
    users.add(unit, UserName("1002", "pbx"), {"settings_group": "reception"})
    with pytest.raises(InvalidValue, match="has 1 user"):
        groups.remove(unit, RECEPTION)


def test_a_group_is_removed_with_its_accept_list(unit: UnitOfWork) -> None:
    groups.add(unit, RECEPTION, {})
    accept.add(unit, RECEPTION, Feature.WHISPER, DEFAULT)
    accept.add(unit, DEFAULT, Feature.WHISPER, RECEPTION)
    groups.remove(unit, RECEPTION)
    assert accept.listing(unit, DEFAULT) == ()
    with pytest.raises(NotFound):
        groups.show(unit, RECEPTION)


@pytest.mark.parametrize(
    "ask",
    [
        lambda unit: groups.show(unit, RECEPTION),
        lambda unit: groups.change(unit, RECEPTION, {"whisper_initiate": True}),
        lambda unit: groups.remove(unit, RECEPTION),
    ],
)
def test_a_group_that_does_not_exist_is_reported(
    unit: UnitOfWork, ask: Callable[[UnitOfWork], object]
) -> None:
    with pytest.raises(NotFound, match="There is no settings group reception"):
        ask(unit)
