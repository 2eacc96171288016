"""Domains in hand-written SQL: what is permitted, and what happens to invalid rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from controller.store import schema
from controller.store.session import Store

Execute = Callable[[str], Any]


@pytest.fixture(autouse=True)
def people(execute: Execute) -> None:
    execute("INSERT INTO settings_groups (name, whisper_initiate) VALUES ('sales@one', TRUE)")
    execute("INSERT INTO users (extension, domain, settings_group) VALUES ('1', 'one', 'sales@one')")
    execute("INSERT INTO users (extension, domain) VALUES ('1', 'two')")


def initiate(execute: Execute, domain: str) -> object:
    return execute(f"SELECT whisper_initiate FROM effective_permissions WHERE domain = '{domain}'").scalar()


def test_a_user_is_in_a_group_of_its_domain(execute: Execute) -> None:
    assert initiate(execute, "one") == 1


def test_a_user_of_another_domain_is_in_no_such_group_or_has_nothing_of_it(
    execute: Execute, kind: str
) -> None:
    statement = "UPDATE users SET settings_group = 'sales@one' WHERE domain = 'two'"
    if kind == "mariadb":  # which permits no check constraint there
        execute(statement)
        assert initiate(execute, "two") == 0
    else:
        with pytest.raises(DatabaseError):
            execute(statement)


@pytest.mark.parametrize("name", ["@one", "sales@", "a@b@c", "sales one", "x" * 319])
def test_a_group_has_a_name_and_one_domain(execute: Execute, name: str) -> None:
    with pytest.raises(DatabaseError):
        execute(f"INSERT INTO settings_groups (name) VALUES ('{name}')")


def test_the_report_has_the_domain(execute: Execute) -> None:
    execute(
        "INSERT INTO pages (page_id, switch, pager, target, treatment, reason, started_at, ended_at, ending)"
        " VALUES ('3b241101-e2bb-4255-8caf-4136c566a962', 'pbx', '1@one', 'x', 'refused', 'malformed',"
        " '2025-01-31 12:00:00', '2025-01-31 12:00:00', 'refused')"
    )
    found = execute("SELECT user_name, user_domain FROM page_report ORDER BY user_name")
    assert [tuple(row) for row in found] == [("1@one", "one"), ("x", None)]


ACROSS = (
    "INSERT INTO pages (page_id, switch, pager, target, treatment, reason, started_at, ended_at, ending)"
    " VALUES ('3b241101-e2bb-4255-8caf-4136c566a962', 'pbx', {pager}, '1@two', 'refused', 'other_domain',"
    " '2025-01-31 12:00:00', '2025-01-31 12:00:00', 'refused')"
)


@pytest.mark.parametrize(
    ("pager", "counted"), [("'1@one'", ["1@one"]), ("'2@two'", ["1@two", "2@two"]), ("NULL", ["1@two"])]
)
def test_the_report_has_no_day_for_the_target_of_an_attempt_from_another_domain(
    execute: Execute, pager: str, counted: list[str]
) -> None:
    execute(ACROSS.format(pager=pager))
    assert list(execute("SELECT user_name FROM page_report ORDER BY user_name").scalars()) == counted


def test_an_upgrade_keeps_groups_members_and_lists_and_the_way_down_those_of_all(empty_url: str) -> None:
    store = Store(empty_url)
    schema.migrate(store, "0005")
    with store.transaction() as connection:
        for statement in (
            "INSERT INTO settings_groups (name, whisper_initiate) VALUES ('desk', TRUE)",
            "INSERT INTO users (extension, domain, settings_group) VALUES ('1', 'one', 'desk')",
            "INSERT INTO accept_entries (feature, owner_group_id, allowed_user_id) VALUES ('whisper',"
            " (SELECT id FROM settings_groups WHERE name = 'desk'), (SELECT id FROM users))",
        ):
            connection.execute(sa.text(statement))
    schema.upgrade(store)
    with store.transaction() as connection:
        connection.execute(sa.text("INSERT INTO settings_groups (name) VALUES ('sales@one')"))
        connection.execute(
            sa.text("INSERT INTO users (extension, domain, settings_group) VALUES ('2', 'one', 'sales@one')")
        )
    schema.migrate(store, "0005")
    with store.reading() as reading:
        rows = reading.session.execute(sa.text("SELECT extension, settings_group FROM users ORDER BY 1"))
        assert [tuple(row) for row in rows] == [("1", "desk"), ("2", "default")]
        assert reading.session.scalar(sa.text("SELECT count(*) FROM accept_entries")) == 1
        assert reading.session.scalar(sa.text("SELECT count(*) FROM settings_groups")) == 2
    store.close()
