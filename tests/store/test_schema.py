"""The migrations, on every database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from controller.errors import DatabaseAhead, DatabaseBehind, StoreError
from controller.store import ddl, schema
from controller.store.models import VIEWS, Base
from controller.store.session import Store
from controller.store.versions import versions


@pytest.fixture
def empty(empty_url: str):
    store = Store(empty_url)
    yield store
    store.close()


def names(store: Store) -> set[str]:
    found = sa.inspect(store.engine)
    return {*found.get_table_names(), *found.get_view_names()}


def test_an_empty_database_is_brought_to_the_head(empty: Store) -> None:
    assert schema.state(empty) == schema.SchemaState(None, "0021")
    schema.upgrade(empty)
    assert schema.state(empty).up_to_date
    assert names(empty) == {*Base.metadata.tables, *VIEWS.tables, "alembic_version"}


def test_each_step_is_reported(empty: Store) -> None:
    told: list[str] = []
    schema.upgrade(empty, told.append)
    assert [step.split()[0] for step in told] == [
        "0001",
        "0002",
        "0003",
        "0004",
        "0005",
        "0006",
        "0007",
        "0008",
        "0009",
        "0010",
        "0011",
        "0012",
        "0013",
        "0014",
        "0015",
        "0017",
        "0018",
        "0019",
        "0020",
        "0021",
    ]


def test_upgrading_what_is_current_does_nothing(store: Store) -> None:
    told: list[str] = []
    schema.upgrade(store, told.append)
    assert told == []


def test_the_way_down_leaves_nothing_and_the_way_up_again_works(store: Store) -> None:
    schema.migrate(store, "base")
    assert names(store) == {"alembic_version"}
    schema.upgrade(store)
    assert schema.state(store).up_to_date


def test_one_step_down_keeps_the_rows_of_the_rest(store: Store) -> None:
    with store.transaction() as connection:
        connection.execute(sa.text("INSERT INTO users (extension, domain) VALUES ('1002', 'pbx')"))
    schema.migrate(store, "0003")
    schema.upgrade(store)
    with store.reading() as reading:
        assert reading.session.execute(sa.text("SELECT extension FROM users")).scalars().all() == ["1002"]


def test_the_models_agree_with_the_migrations(store: Store, kind: str) -> None:
    with store.engine.connect() as connection:
        # MariaDB gives a default of false back as 0, which counts as another one
        context = MigrationContext.configure(connection, opts={"compare_server_default": kind != "mariadb"})
        assert compare_metadata(context, Base.metadata) == []


def test_the_views_have_the_columns_that_the_models_name(store: Store) -> None:
    found = sa.inspect(store.engine)
    for view in VIEWS.tables.values():
        assert [column["name"] for column in found.get_columns(view.name)] == list(view.columns.keys())


def test_a_newer_database_is_distinguished_from_one_that_is_behind(store: Store) -> None:
    with store.transaction() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseAhead, match="newer version of the program"):
        schema.ensure_current(store, print)
    with pytest.raises(DatabaseAhead, match="newer version of the program"):
        schema.upgrade(store)


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"], indirect=True)
def test_an_upgrade_that_fails_half_way_leaves_nothing(empty: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(ddl, "day", lambda *_: "no SQL")
        with pytest.raises(StoreError):
            schema.upgrade(empty)
    assert names(empty) == set()
    schema.upgrade(empty)
    assert schema.state(empty).up_to_date


def test_a_table_of_another_program_is_left_alone_and_told(empty: Store) -> None:
    with empty.transaction() as connection:
        connection.execute(sa.text("CREATE TABLE users (login VARCHAR(8))"))
        connection.execute(sa.text("INSERT INTO users VALUES ('root')"))
    with pytest.raises(StoreError, match="of another program: give whisperpage a database of its own"):
        schema.upgrade(empty)
    with empty.reading() as reading:
        assert reading.session.execute(sa.text("SELECT login FROM users")).scalars().all() == ["root"]


@pytest.mark.parametrize("version", ["0001", "0002", "0003", "0004", "0005"])
def test_from_every_version_an_upgrade_keeps_the_rows(empty: Store, version: str) -> None:
    schema.migrate(empty, version)
    with empty.transaction() as connection:
        connection.execute(sa.text("INSERT INTO users (extension, domain) VALUES ('1002', 'pbx')"))
    schema.upgrade(empty)
    with empty.reading() as reading:
        assert reading.session.execute(sa.text("SELECT extension FROM users")).scalars().all() == ["1002"]


def test_an_attempt_of_an_older_version_counts_as_one_and_survives_the_way_down(empty: Store) -> None:
    schema.migrate(empty, "0004")
    with empty.transaction() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO pages"
                " (page_id, switch, pager, target, treatment, reason, started_at, ended_at, ending)"
                " VALUES ('3b241101-e2bb-4255-8caf-4136c566a962', 'pbx', '1@a', '2@a', 'refused', 'oneself',"
                " '2025-01-31 12:00:00', '2025-01-31 12:00:00', 'refused')"
            )
        )
    for version, query in (("0005", "SELECT attempts FROM pages"), ("0004", "SELECT count(*) FROM pages")):
        schema.migrate(empty, version)
        with empty.reading() as reading:
            assert reading.session.scalar(sa.text(query)) == 1
            report = sa.text("SELECT refused FROM page_report WHERE user_name = '1@a'")
            assert reading.session.scalar(report) == 1


def test_two_upgrades_at_once_are_one(empty: Store, empty_url: str) -> None:
    told: list[str] = []
    stores = [empty, Store(empty_url)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda store: schema.upgrade(store, told.append), stores))
    assert len(told) == len(versions())
    stores[1].close()


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_sqlite_database_is_made_or_upgraded_with_a_note(empty: Store) -> None:
    notes: list[str] = []
    schema.ensure_current(empty, notes.append)
    schema.migrate(empty, "0002")
    schema.ensure_current(empty, notes.append)
    schema.ensure_current(empty, notes.append)
    assert [note.split(".db was ")[1] for note in notes] == [
        "made (version 0021).",
        "upgraded (version 0021).",
    ]


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"], indirect=True)
def test_another_database_that_is_behind_is_refused_with_the_command(empty: Store) -> None:
    with pytest.raises(DatabaseBehind, match="has no tables yet, and 0021 is needed"):
        schema.ensure_current(empty, print)
    schema.migrate(empty, "0002")
    with pytest.raises(DatabaseBehind, match="is at version 0002, and 0021 is needed"):
        schema.ensure_current(empty, print)


def test_looking_at_the_version_makes_no_file(tmp_path: Path) -> None:
    assert schema.state(Store(f"sqlite:///{tmp_path}/a.db")) == schema.SchemaState(None, "0021")
    assert list(tmp_path.iterdir()) == []
