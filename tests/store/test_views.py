"""The view of effective permissions, as hand-written SQL sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Execute = Callable[[str], Any]

COLUMNS = (
    "settings_group, whisper_initiate, whisper_initiate_from, whisper_accept, whisper_accept_from, "
    "intercom_initiate, intercom_initiate_from, intercom_accept, intercom_accept_from, when_not_accepted"
)


@pytest.fixture(autouse=True)
def people(execute: Execute) -> None:
    execute(
        "INSERT INTO settings_groups (name, whisper_initiate, whisper_accept, when_not_accepted) "
        "VALUES ('reception', TRUE, 'listed', 'call')"
    )
    execute("INSERT INTO users (extension, domain) VALUES ('1', 'pbx')")
    execute("INSERT INTO users (extension, domain, settings_group) VALUES ('2', 'pbx', 'reception')")
    execute(
        "INSERT INTO users (extension, domain, settings_group, whisper_initiate, intercom_accept) "
        "VALUES ('3', 'pbx', 'reception', FALSE, 'all')"
    )


@pytest.mark.parametrize(
    ("extension", "row"),
    [
        ("1", ("default", 0, "default", "none", "default", 0, "default", "none", "default", "refuse")),
        ("2", ("reception", 1, "group", "listed", "group", 0, "group", "none", "group", "call")),
        ("3", ("reception", 0, "user", "listed", "group", 0, "group", "all", "user", "call")),
    ],
)
def test_each_flag_is_in_effect_with_where_it_comes_from(
    execute: Execute, extension: str, row: tuple[object, ...]
) -> None:
    found = execute(f"SELECT {COLUMNS} FROM effective_permissions WHERE extension = '{extension}'").one()
    assert tuple(found) == row


def test_there_is_one_row_for_each_user(execute: Execute) -> None:
    assert execute("SELECT count(*), count(DISTINCT user_id) FROM effective_permissions").one() == (3, 3)


def test_a_row_follows_its_group_at_once(execute: Execute) -> None:
    execute("UPDATE settings_groups SET intercom_initiate = TRUE WHERE name = 'reception'")
    found = execute("SELECT extension FROM effective_permissions WHERE intercom_initiate = TRUE ORDER BY 1")
    assert [row.extension for row in found] == ["2", "3"]
