"""The changes of accept lists, for all domains and for one."""

from __future__ import annotations

import pytest

from controller.administration import groups, lists, users
from controller.administration.change import Action
from controller.administration.reach import EVERYTHING, Reach
from controller.domain.names import GroupName, Principal, UserName
from controller.domain.policy import Accept, Feature
from controller.errors import AlreadyThere, NotFound, OutOfReach
from controller.store.session import UnitOfWork

ONE = Reach("one.test")
ALICE, BOB = UserName("1001", "one.test"), UserName("1002", "one.test")
STRANGER = UserName("1001", "two.test")
SHARED, OWN, FOREIGN = GroupName("sales"), GroupName("sales@one.test"), GroupName("sales@two.test")


@pytest.fixture(autouse=True)
def present(unit: UnitOfWork) -> None:
    for user in (ALICE, BOB, STRANGER):
        users.add(unit, EVERYTHING, user, {})
    for group in (SHARED, OWN, FOREIGN):
        groups.add(unit, EVERYTHING, group, {})


def test_an_entry_says_whether_it_counts(unit: UnitOfWork) -> None:
    change = lists.add(unit, ONE, ALICE, Feature.WHISPER, BOB)
    assert (change.action, change.name) == (Action.ADDED, "1001@one.test whisper 1002@one.test")
    assert change.result.in_effect is Accept.NONE
    users.change(unit, ONE, ALICE, {"whisper_accept": Accept.LISTED})
    (entry,) = lists.listing(unit, ONE, ALICE)
    assert (entry.allowed, entry.in_effect) == (BOB, Accept.LISTED)


def test_an_entry_is_added_once_and_removed_once(unit: UnitOfWork) -> None:
    lists.add(unit, ONE, OWN, Feature.INTERCOM, SHARED)
    with pytest.raises(AlreadyThere):
        lists.add(unit, ONE, OWN, Feature.INTERCOM, SHARED)
    change = lists.remove(unit, ONE, OWN, Feature.INTERCOM, SHARED)
    assert (change.action, change.name) == (Action.REMOVED, "group:sales@one.test intercom group:sales")
    with pytest.raises(NotFound):
        lists.remove(unit, ONE, OWN, Feature.INTERCOM, SHARED)


@pytest.mark.parametrize(
    ("there", "missing"),
    [(STRANGER, UserName("9999", "two.test")), (FOREIGN, GroupName("none@two.test"))],
)
def test_what_is_of_another_domain_is_missing_as_owner_and_as_who_is_allowed(
    unit: UnitOfWork, there: Principal, missing: Principal
) -> None:
    def said(owner: Principal, allowed: Principal) -> str:
        with pytest.raises(NotFound) as raised:
            lists.add(unit, ONE, owner, Feature.WHISPER, allowed)
        return str(raised.value).replace(str(there), "X").replace(str(missing), "X")

    assert said(ALICE, there) == said(ALICE, missing)
    assert said(there, ALICE) == said(missing, ALICE)
    for owner in (there, missing):
        with pytest.raises(NotFound):
            lists.listing(unit, ONE, owner)


def test_of_a_group_of_all_domains_one_sees_its_own_entries_and_changes_none(unit: UnitOfWork) -> None:
    for allowed in (ALICE, STRANGER):
        lists.add(unit, EVERYTHING, SHARED, Feature.WHISPER, allowed)
    assert [entry.allowed for entry in lists.listing(unit, ONE, SHARED)] == [ALICE]
    with pytest.raises(OutOfReach):
        lists.add(unit, ONE, SHARED, Feature.WHISPER, BOB)
    with pytest.raises(OutOfReach):
        lists.remove(unit, ONE, SHARED, Feature.WHISPER, ALICE)
