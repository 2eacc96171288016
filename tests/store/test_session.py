"""Units of work, and the errors when a database cannot be used."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa

from controller.domain.names import GroupName
from controller.errors import AlreadyThere, DatabaseBehind, DatabaseUnavailable, InvalidValue, StoreError
from controller.store import groups, phone_rules, schema, session
from controller.store.models import SettingsGroup
from controller.store.session import Store
from tests.store.servers import Server

RECEPTION = GroupName("reception")


def names(store: Store) -> list[str]:
    with store.reading() as reading:
        return [group.name for group in groups.listing(reading)]


def test_what_is_committed_stays(store: Store) -> None:
    with store.unit() as unit:
        groups.add(unit, RECEPTION, {})
        unit.commit()
    assert "reception" in names(store)


def test_what_is_not_committed_is_undone(store: Store) -> None:
    with store.unit() as unit:
        groups.add(unit, RECEPTION, {})
    assert "reception" not in names(store)


def test_an_error_undoes_everything_and_is_passed_on(store: Store) -> None:
    def work() -> None:
        with store.unit() as unit:
            groups.add(unit, RECEPTION, {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert "reception" not in names(store)


def test_a_store_is_used_from_several_threads_at_once(store: Store) -> None:
    def add(number: int) -> None:
        with store.unit() as unit:
            groups.add(unit, GroupName(f"group-{number}"), {})
            unit.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    assert len(names(store)) == 13


def test_reading_does_not_wait_for_who_is_writing(store: Store) -> None:
    with store.unit() as unit:
        groups.add(unit, RECEPTION, {})
        assert names(store) == ["default"]


def test_a_long_listing_is_whole_either_way(store: Store) -> None:
    with store.unit() as unit:
        for number in range(session.BATCH + 1):
            unit.session.execute(sa.text(f"INSERT INTO settings_groups (name) VALUES ('group-{number}')"))
        unit.commit()
    query = sa.select(SettingsGroup.name)
    for way in (store.reading, store.streaming):
        with way() as reading:
            assert len(list(reading.rows(query))) == session.BATCH + 2


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_question_waits_for_no_transaction_to_begin_or_end(store: Store) -> None:
    mine = sa.text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
    for way, state in ((store.reading, "idle"), (store.streaming, "idle in transaction")):
        with way() as reading, store.engine.connect() as other:
            pid = reading.session.scalar(sa.text("SELECT pg_backend_pid()"))
            assert other.scalar(mine, {"pid": pid}) == state


@pytest.mark.parametrize(
    ("sql", "error", "said"),
    [
        ("INSERT INTO settings_groups (name) VALUES ('default')", AlreadyThere, "may be there only once"),
        ("INSERT INTO settings_groups (name) VALUES ('a b')", InvalidValue, "The database refused a value"),
        ("INSERT INTO settings_groups (name) VALUES (NULL)", InvalidValue, "The database refused a value"),
        ("UPDATE settings_groups SET name = 'x'", InvalidValue, "The database refused a value"),
        ("SELECT * FROM nosuch", DatabaseBehind, "has not the tables of this version"),
    ],
)
def test_a_refusal_by_the_database_is_one_sentence(
    store: Store, sql: str, error: type[StoreError], said: str
) -> None:
    with pytest.raises(error, match=said) as caught, store.unit() as unit:
        unit.session.execute(sa.text(sql))
    assert "\n" not in str(caught.value)


def test_a_database_without_tables_is_behind(empty_url: str) -> None:
    store = Store(empty_url)
    with pytest.raises(DatabaseBehind, match="has not the tables of this version"):
        names(store)
    store.close()


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
class TestSqlite:
    """Cases that only a file can have."""

    @pytest.fixture
    def path(self, url: str) -> Path:
        return Path(url.removeprefix("sqlite:///"))

    @pytest.fixture
    def patient(self, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
        """A store that does not wait long for a lock."""
        monkeypatch.setattr(session, "LOCK_WAIT", 0.05)
        store = Store(url)
        yield store
        store.close()

    def test_a_lock_held_by_another_program_is_reported(self, patient: Store, path: Path) -> None:
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(DatabaseUnavailable, match="is locked by another program: let that finish"),
            patient.unit() as unit,
        ):
            groups.add(unit, RECEPTION, {})
        other.close()

    def test_a_query_is_the_only_statement_of_its_session(self, store: Store) -> None:
        names(store)
        said: list[str] = []
        sa.event.listen(store.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
        with store.reading() as reading:
            assert len(phone_rules.all_rules(reading)) > 20
        assert len(said) == 1

    def test_the_patience_of_a_change_is_its_own(self, store: Store) -> None:
        with store.unit(wait=0.05) as unit:
            assert unit.session.scalar(sa.text("PRAGMA busy_timeout")) == 50
        with store.reading() as reading:
            assert reading.session.scalar(sa.text("PRAGMA busy_timeout")) == 1000 * session.LOCK_WAIT

    def test_several_programs_may_open_a_new_database_at_once(self, tmp_path: Path) -> None:
        together = Barrier(6, timeout=60)

        def open_it(number: int) -> None:
            store = Store(f"sqlite:///{tmp_path / str(number // 6)}.db")
            together.wait()
            with store.reading() as reading:
                assert reading.session.scalar(sa.text("PRAGMA journal_mode")) == "wal"
            store.close()

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(open_it, range(60)))

    def test_a_new_file_is_its_owners_alone_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            store = Store(f"sqlite:///{tmp_path}/new.db")
            with store.transaction() as connection:
                connection.execute(sa.text("CREATE TABLE a (b INTEGER)"))
                modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob("new.db*")}
            store.close()
        finally:
            os.umask(before)
        assert modes == {"new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}

    def test_a_file_that_is_there_stays_as_it_is(self, path: Path) -> None:
        path.chmod(0o640)
        store = Store(f"sqlite:///{path}")
        names(store)
        store.close()
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_a_folder_that_does_not_exist_is_reported(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseUnavailable, match="cannot be opened: check that its folder exists"):
            names(Store(f"sqlite:///{tmp_path}/nosuch/store.db"))

    def test_a_file_that_is_no_database_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "a.db").write_text("This is a letter, not a database." * 100)
        with pytest.raises(DatabaseUnavailable, match="is not an SQLite database"):
            names(Store(f"sqlite:///{tmp_path}/a.db"))

    def test_a_file_that_may_only_be_read_is_reported(self, path: Path) -> None:
        store = Store(f"sqlite:///file:{path}?mode=ro&uri=true")
        with (
            pytest.raises(DatabaseUnavailable, match="may only be read: check who owns it"),
            store.unit() as unit,
        ):
            groups.add(unit, RECEPTION, {})
        store.close()

    def test_foreign_keys_are_on_and_the_journal_is_written_ahead(self, store: Store) -> None:
        with store.reading() as reading:
            assert reading.session.scalar(sa.text("PRAGMA foreign_keys")) == 1
            assert reading.session.scalar(sa.text("PRAGMA journal_mode")) == "wal"


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"], indirect=True)
class TestServers:
    """Cases that only a server can have."""

    def refused(self, url: sa.URL) -> str:
        store = Store(url.render_as_string(hide_password=False))
        with pytest.raises(DatabaseUnavailable) as caught:
            names(store)
        store.close()
        return str(caught.value)

    def test_a_wrong_password_is_reported_and_not_shown(self, store: Store, kind: str) -> None:
        with store.engine.begin() as connection:
            password = "IDENTIFIED BY" if kind == "mariadb" else "PASSWORD"
            connection.execute(sa.text("DROP USER IF EXISTS clerk"))
            connection.execute(sa.text(f"CREATE USER clerk {password} 'right'"))
        said = self.refused(store.url.set(username="clerk", password="wrong-secret"))
        assert "refuses the user or password: correct database_url" in said
        assert "wrong-secret" not in said

    def test_a_database_that_does_not_exist_is_reported(self, store: Store) -> None:
        assert "does not exist: create it" in self.refused(store.url.set(database="nosuch"))

    def test_a_lock_held_by_another_program_is_reported(
        self, url: str, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(session, "LOCK_WAIT", 1)
        store = Store(url)
        change = sa.text("UPDATE settings_groups SET whisper_accept = 'all'")
        with store.unit() as other:
            other.session.execute(change)
            with (
                pytest.raises(DatabaseUnavailable, match="is locked by another program"),
                store.unit() as unit,
            ):
                unit.session.execute(change)
        store.close()

    def test_a_server_that_was_restarted_meanwhile_is_connected_to_again(
        self, store: Store, kind: str, execute: Callable[[str], sa.CursorResult[object]]
    ) -> None:
        assert names(store) == ["default"]
        if kind == "postgresql":
            execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = '{store.url.database}'"
            )
        else:
            found = execute(
                f"SELECT id FROM information_schema.processlist WHERE db = '{store.url.database}'"
            )
            for (number,) in found.fetchall():
                execute(f"KILL {number}")
        assert names(store) == ["default"]


def test_a_database_of_no_encoding_is_reported(postgresql: Server) -> None:
    _, url = postgresql.database(
        "CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    )
    with closing(Store(url)) as store, pytest.raises(DatabaseUnavailable, match=r"SQL_ASCII.*UTF8"):
        schema.upgrade(store)


def test_a_server_that_does_not_exist_is_reported() -> None:
    store = Store("postgresql://u:secret@127.0.0.1:1/n")
    with pytest.raises(DatabaseUnavailable, match="cannot be used") as caught:
        names(store)
    assert "secret" not in str(caught.value)
    store.close()


def test_what_does_not_fit_is_refused_whatever_the_servers_mode(store: Store) -> None:
    if store.kind != "mysql":
        pytest.skip("of MariaDB and MySQL alone: the others know no other mode")
    with store.transaction() as connection:
        mode = str(connection.exec_driver_sql("SELECT @@sql_mode").scalar())
    assert "STRICT_ALL_TABLES" in mode.split(",")


def test_a_connection_that_is_in_use_at_the_end_is_closed_when_it_is_given_back(store: Store) -> None:
    with store.reading() as reading:
        held = reading.session.connection().connection.dbapi_connection
        assert held is not None
        store.close()
        assert reading.session.scalar(sa.text("SELECT 1")) == 1
    with pytest.raises(store.engine.dialect.loaded_dbapi.Error):
        held.cursor().execute("SELECT 1")
