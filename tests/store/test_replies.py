"""Replies in SQL: for each key that of the group counts, else that of the domain, else that of all."""

from __future__ import annotations

import pytest

from controller.administration import groups, replies
from controller.administration.change import version_of
from controller.administration.reach import EVERYTHING, Reach
from controller.domain.names import GroupName, UserName
from controller.domain.reply import Reply
from controller.errors import AlreadyThere, InvalidValue, NotFound, Outdated, OutOfReach
from controller.store import replies as rows
from controller.store import users
from controller.store.session import UnitOfWork

ANNA = UserName("1002", "one.test")
OWN = Reach("one.test")
COMING, FIVE, CANNOT = (
    Reply("1", "I am coming"),
    Reply("2", "five minutes"),
    Reply("3", "I cannot", declines=True),
)


def test_everybody_has_three_replies_from_the_beginning(unit: UnitOfWork) -> None:
    assert rows.effective(unit, ANNA) == (COMING, FIVE, CANNOT)


def test_each_key_is_that_of_the_group_or_of_the_domain_or_of_all(unit: UnitOfWork) -> None:
    groups.add(unit, EVERYTHING, GroupName("desk"), {})
    users.add(unit, ANNA, {"settings_group": "desk"})
    for owner, reply in (
        ("@one.test", Reply("2", "in zwei Stunden")),
        ("desk", Reply("3", "")),
        ("@one.test", Reply("3", "nein", declines=True)),
        ("@two.test", Reply("1", "of others")),
    ):
        replies.put(unit, EVERYTHING, owner, reply)
    assert rows.effective(unit, ANNA) == (COMING, Reply("2", "in zwei Stunden"))
    assert rows.effective(unit, UserName("7", "one.test"))[2].words == "nein"


def test_default_group_of_a_domain_is_that_of_its_unknown_users(unit: UnitOfWork) -> None:
    groups.add(unit, EVERYTHING, GroupName("default@one.test"), {})
    replies.put(unit, EVERYTHING, "default@one.test", Reply("1", "yes"))
    assert rows.effective(unit, ANNA)[0].words == "yes"
    assert rows.effective(unit, UserName("1", "two.test"))[0].words == "I am coming"


def test_reply_that_is_removed_leaves_the_one_above_it(unit: UnitOfWork) -> None:
    replies.put(unit, EVERYTHING, "@one.test", Reply("1", "yes"))
    replies.remove(unit, EVERYTHING, "@one.test", "1")
    assert rows.effective(unit, ANNA)[0] == COMING
    with pytest.raises(NotFound):
        replies.remove(unit, EVERYTHING, "@one.test", "1")


def test_replies_of_a_group_go_with_it(unit: UnitOfWork) -> None:
    groups.add(unit, EVERYTHING, GroupName("desk"), {})
    replies.put(unit, EVERYTHING, "desk", Reply("1", "yes"))
    groups.remove(unit, EVERYTHING, GroupName("desk"))
    assert "desk" not in dict(replies.listing(unit, EVERYTHING))


@pytest.mark.parametrize("owner", ["*", "@two.test", "default"])
def test_administrator_of_a_domain_changes_its_replies_alone(unit: UnitOfWork, owner: str) -> None:
    replies.put(unit, OWN, "@one.test", Reply("1", "yes"))
    with pytest.raises(OutOfReach):
        replies.put(unit, OWN, owner, Reply("1", "no"))


def test_administrator_of_a_domain_sees_no_replies_of_others(unit: UnitOfWork) -> None:
    replies.put(unit, EVERYTHING, "@two.test", Reply("1", "of others"))
    assert {owner for owner, _ in replies.listing(unit, OWN)} == {"*"}
    with pytest.raises(NotFound):
        replies.put(unit, OWN, "desk@two.test", Reply("1", "no"))


@pytest.mark.parametrize(
    "reply", [Reply("", "a"), Reply("12", "a"), Reply("٣", "a"), Reply("#", "a"), Reply("1", "a" * 65)]
)
def test_key_that_is_no_digit_and_words_that_are_too_long_are_refused(unit: UnitOfWork, reply: Reply) -> None:
    with pytest.raises(InvalidValue):
        replies.put(unit, EVERYTHING, "*", reply)


@pytest.mark.parametrize("words", ["a\nb", "a\r\n\r\napi x", "\x1b[2J", "\u202eb", "\x00"])
def test_words_that_cannot_be_printed_are_refused(unit: UnitOfWork, words: str) -> None:
    with pytest.raises(InvalidValue):
        replies.put(unit, EVERYTHING, "*", Reply("1", words))


def test_audit_says_what_has_changed(unit: UnitOfWork) -> None:
    change = replies.put(unit, EVERYTHING, "*", Reply("1", "yes"))
    assert (change.name, change.details) == ("* *1", "words: I am coming -> yes")


def test_a_reply_that_is_there_is_not_added_again(unit: UnitOfWork) -> None:
    replies.add(unit, EVERYTHING, "@one.test", Reply("1", "yes"))
    with pytest.raises(AlreadyThere):
        replies.add(unit, EVERYTHING, "@one.test", Reply("1", "no"))
    assert replies.show(unit, OWN, "@one.test", "1") == Reply("1", "yes")


def test_a_reply_that_somebody_else_has_changed_meanwhile_is_not_changed(unit: UnitOfWork) -> None:
    version = version_of(replies.show(unit, EVERYTHING, "*", "1"))
    replies.put(unit, EVERYTHING, "*", Reply("1", "yes"), version)
    with pytest.raises(Outdated):
        replies.put(unit, EVERYTHING, "*", Reply("1", "no"), version)


@pytest.mark.parametrize(
    ("owner", "held"), [("*", False), ("@one.test", True), ("@two.test", False), ("sales", False),
                        ("desk@one.test", True), ("desk@two.test", False)]
)  # fmt: skip
def test_a_domain_holds_its_own_replies(owner: str, held: bool) -> None:
    assert replies.holds(OWN, owner) is held
    assert replies.holds(EVERYTHING, owner)
