"""The rows that hand-written SQL may store: the database itself refuses all others."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

UUID = "3b241101-e2bb-4255-8caf-4136c566a962"
NOON, LATER = "2025-01-31 12:00:00", "2025-01-31 12:05:00"

Execute = Callable[[str], sa.CursorResult[Any]]


def page(**columns: object) -> str:
    values: dict[str, object] = {
        "page_id": UUID,
        "switch": "pbx",
        "pager": "1001@pbx",
        "target": "1002@pbx",
        "treatment": "whisper",
        "started_at": NOON,
    }
    values.update(columns)
    quoted = ", ".join("NULL" if value is None else f"'{value}'" for value in values.values())
    return f"INSERT INTO pages ({', '.join(values)}) VALUES ({quoted})"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO settings_groups (name) VALUES ('reception')",
        "INSERT INTO settings_groups (name, whisper_initiate, whisper_accept) VALUES ('a', TRUE, 'all')",
        "INSERT INTO users (extension, domain) VALUES ('1002', 'pbx.example.org')",
        "INSERT INTO users (extension, domain, settings_group) VALUES ('1002', 'pbx', 'default')",
        "INSERT INTO users (extension, domain, whisper_initiate, pages_off) VALUES ('1', '::', FALSE, TRUE)",
        "INSERT INTO users (extension, domain, auto_answer) VALUES ('1002', 'pbx', '')",
        "INSERT INTO users (extension, domain, auto_answer) VALUES ('1', 'pbx', 'A-Info: a\nB-Info: b')",
        "INSERT INTO phone_rules (position, pattern, vendor, kind) VALUES (5, 'Acme*', 'Acme', 'desk')",
        "UPDATE settings_groups SET whisper_initiate = TRUE WHERE name = 'default'",
        page(),
        page(pager=None, treatment="refused", reason="not_authenticated", ended_at=NOON, ending="refused"),
        page(answered_at=NOON, ended_at=LATER, ending="pager_hung_up"),
        page(attempts=10000, treatment="refused", reason="too_often", ended_at=NOON, ending="refused"),
    ],
)
def test_the_obvious_statement_works(execute: Execute, sql: str) -> None:
    assert execute(sql).rowcount == 1


def user(column: str, value: str) -> str:
    return f"INSERT INTO users (extension, domain, {column}) VALUES ('1002', 'pbx', {value})"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO settings_groups (name) VALUES ('default')",
        "INSERT INTO settings_groups (name) VALUES ('')",
        "INSERT INTO settings_groups (name) VALUES ('Front desk')",
        "INSERT INTO settings_groups (name) VALUES ('a''b')",
        "INSERT INTO settings_groups (name, whisper_accept) VALUES ('a', 'some')",
        "INSERT INTO settings_groups (name, whisper_initiate) VALUES ('a', NULL)",
        "INSERT INTO settings_groups (name, when_not_accepted) VALUES ('a', 'hang')",
        "INSERT INTO users (extension, domain) VALUES ('', 'pbx')",
        "INSERT INTO users (extension, domain) VALUES ('10 02', 'pbx')",
        "INSERT INTO users (extension, domain) VALUES ('1002\n', 'pbx')",
        "INSERT INTO users (extension, domain) VALUES ('1002@pbx', 'pbx')",
        "INSERT INTO users (extension, domain) VALUES ('${a}', 'pbx')",
        f"INSERT INTO users (extension, domain) VALUES ('{'1' * 40}', 'pbx')",
        "INSERT INTO users (extension, domain) VALUES ('Alice', 'pbx')",
        "INSERT INTO users (extension, domain) VALUES ('1002', '')",
        "INSERT INTO users (extension, domain) VALUES ('1002', 'p b x')",
        "INSERT INTO users (extension) VALUES ('1002')",
        user("settings_group", "'nosuch'"),
        user("settings_group", "NULL"),
        user("whisper_accept", "'some'"),
        user("phone_kind", "'hard'"),
        user("auto_answer", "'nonsense'"),
        user("auto_answer", "'Alert-Info: a\r\nFrom: b'"),
        "INSERT INTO phone_rules (position, pattern, vendor, kind) VALUES (5, '', 'Acme', 'desk')",
        "INSERT INTO phone_rules (position, pattern, vendor, kind) VALUES (5, 'Acme*', 'Acme', 'hard')",
        "INSERT INTO phone_rules (position, pattern, vendor, kind) VALUES (1000, 'Acme*', 'Acme', 'desk')",
        "INSERT INTO phone_rules (position, pattern, vendor, kind) VALUES (5, 'Yealink*', 'Acme', 'desk')",
        "DELETE FROM settings_groups WHERE name = 'default'",
        "UPDATE settings_groups SET name = 'other' WHERE name = 'default'",
        page(page_id="1"),
        page(page_id=UUID.upper()),
        page(pager="1001"),
        page(target=""),
        page(treatment="shout"),
        page(treatment="refused", ended_at=NOON, ending="refused"),
        page(reason="not_permitted"),
        page(treatment="refused", reason="not_permitted"),
        page(treatment="refused", reason="a", answered_at=NOON, ended_at=NOON, ending="b"),
        page(ended_at=LATER),
        page(ending="pager_hung_up"),
        page(started_at=LATER, answered_at=NOON),
        page(answered_at=LATER, ended_at=NOON, ending="a"),
        page(attempts=0),
        page(attempts=None),
    ],
)
def test_a_value_that_means_nothing_is_refused(execute: Execute, sql: str) -> None:
    with pytest.raises((sa.exc.IntegrityError, sa.exc.DataError, sa.exc.OperationalError)):
        execute(sql)


@pytest.mark.parametrize("kind", ["sqlite", "mariadb"], indirect=True)
def test_a_truth_value_is_zero_or_one_where_there_is_no_boolean(execute: Execute) -> None:
    with pytest.raises((sa.exc.IntegrityError, sa.exc.OperationalError)):
        execute(user("whisper_initiate", "2"))


class TestAcceptEntries:
    """Each entry has one owner and one allowed user or group."""

    @pytest.fixture(autouse=True)
    def people(self, execute: Execute) -> None:
        execute("INSERT INTO settings_groups (name) VALUES ('reception')")
        execute("INSERT INTO users (extension, domain, settings_group) VALUES ('1001', 'pbx', 'reception')")
        execute("INSERT INTO users (extension, domain) VALUES ('1002', 'pbx')")

    GROUP = "(SELECT id FROM settings_groups WHERE name = 'reception')"
    USER = "(SELECT id FROM users WHERE extension = '1002')"
    TYPO = "(SELECT id FROM users WHERE extension = '10002')"

    def entry(self, feature: str = "whisper", **columns: str) -> str:
        return (
            f"INSERT INTO accept_entries (feature, {', '.join(columns)}) "
            f"VALUES ('{feature}', {', '.join(columns.values())})"
        )

    def test_a_user_or_a_group_may_be_on_the_list_of_either(self, execute: Execute) -> None:
        execute(self.entry(owner_user_id=self.USER, allowed_group_id=self.GROUP))
        execute(self.entry(owner_group_id=self.GROUP, allowed_user_id=self.USER))
        assert execute("SELECT count(*) FROM accept_entries").scalar() == 2

    def test_the_same_token_is_not_stored_twice(self, execute: Execute) -> None:
        execute(self.entry(owner_user_id=self.USER, allowed_group_id=self.GROUP))
        execute(self.entry("intercom", owner_user_id=self.USER, allowed_group_id=self.GROUP))
        with pytest.raises(sa.exc.IntegrityError):
            execute(self.entry(owner_user_id=self.USER, allowed_group_id=self.GROUP))

    @pytest.mark.parametrize(
        "columns",
        [
            {"owner_user_id": USER},
            {"allowed_user_id": USER},
            {"owner_user_id": USER, "owner_group_id": GROUP, "allowed_user_id": USER},
            {"owner_user_id": USER, "allowed_user_id": USER, "allowed_group_id": GROUP},
            {"owner_user_id": USER, "allowed_user_id": TYPO},
            {"owner_user_id": "999", "allowed_user_id": USER},
        ],
    )
    def test_other_than_one_owner_and_one_allowed_is_refused(
        self, execute: Execute, columns: dict[str, str]
    ) -> None:
        with pytest.raises((sa.exc.IntegrityError, sa.exc.OperationalError)):
            execute(self.entry(**columns))

    def test_they_go_with_the_user_and_with_the_group(self, execute: Execute) -> None:
        execute(self.entry(owner_user_id=self.USER, allowed_group_id=self.GROUP))
        execute(self.entry(owner_group_id=self.GROUP, allowed_user_id=self.USER))
        execute("DELETE FROM users WHERE extension = '1002'")
        assert execute("SELECT count(*) FROM accept_entries").scalar() == 0

    def test_a_group_that_has_users_is_not_removed(self, execute: Execute) -> None:
        with pytest.raises(sa.exc.IntegrityError):
            execute("DELETE FROM settings_groups WHERE name = 'reception'")

    def test_users_follow_a_group_that_is_renamed(self, execute: Execute) -> None:
        execute("UPDATE settings_groups SET name = 'front-desk' WHERE name = 'reception'")
        assert execute("SELECT settings_group FROM users WHERE extension = '1001'").scalar() == "front-desk"


class TestKeyTokens:
    """Each token belongs to a user, and is kept as a hash."""

    HASH = "a1" * 32
    USER = "(SELECT id FROM users WHERE extension = '1002')"

    def token(self, hashed: str = HASH, label: str = "", user: str = USER) -> str:
        return f"INSERT INTO key_tokens (user_id, token_hash, label) VALUES ({user}, '{hashed}', '{label}')"

    @pytest.fixture(autouse=True)
    def alice(self, execute: Execute) -> None:
        execute("INSERT INTO users (extension, domain) VALUES ('1002', 'pbx')")

    def test_a_user_may_have_several_tokens(self, execute: Execute) -> None:
        execute(self.token())
        execute(self.token("b2" * 32, "desk phone"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"hashed": "secret"},
            {"hashed": HASH.upper()},
            {"hashed": "a1" * 31 + "\n\n"},
            {"label": "a\nb"},
            {"label": "x" * 65},
            {"user": "999"},
            {"user": "NULL"},
        ],
    )
    def test_a_token_that_means_nothing_is_refused(self, execute: Execute, wrong: dict[str, str]) -> None:
        with pytest.raises((sa.exc.IntegrityError, sa.exc.DataError, sa.exc.OperationalError)):
            execute(self.token(**wrong))

    def test_the_same_token_is_not_stored_twice(self, execute: Execute) -> None:
        execute(self.token())
        with pytest.raises(sa.exc.IntegrityError):
            execute(self.token())


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
class TestSqliteWithForeignKeysOff:
    """SQLite's own command line has foreign keys off."""

    @pytest.fixture
    def shell(self, url: str) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("INSERT INTO settings_groups (name) VALUES ('reception')")
        connection.execute(
            "INSERT INTO users (extension, domain, settings_group) VALUES ('1', 'pbx', 'reception')"
        )
        connection.execute(
            "INSERT INTO accept_entries (feature, owner_user_id, allowed_group_id) VALUES ('whisper', 1, 2)"
        )
        yield connection
        connection.close()

    @pytest.mark.parametrize(
        ("sql", "said"),
        [
            ("UPDATE users SET settings_group = 'nosuch'", "no such row in settings_groups"),
            ("INSERT INTO users (extension, domain, settings_group) VALUES ('2', 'p', 'x')", "no such row"),
            ("DELETE FROM settings_groups WHERE name = 'reception'", "still used by users.settings_group"),
            ("DELETE FROM settings_groups WHERE name = 'default'", "still used by protected_groups.name"),
            (
                "UPDATE settings_groups SET name = 'x' WHERE name = 'default'",
                "still used by protected_groups.name",
            ),
            ("UPDATE users SET id = 7", "still used by accept_entries.owner_user_id"),
            ("UPDATE accept_entries SET allowed_group_id = 9", "no such row in settings_groups"),
        ],
    )
    def test_what_would_break_a_reference_is_refused(
        self, shell: sqlite3.Connection, sql: str, said: str
    ) -> None:
        with pytest.raises(sqlite3.IntegrityError, match=said):
            shell.execute(sql)

    def test_entries_go_with_their_user(self, shell: sqlite3.Connection) -> None:
        shell.execute("DELETE FROM users")
        assert shell.execute("SELECT count(*) FROM accept_entries").fetchone() == (0,)

    def test_users_follow_a_renamed_group(self, shell: sqlite3.Connection) -> None:
        shell.execute("UPDATE settings_groups SET name = 'front-desk' WHERE name = 'reception'")
        assert shell.execute("SELECT settings_group FROM users").fetchone() == ("front-desk",)
