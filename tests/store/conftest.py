"""Databases for the tests: SQLite, and our own PostgreSQL and MariaDB if their servers are installed.

Each server is started once. Each test gets its own database.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from controller.store import schema
from controller.store.session import Store, UnitOfWork
from tests.store import servers
from tests.store.servers import Server

KINDS = ("sqlite", "postgresql", "mariadb")


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    with servers.short_folder() as path:
        yield path


@contextmanager
def or_skipped(starting: AbstractContextManager[Server]) -> Iterator[Server]:
    try:
        with starting as server:
            yield server
    except servers.NotInstalled as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def postgresql(folder: Path) -> Iterator[Server]:
    settings = ("fsync=off", "shared_buffers=16MB", "max_connections=50", "autovacuum=off")
    settings += ("full_page_writes=off", "synchronous_commit=off", "wal_level=minimal", "max_wal_senders=0")
    with or_skipped(servers.postgresql(folder, *settings)) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb(folder: Path) -> Iterator[Server]:
    with or_skipped(servers.mariadb(folder)) as server:
        yield server


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database on which the test runs."""
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: Server = request.getfixturevalue(kind)
    return server.database()[1]


@pytest.fixture(scope="session")
def upgraded(request: pytest.FixtureRequest, folder: Path) -> Callable[[str, Path], str]:
    """A function that makes databases of a kind with the schema in place: migrated once, then copied."""
    done: dict[str, str] = {}
    #: The statements that an upgrade of MariaDB runs, which cannot copy a database.
    statements: list[tuple[str, Any, bool]] = []

    def migrated(url: str) -> str:
        with closing(Store(url)) as store:
            schema.upgrade(store)
        return url

    def noted(url: str) -> str:
        def executed(
            connection: Any, cursor: Any, statement: str, given: Any, context: Any, many: bool
        ) -> None:
            if not statement.startswith(("SELECT", "SHOW")):
                statements.append((statement, given, many))

        with closing(Store(url)) as store:
            sa.event.listen(store.engine, "after_cursor_execute", executed)
            schema.upgrade(store)
        return url

    def repeated(url: str) -> str:
        with closing(Store(url)) as store, closing(store.engine.raw_connection()) as connection:
            with closing(connection.cursor()) as cursor:
                for statement, given, many in statements:
                    (cursor.executemany if many else cursor.execute)(statement, given)
            connection.commit()
        return url

    def make(kind: str, tmp_path: Path) -> str:
        if kind == "sqlite":
            if kind not in done:
                done[kind] = str(folder / "template.db")
                migrated(f"sqlite:///{done[kind]}")
            return f"sqlite:///{shutil.copy(done[kind], tmp_path / 'store.db')}"
        server: Server = request.getfixturevalue(kind)
        if kind == "mariadb":
            new = server.database()[1]
            return repeated(new) if statements else noted(new)
        if kind not in done:
            done[kind], url = server.database()
            migrated(url)
        return server.database(f"CREATE DATABASE {{name}} TEMPLATE {done[kind]}")[1]

    return make


@pytest.fixture
def url(kind: str, upgraded: Callable[[str, Path], str], tmp_path: Path) -> str:
    """A database with the schema in place."""
    return upgraded(kind, tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store on a database with the schema in place."""
    store = Store(url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def shared(upgraded: Callable[[str, Path], str], folder: Path) -> Iterator[Callable[[str], Store]]:
    """A function that returns the store of a kind which tests share; each test undoes its changes."""
    stores: dict[str, Store] = {}

    def give(kind: str) -> Store:
        if kind not in stores:
            stores[kind] = Store(upgraded(kind, folder))
        return stores[kind]

    yield give
    for store in stores.values():
        store.close()


@pytest.fixture
def execute(kind: str, shared: Callable[[str], Store]) -> Iterator[Callable[[str], sa.CursorResult[Any]]]:
    """A function that runs one statement like a script; it is undone after the test."""
    with shared(kind).engine.connect() as connection:
        # in SQLAlchemy's text a colon begins a parameter, in SQL it does not
        yield lambda sql: connection.execute(sa.text(sql.replace(":", "\\:")))
        connection.rollback()


@pytest.fixture
def unit(kind: str, shared: Callable[[str], Store]) -> Iterator[UnitOfWork]:
    """A unit of work that no test commits."""
    with shared(kind).unit() as unit:
        yield unit
