"""Page groups in SQL: who is paged by an extension, and what may be a group or a member."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from controller.administration import groups, page_groups
from controller.administration.reach import EVERYTHING, Reach
from controller.domain.names import GroupName, UserName
from controller.domain.page_group import PageGroup, PageGroupName
from controller.errors import AlreadyThere, InvalidValue, NotFound, OutOfReach
from controller.store import page_groups as rows
from controller.store import users
from controller.store.session import UnitOfWork

YARD = PageGroupName("600", "one.test")
ANNA, BERT, CARA = (UserName(each, "one.test") for each in ("1002", "1003", "1004"))
OWN = Reach("one.test")


@pytest.fixture
def yard(unit: UnitOfWork) -> UnitOfWork:
    page_groups.add(unit, EVERYTHING, YARD, "Yard")
    return unit


def test_members_are_users_and_the_users_of_settings_groups_each_once(yard: UnitOfWork) -> None:
    groups.add(yard, EVERYTHING, GroupName("sales"), {})
    for user in (ANNA, BERT, UserName("7", "two.test")):
        users.add(yard, user, {"settings_group": "sales"})
    for member in (CARA, ANNA, GroupName("sales")):
        page_groups.add_member(yard, EVERYTHING, YARD, member)
    assert rows.members_of(yard, "600", "one.test") == (ANNA, BERT, CARA)


def test_member_need_not_be_in_sql(yard: UnitOfWork) -> None:
    page_groups.add_member(yard, EVERYTHING, YARD, CARA)
    assert rows.members_of(yard, "600", "one.test") == (CARA,)


def test_extension_of_no_page_group_pages_nobody(yard: UnitOfWork) -> None:
    assert rows.members_of(yard, "601", "one.test") is None
    assert rows.members_of(yard, "600", "two.test") is None
    assert rows.members_of(yard, "600", "one.test") == ()


def test_group_of_the_domain_counts_before_one_of_all(yard: UnitOfWork) -> None:
    everybody = PageGroupName("600")
    page_groups.add(yard, EVERYTHING, everybody)
    page_groups.add_member(yard, EVERYTHING, everybody, UserName("7", "two.test"))
    page_groups.add_member(yard, EVERYTHING, everybody, ANNA)
    page_groups.add_member(yard, EVERYTHING, YARD, BERT)
    assert rows.members_of(yard, "600", "one.test") == (BERT,)
    assert rows.members_of(yard, "600", "two.test") == (UserName("7", "two.test"),)


def test_a_group_that_is_removed_takes_its_members_along(yard: UnitOfWork) -> None:
    page_groups.add_member(yard, EVERYTHING, YARD, ANNA)
    page_groups.remove(yard, EVERYTHING, YARD)
    page_groups.add(yard, EVERYTHING, YARD)
    assert page_groups.show(yard, EVERYTHING, YARD) == PageGroup(YARD)


def test_a_settings_group_that_is_removed_is_no_member_any_more(yard: UnitOfWork) -> None:
    groups.add(yard, EVERYTHING, GroupName("sales"), {})
    page_groups.add_member(yard, EVERYTHING, YARD, GroupName("sales"))
    assert page_groups.show(yard, EVERYTHING, YARD).members == (GroupName("sales"),)
    groups.remove(yard, EVERYTHING, GroupName("sales"))
    assert page_groups.show(yard, EVERYTHING, YARD).members == ()


def test_to_add_a_member_again_changes_nothing(yard: UnitOfWork) -> None:
    first, again = (page_groups.add_member(yard, EVERYTHING, YARD, ANNA) for _ in range(2))
    assert (first.details, again.details) == ("members: none -> 1002@one.test", "")


def test_the_extension_of_a_user_or_of_another_page_group_is_taken(yard: UnitOfWork) -> None:
    users.add(yard, ANNA, {})
    for taken in (PageGroupName(ANNA.extension, ANNA.domain), YARD):
        with pytest.raises(AlreadyThere):
            page_groups.add(yard, EVERYTHING, taken)


@pytest.mark.parametrize("member", [UserName("7", "two.test"), GroupName("nobody")])
def test_users_of_other_domains_and_groups_that_are_not_there_are_no_members(
    yard: UnitOfWork, member: UserName | GroupName
) -> None:
    with pytest.raises((InvalidValue, NotFound)):
        page_groups.add_member(yard, EVERYTHING, YARD, member)


def test_label_has_blanks_for_what_cannot_be_printed_and_is_not_too_long(yard: UnitOfWork) -> None:
    made = page_groups.change(yard, EVERYTHING, YARD, "a\nb\x1b\x00\u202ec").result
    assert made.label == "a b   c"
    with pytest.raises(InvalidValue):
        page_groups.change(yard, EVERYTHING, YARD, "a" * 65)


def test_administrator_of_a_domain_changes_its_own_alone_and_sees_those_of_all(yard: UnitOfWork) -> None:
    page_groups.add(yard, EVERYTHING, PageGroupName("700"))
    page_groups.add_member(yard, EVERYTHING, PageGroupName("700"), UserName("7", "two.test"))
    page_groups.add(yard, EVERYTHING, PageGroupName("600", "two.test"))
    page_groups.add_member(yard, OWN, YARD, ANNA)
    assert [str(each.name) for each in page_groups.listing(yard, OWN)] == ["700", "600@one.test"]
    assert page_groups.show(yard, OWN, PageGroupName("700")).members == ()
    with pytest.raises(OutOfReach):
        page_groups.remove(yard, OWN, PageGroupName("700"))
    with pytest.raises(NotFound):
        page_groups.remove(yard, OWN, PageGroupName("600", "two.test"))


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO page_groups (extension, domain) VALUES ('', 'one.test')",
        "INSERT INTO page_groups (extension, domain) VALUES ('${system(id)}', 'one.test')",
        "INSERT INTO page_groups (extension, domain) VALUES ('600', 'one.test')",
        "INSERT INTO page_group_members (page_group_id, user_name) VALUES (9999, '1002@one.test')",
        "INSERT INTO page_group_members (page_group_id) SELECT id FROM page_groups",
        "INSERT INTO page_group_members (page_group_id, user_name) SELECT id, '1002' FROM page_groups",
        "INSERT INTO page_group_members (page_group_id, settings_group_id) SELECT id, 9999 FROM page_groups",
    ],
)
def test_database_refuses_what_is_no_group_and_no_member(yard: UnitOfWork, sql: str) -> None:
    with pytest.raises(Exception, match=r"(?i)constraint|page_group"):
        yard.session.execute(text(sql))
