"""The changes of users, for all domains and for one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from controller.administration import users
from controller.administration.change import Action, Subject, version_of
from controller.administration.reach import EVERYTHING, Reach
from controller.administration.users import Loss
from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept, Feature
from controller.errors import AlreadyThere, NotFound, Outdated, OutOfReach, WhisperPageError
from controller.store import accept, groups, key_tokens
from controller.store.session import UnitOfWork
from controller.store.settings import UserChanges

ONE = Reach("one.test")
ALICE, BOB = UserName("1001", "one.test"), UserName("1002", "one.test")
STRANGER, NOBODY = UserName("1001", "two.test"), UserName("9999", "two.test")


@pytest.fixture(autouse=True)
def people(unit: UnitOfWork) -> None:
    for name in (ALICE, BOB, STRANGER):
        users.add(unit, EVERYTHING, name, {})


def sentence(work: Callable[[], object], error: type[WhisperPageError]) -> str:
    with pytest.raises(error) as raised:
        work()
    return str(raised.value)


def test_a_change_says_what_was_before_and_what_is_now(unit: UnitOfWork) -> None:
    change = users.change(unit, ONE, ALICE, {"whisper_accept": Accept.ALL, "pages_off": True})
    assert (change.subject, change.name, change.action) == (Subject.USER, str(ALICE), Action.CHANGED)
    assert change.before
    assert change.after
    assert (change.before.pages_off, change.after.pages_off) == (False, True)
    assert change.result == change.after == users.show(unit, ONE, ALICE)
    assert "pages_off: no -> yes" in change.details
    assert "whisper.accept: none -> all" in change.details


def test_a_change_that_changes_nothing_says_so(unit: UnitOfWork) -> None:
    change = users.change(unit, ONE, ALICE, {"pages_off": False})
    assert (change.action, change.details) == (Action.UNCHANGED, "")


def test_what_is_added_has_no_before_and_what_is_removed_no_after(unit: UnitOfWork) -> None:
    added = users.add(unit, ONE, UserName("1003", "one.test"), {})
    assert (added.action, added.before, added.details) == (Action.ADDED, None, "")
    removed = users.remove(unit, ONE, ALICE)
    assert (removed.action, removed.after) == (Action.REMOVED, None)
    assert removed.result.name == ALICE


@pytest.mark.parametrize("act", ["show", "change", "remove", "loss"])
def test_a_user_of_another_domain_is_missing_in_the_same_words(unit: UnitOfWork, act: str) -> None:
    more: tuple[UserChanges, ...] = ({"pages_off": True},) if act == "change" else ()

    def said(name: UserName) -> str:
        return sentence(lambda: getattr(users, act)(unit, ONE, name, *more), NotFound)

    assert said(STRANGER).replace("1001", "9999") == said(NOBODY)
    assert not users.show(unit, EVERYTHING, STRANGER).pages_off


def test_a_user_of_another_domain_cannot_be_added_whether_it_is_there_or_not(unit: UnitOfWork) -> None:
    there, not_there = (
        sentence(lambda name=name: users.add(unit, ONE, name, {}), OutOfReach) for name in (STRANGER, NOBODY)
    )
    assert there == not_there


def test_a_group_of_another_domain_is_missing_in_the_same_words(unit: UnitOfWork) -> None:
    groups.add(unit, GroupName("sales@two.test"), {})

    def said(group: str) -> str:
        return sentence(lambda: users.change(unit, ONE, ALICE, {"settings_group": group}), NotFound)

    assert said("sales@two.test").replace("sales", "none") == said("none@two.test")
    assert sentence(lambda: users.listing(unit, ONE, group=GroupName("sales@two.test")), NotFound)


def test_a_user_that_is_there_is_not_added_again(unit: UnitOfWork) -> None:
    with pytest.raises(AlreadyThere):
        users.add(unit, ONE, ALICE, {})


def test_a_change_of_an_old_version_changes_nothing(unit: UnitOfWork) -> None:
    old = version_of(users.show(unit, ONE, ALICE))
    now = version_of(users.change(unit, ONE, ALICE, {"whisper_initiate": True}, old).result)
    assert now != old
    with pytest.raises(Outdated):
        users.change(unit, ONE, ALICE, {"pages_off": True}, old)
    with pytest.raises(Outdated):
        users.remove(unit, ONE, ALICE, old)
    assert version_of(users.show(unit, ONE, ALICE)) == now
    users.remove(unit, ONE, ALICE, now)


def test_many_users_are_changed_together_or_not_at_all(unit: UnitOfWork) -> None:
    changes = users.change_all(unit, ONE, [BOB, ALICE, BOB], {"pages_off": True})
    assert [change.name for change in changes] == [str(ALICE), str(BOB)]
    with pytest.raises(NotFound):
        users.change_all(unit, ONE, [ALICE, STRANGER], {"pages_off": False})


def test_the_loss_of_a_removal_is_known_before(unit: UnitOfWork) -> None:
    key_tokens.issue(unit, ALICE)
    revoked, _ = key_tokens.issue(unit, ALICE)
    key_tokens.revoke(unit, revoked.id)
    accept.add(unit, ALICE, Feature.WHISPER, BOB)
    assert users.loss(unit, ONE, ALICE) == Loss(tokens=1, entries=1)


def test_a_listing_has_the_users_in_reach(unit: UnitOfWork) -> None:
    assert [user.name for user in users.listing(unit, ONE)] == [ALICE, BOB]
    assert [user.name for user in users.listing(unit, EVERYTHING)] == [ALICE, BOB, STRANGER]
    assert [user.name for user in users.listing(unit, EVERYTHING, domain="two.test")] == [STRANGER]
    with pytest.raises(OutOfReach):
        users.listing(unit, ONE, domain="two.test")


@pytest.mark.parametrize(
    ("search", "found"), [("002@", [BOB]), ("ONE.test", [ALICE, BOB]), ("%", []), ("_", []), ("1001@two", [])]
)
def test_a_part_of_a_name_finds_users(unit: UnitOfWork, search: str, found: list[UserName]) -> None:
    assert [user.name for user in users.listing(unit, ONE, search=search)] == found


def test_a_long_listing_comes_in_pieces_that_lose_and_repeat_nobody(unit: UnitOfWork) -> None:
    pieces, after = [], None
    while piece := users.listing(unit, EVERYTHING, after=after, limit=1):
        pieces += piece
        after = piece[-1].name
    assert [user.name for user in pieces] == [ALICE, BOB, STRANGER]
