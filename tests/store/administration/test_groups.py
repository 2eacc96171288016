"""The changes of settings groups, for all domains and for one."""

from __future__ import annotations

import pytest

from controller.administration import groups, users
from controller.administration.change import Action
from controller.administration.reach import EVERYTHING, Reach
from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept, Feature, WhenNotAccepted
from controller.errors import InvalidValue, NotFound, Outdated, OutOfReach
from controller.store import accept
from controller.store.session import UnitOfWork

ONE = Reach("one.test")
SHARED, OWN, FOREIGN = GroupName("sales"), GroupName("sales@one.test"), GroupName("sales@two.test")


@pytest.fixture(autouse=True)
def present(unit: UnitOfWork) -> None:
    for name in (SHARED, OWN, FOREIGN):
        groups.add(unit, EVERYTHING, name, {})


def test_one_domain_sees_its_own_groups_and_those_of_all(unit: UnitOfWork) -> None:
    assert [group.name for group in groups.listing(unit, ONE)] == ["default", "sales", "sales@one.test"]
    assert "sales@two.test" in [group.name for group in groups.listing(unit, EVERYTHING)]


def test_one_domain_counts_its_own_members_alone(unit: UnitOfWork) -> None:
    for domain in ("one.test", "two.test", "three.test"):
        users.add(unit, EVERYTHING, UserName("1001", domain), {"settings_group": "sales"})
    assert groups.show(unit, ONE, SHARED).members == 1
    assert {group.name: group.members for group in groups.listing(unit, ONE)}["sales"] == 1
    assert groups.show(unit, EVERYTHING, SHARED).members == 3


def test_a_change_says_what_was_before_and_what_is_now(unit: UnitOfWork) -> None:
    change = groups.change(unit, ONE, OWN, {"when_not_accepted": WhenNotAccepted.CALL})
    assert change.action is Action.CHANGED
    assert change.details == "when_not_accepted: refuse -> call"


def test_a_group_of_all_domains_is_not_for_one_to_change(unit: UnitOfWork) -> None:
    with pytest.raises(OutOfReach):
        groups.change(unit, ONE, SHARED, {"whisper_initiate": True})
    with pytest.raises(OutOfReach):
        groups.remove(unit, ONE, SHARED)
    assert not groups.show(unit, ONE, SHARED).whisper_initiate


@pytest.mark.parametrize("act", ["show", "change", "remove", "entries"])
def test_a_group_of_another_domain_is_missing_in_the_same_words(unit: UnitOfWork, act: str) -> None:
    def said(name: GroupName) -> str:
        more = ({"whisper_initiate": True},) if act == "change" else ()
        with pytest.raises(NotFound) as raised:
            getattr(groups, act)(unit, ONE, name, *more)
        return str(raised.value)

    assert said(FOREIGN).replace("sales", "none") == said(GroupName("none@two.test"))


@pytest.mark.parametrize("name", ["desk", "desk@two.test", "sales@two.test", "sales"])
def test_one_domain_adds_groups_of_its_own_alone(unit: UnitOfWork, name: str) -> None:
    with pytest.raises(OutOfReach, match=r"a name like sales@one\.test"):
        groups.add(unit, ONE, GroupName(name), {})
    assert groups.add(unit, ONE, GroupName("desk@one.test"), {}).action is Action.ADDED


def test_a_change_of_an_old_version_changes_nothing(unit: UnitOfWork) -> None:
    old = groups.version(groups.show(unit, ONE, OWN))
    groups.change(unit, ONE, OWN, {"whisper_accept": Accept.ALL}, old)
    with pytest.raises(Outdated):
        groups.change(unit, ONE, OWN, {"whisper_accept": Accept.NONE}, old)
    with pytest.raises(Outdated):
        groups.remove(unit, ONE, OWN, old)
    assert groups.show(unit, ONE, OWN).whisper_accept is Accept.ALL


def test_a_new_member_does_not_make_a_version_old(unit: UnitOfWork) -> None:
    version = groups.version(groups.show(unit, ONE, OWN))
    users.add(unit, ONE, UserName("1001", "one.test"), {"settings_group": str(OWN)})
    groups.change(unit, ONE, OWN, {"whisper_initiate": True}, version)


def test_a_group_with_members_stays(unit: UnitOfWork) -> None:
    users.add(unit, ONE, UserName("1001", "one.test"), {"settings_group": str(OWN)})
    with pytest.raises(InvalidValue, match="has 1 user"):
        groups.remove(unit, ONE, OWN)


def test_the_entries_of_its_lists_are_counted(unit: UnitOfWork) -> None:
    accept.add(unit, OWN, Feature.WHISPER, SHARED)
    assert groups.entries(unit, ONE, OWN) == 1
