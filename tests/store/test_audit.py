"""The audit of changes, on every database."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from controller.domain.console import Actor
from controller.store import audit
from controller.store.session import UnitOfWork

ANNA = Actor("1001@one.test", "one.test", "192.0.2.7")


def test_a_change_is_kept_with_who_what_when_and_where_from(unit: UnitOfWork) -> None:
    audit.record(unit, ANNA, "users set", "1002@one.test", "group: sales")
    (entry,) = audit.listing(unit)
    assert (entry.actor, entry.domain, entry.address) == ("1001@one.test", "one.test", "192.0.2.7")
    assert (entry.action, entry.subject, entry.details) == ("users set", "1002@one.test", "group: sales")
    assert abs((datetime.now(UTC) - entry.at).total_seconds()) < 60


def test_the_newest_change_is_the_first(unit: UnitOfWork) -> None:
    for name in ("a", "b", "c"):
        audit.record(unit, ANNA, "groups add", name)
    assert [each.subject for each in audit.listing(unit, limit=2)] == ["c", "b"]


def test_a_domain_sees_the_changes_of_its_own_people_alone(unit: UnitOfWork) -> None:
    audit.record(unit, ANNA, "users set", "1002@one.test")
    audit.record(unit, Actor("root, by the command line"), "users set", "1002@one.test")
    audit.record(unit, Actor("1@two.test", "two.test"), "users set", "2@two.test")
    assert [each.actor for each in audit.listing(unit, "one.test")] == ["1001@one.test"]


def test_a_text_that_is_too_long_or_not_printable_is_kept_as_far_as_it_can_be(unit: UnitOfWork) -> None:
    audit.record(unit, ANNA, "users set", "x" * 400, "a\nb\x00c")
    (entry,) = audit.listing(unit)
    assert (entry.subject, entry.details) == ("x" * 320, "a b c")


def test_the_view_says_it_in_words(unit: UnitOfWork) -> None:
    audit.record(unit, Actor("root, by the command line"), "users set", "1002@one.test", "group: sales")
    row = unit.session.execute(sa.text("SELECT actor, what, details, address, actor_domain FROM audit")).one()
    assert tuple(row) == (
        "root, by the command line", "users set 1002@one.test", "group: sales", None, None,
    )  # fmt: skip
