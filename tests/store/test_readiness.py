"""Readiness: whether the database has everything that a page needs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial

import pytest
import sqlalchemy as sa

from controller.errors import DatabaseBehind, StoreError
from controller.store import readiness, schema
from controller.store.models import Base
from controller.store.session import Store
from controller.web import vitals
from controller.web.vitals import DatabaseLook

TABLES = [table.name for table in Base.metadata.sorted_tables]


def run(store: Store, *statements: str) -> None:
    """Run statements by hand."""
    with store.transaction() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may answer late: that is not what is tested here."""
    monkeypatch.setattr(vitals, "DATABASE_DEADLINE", 60.0)


def drop(store: Store, table: str) -> None:
    """Drop a table by hand, whatever depends on it."""
    if store.kind == "sqlite":
        with closing(sqlite3.connect(str(store.url.database), isolation_level=None)) as connection:
            connection.execute(f"DROP TABLE {table}")
    elif store.kind == "postgresql":
        run(store, f"DROP TABLE {table} CASCADE")
    else:
        run(store, "SET foreign_key_checks = 0", f"DROP TABLE {table}", "SET foreign_key_checks = 1")


def test_a_database_that_is_whole_is_ready(store: Store) -> None:
    assert readiness.check(store).up_to_date
    assert DatabaseLook(partial(readiness.check, store)).trouble() == ""


@pytest.mark.parametrize("table", TABLES)
def test_without_one_of_its_tables_it_is_not_ready(store: Store, table: str) -> None:
    drop(store, table)
    assert schema.state(store).up_to_date
    with pytest.raises(DatabaseBehind, match=f"{table} is missing or incomplete: restore it from a backup"):
        readiness.check(store)
    assert f"{table} is missing" in DatabaseLook(partial(readiness.check, store)).trouble()


def test_without_the_view_that_pages_are_decided_by_it_is_not_ready(store: Store) -> None:
    run(store, "DROP VIEW effective_permissions")
    with pytest.raises(DatabaseBehind, match="effective_permissions is missing"):
        readiness.check(store)


def test_without_the_view_for_people_it_is_ready(store: Store) -> None:
    run(store, "DROP VIEW page_report")
    assert readiness.check(store).up_to_date


def test_without_a_column_it_is_not_ready(store: Store) -> None:
    run(store, "ALTER TABLE pages RENAME COLUMN ending TO ended_how")
    with pytest.raises(StoreError, match="pages is missing or incomplete"):
        readiness.check(store)


def test_an_old_schema_is_reported_with_its_version(store: Store) -> None:
    schema.migrate(store, "0001")
    assert readiness.check(store).current == "0001"


def test_one_that_is_put_right_is_ready_again(store: Store) -> None:
    run(store, "ALTER TABLE pages RENAME TO elsewhere")
    look = DatabaseLook(partial(readiness.check, store))
    assert "pages is missing" in look.trouble()
    run(store, "ALTER TABLE elsewhere RENAME TO pages")
    assert look.trouble() == ""
