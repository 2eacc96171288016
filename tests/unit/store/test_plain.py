"""Queries without SQLAlchemy return what the store returns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept, WhenNotAccepted
from controller.phones.values import Header, PhoneKind, PhoneRule
from controller.store import groups, phone_rules, plain, schema, users
from controller.store.session import Store
from controller.store.settings import GroupChanges, UserChanges


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/a b.db")
    schema.upgrade(store)
    with store.unit() as unit:
        changes = GroupChanges(
            whisper_initiate=True,
            whisper_accept=Accept.LISTED,
            intercom_accept=Accept.ALL,
            when_not_accepted=WhenNotAccepted.CALL,
        )
        groups.add(unit, GroupName("reception"), changes)
        for extension in ("1001", "1002"):
            users.add(unit, UserName(extension, "pbx.test"), UserChanges(settings_group="reception"))
        rule = PhoneRule(-5, "Acme*", "Acme", PhoneKind.DESK, (Header("Answer-Mode", "Auto"),))
        phone_rules.add(unit, rule)
        unit.commit()
    yield store
    store.close()


def url(store: Store) -> str:
    return f"sqlite:///{store.url.database}"


def test_the_groups_are_those_of_the_store(store: Store) -> None:
    with store.reading() as reading:
        assert plain.groups(url(store)) == list(groups.listing(reading))


def test_the_phone_rules_are_those_of_the_store(store: Store) -> None:
    with store.reading() as reading:
        assert plain.phone_rules(url(store)) == phone_rules.all_rules(reading)


def test_a_database_that_nobody_has_open_is_read_and_not_changed(store: Store) -> None:
    store.close()
    file = Path(str(store.url.database))
    before = file.read_bytes()
    assert plain.groups(url(store))
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:p@127.0.0.1/x",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:a.db?uri=true",
        "sqlite:///a.db?timeout=3",
        "sqlite:///a%20b.db",
        "nonsense",
    ],
)
def test_a_url_that_is_not_a_plain_file_is_left_to_the_store(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert plain.groups(address) is None
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_left_to_the_store_and_not_created(tmp_path: Path) -> None:
    assert plain.phone_rules(f"sqlite:///{tmp_path}/a.db") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE alembic_version SET version_num = '0001'", "DELETE FROM alembic_version",
                  "DROP TABLE alembic_version", "DROP VIEW effective_permissions; DROP TABLE phone_rules"],
)  # fmt: skip
def test_a_database_of_another_version_is_left_to_the_store(store: Store, statement: str) -> None:
    with sqlite3.connect(str(store.url.database)) as connection:
        connection.executescript(statement)
    connection.close()
    assert plain.phone_rules(url(store)) is None


def test_a_file_that_is_not_a_database_is_left_to_the_store(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("mine" * 1000)
    assert plain.groups(f"sqlite:///{tmp_path}/a.db") is None


def test_a_locked_database_is_left_to_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "_WAIT", 0.0)
    store.close()
    with sqlite3.connect(str(store.url.database)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")
        assert plain.groups(url(store)) is None
    connection.close()
