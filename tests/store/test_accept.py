"""Accept lists."""

from __future__ import annotations

import pytest

from controller.domain.names import GroupName, UserName
from controller.domain.policy import Feature
from controller.errors import AlreadyThere, NotFound
from controller.store import accept, groups, users
from controller.store.session import UnitOfWork

ALICE, BOB = UserName("1002", "pbx"), UserName("1003", "pbx")
RECEPTION, MANAGERS = GroupName("reception"), GroupName("managers")
WHISPER, INTERCOM = Feature.WHISPER, Feature.INTERCOM


@pytest.fixture(autouse=True)
def people(unit: UnitOfWork) -> None:
    groups.add(unit, RECEPTION, {})
    groups.add(unit, MANAGERS, {})
    users.add(unit, ALICE, {})
    users.add(unit, BOB, {})


def test_a_list_is_empty_at_first(unit: UnitOfWork) -> None:
    assert accept.listing(unit, ALICE) == ()


def test_users_and_groups_are_on_the_lists_of_users_and_groups(unit: UnitOfWork) -> None:
    for owner in (ALICE, RECEPTION):
        for allowed in (BOB, MANAGERS):
            accept.add(unit, owner, WHISPER, allowed)
        accept.add(unit, owner, INTERCOM, BOB)
        assert accept.listing(unit, owner) == ((WHISPER, BOB), (WHISPER, MANAGERS), (INTERCOM, BOB))


def test_nobody_is_listed_twice(unit: UnitOfWork) -> None:
    accept.add(unit, ALICE, WHISPER, MANAGERS)
    with pytest.raises(AlreadyThere, match="group:managers is on the whisper list of 1002@pbx already"):
        accept.add(unit, ALICE, WHISPER, MANAGERS)


def test_one_entry_is_removed_and_the_others_stay(unit: UnitOfWork) -> None:
    accept.add(unit, ALICE, WHISPER, MANAGERS)
    accept.add(unit, ALICE, INTERCOM, MANAGERS)
    accept.remove(unit, ALICE, WHISPER, MANAGERS)
    assert accept.listing(unit, ALICE) == ((INTERCOM, MANAGERS),)


def test_what_is_not_on_a_list_is_not_removed(unit: UnitOfWork) -> None:
    with pytest.raises(NotFound, match="1003@pbx is not on the whisper list of group:reception"):
        accept.remove(unit, RECEPTION, WHISPER, BOB)


def test_both_sides_of_an_entry_must_be_known(unit: UnitOfWork) -> None:
    with pytest.raises(NotFound, match="no user 7@pbx"):
        accept.add(unit, ALICE, WHISPER, UserName("7", "pbx"))
    with pytest.raises(NotFound, match="no settings group nosuch"):
        accept.add(unit, GroupName("nosuch"), WHISPER, ALICE)
