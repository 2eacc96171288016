"""The database: an engine, and units of work on it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, Executable, create_engine, event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from controller.database_url import read_url
from controller.errors import DatabaseUnavailable, SettingsError
from controller.store import faults

#: Seconds for which a statement waits for another program's lock; after that the database is unavailable.
LOCK_WAIT = 5
#: Seconds for making a connection.
CONNECT_WAIT = 5
#: The rows of a long listing that are fetched from the server at a time.
BATCH = 1000

_ASKS = "whisperpage_asks"
_WRITES = "whisperpage_writes"
_WAIT = "whisperpage_wait"


class ReadSession:
    """A session for queries, or a connection for them. The functions of the query modules take it."""

    def __init__(self, bind: Session | Connection, *, streams: bool = True) -> None:
        self._bind = bind
        self._options = {"yield_per": BATCH} if streams else {}

    @cached_property
    def session(self) -> Session:
        """The session; that of a connection is made when it is first used."""
        return self._bind if isinstance(self._bind, Session) else Session(self._bind)

    @property
    def connection(self) -> Connection:
        """The session's connection. What every page asks, it asks here: a session takes as long again."""
        return self._bind if isinstance(self._bind, Connection) else self._bind.connection()

    @property
    def kind(self) -> str:
        """The kind of database, as in `Store.kind`; MariaDB may have a name of its own."""
        bind = self._bind if isinstance(self._bind, Connection) else self._bind.get_bind()
        return bind.dialect.name

    def rows(self, query: Executable) -> Iterator[Any]:
        """The rows of a query. If the session streams, they may be more than the memory can hold."""
        yield from self.session.execute(query, execution_options=self._options)

    def close(self) -> None:
        """End the session, if there is one."""
        if "session" in self.__dict__:
            self.session.close()


class UnitOfWork(ReadSession):
    """A unit of work. Its changes are undone at its end unless `commit` was called."""

    def commit(self) -> None:
        """Keep the changes."""
        self.session.commit()


class Store:
    """The database at a URL. Calls block, and may be made from several threads at the same time.

    The constructor does not connect. Raises SettingsError for an invalid URL.
    """

    def __init__(self, url: str) -> None:
        self.url = read_url(url)
        try:
            self.engine = _engine(self.url)
        except (NoSuchModuleError, ArgumentError):
            raise SettingsError(
                f"database_url names a kind of database that is not known, {self.url.drivername!r}: "
                "write it as sqlite:///FILE, postgresql://... or mysql://..."
            ) from None
        except ModuleNotFoundError as error:
            raise SettingsError(
                f"database_url needs the Python package {error.name}: "
                f"install it with `pip install 'whisperpage[{self.kind}]'`."
            ) from None

        options: dict[str, dict[str, Any]] = {
            "postgresql": {"isolation_level": "AUTOCOMMIT"},
            "sqlite": {_ASKS: True},
        }
        self._asking = self.engine.execution_options(**options.get(self.kind, {}))
        self._closed = False
        event.listen(self.engine, "checkin", self._close_late)

    @property
    def kind(self) -> str:
        """The kind of database: `sqlite`, `postgresql` or `mysql` (also for MariaDB)."""
        return self.url.get_backend_name()

    def __str__(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[ReadSession]:
        """A session for queries. It never waits for a program that writes to SQLite. Raises StoreError."""
        # no transaction, which would need two more round trips to the server while a pager waits; in SQLite
        # each statement makes its thread wait for its turn once more
        with (
            self.errors_told(),
            self._asking.connect() as connection,
            closing(ReadSession(connection, streams=False)) as reading,
        ):
            yield reading

    @contextmanager
    def streaming(self) -> Iterator[ReadSession]:
        """A session for long listings: rows are fetched when used, in one transaction. Raises StoreError."""
        with self.errors_told(), Session(self.engine) as session:
            yield ReadSession(session)

    @contextmanager
    def unit(self, wait: float | None = None) -> Iterator[UnitOfWork]:
        """A unit of work: `with store.unit() as unit: ...; unit.commit()`. Raises StoreError.

        On SQLite it waits for another program's lock at most `wait` seconds in place of LOCK_WAIT.
        """
        writing = self.engine.execution_options(**{_WRITES: True, _WAIT: wait})
        with self.errors_told(), Session(writing, expire_on_commit=False) as session:
            yield UnitOfWork(session)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in one transaction, for work on the schema. Raises StoreError."""
        with self.errors_told(), self.engine.execution_options(**{_WRITES: True}).begin() as connection:
            yield connection

    @contextmanager
    def errors_told(self) -> Iterator[None]:
        """Convert an error of SQLAlchemy to a StoreError, or to the rejection of a value."""
        try:
            yield
        except SQLAlchemyError as error:
            raise faults.translate(error, self.url) from error

    def close(self) -> None:
        """Close every connection. A connection in use is closed when its thread returns it."""
        self._closed = True
        self.engine.dispose()

    def _close_late(self, _: Any, entry: ConnectionPoolEntry) -> None:
        if self._closed:
            entry.invalidate()


def _engine(url: URL) -> Engine:
    kind = url.get_backend_name()
    if kind == "sqlite":
        engine = create_engine(url, connect_args={"timeout": LOCK_WAIT})
        event.listen(engine, "do_connect", _make_private)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # the server may have been restarted between two pages: find out before the query
    engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_WAIT})
    if kind == "postgresql":
        event.listen(engine, "connect", _check_encoding, insert=True)  # before SQLAlchemy reads any text
    event.listen(engine, "connect", _prepare_postgresql if kind == "postgresql" else _prepare_mysql)
    return engine


def _check_encoding(connection: Any, _: ConnectionPoolEntry) -> None:
    # such a database returns bytes and not text (TextLoader.load, psycopg/types/string.py)
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        raise DatabaseUnavailable(
            f"The database {connection.info.dbname} has no real encoding (SQL_ASCII): "
            "give whisperpage one that was created with ENCODING 'UTF8' TEMPLATE template0."
        )


def _prepare_postgresql(connection: Any, _: ConnectionPoolEntry) -> None:
    # not as an option of the connection, since PgBouncer refuses these
    _execute(connection, f"SET lock_timeout = '{LOCK_WAIT}s'")


def _prepare_mysql(connection: Any, _: ConnectionPoolEntry) -> None:
    # strict in any mode of the server: a value that is too long is refused and not cut
    strict = "sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')"
    _execute(connection, f"SET time_zone = '+00:00', innodb_lock_wait_timeout = {LOCK_WAIT}, {strict}")


def _execute(connection: Any, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.commit()


def _make_private(_: Any, __: Any, arguments: list[Any], ___: Any) -> None:
    """Make the file of a new SQLite database, which only its owner may read, whatever the umask.

    SQLite gives the files beside it, -wal and -shm, the same permissions (findCreateFileMode, os_unix.c).
    """
    name = str(arguments[0])
    if name == ":memory:" or name.startswith("file:"):  # SQLite's own URIs are not handled
        return
    try:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError:
        return  # it exists already, or it cannot be made, which SQLite will report


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = (
        None  # sqlite3 must not begin or commit by itself: DDL would end the transaction
    )
    connection.execute(f"PRAGMA busy_timeout = {_milliseconds(None)}")
    connection.execute("PRAGMA foreign_keys = ON")
    _write_ahead(connection)


def _write_ahead(connection: Any) -> None:
    # if two programs change a new file at once, one gets "locked", whatever the busy timeout is
    deadline = time.monotonic() + LOCK_WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    wait = _milliseconds(options.get(_WAIT))
    if connection.info.get(_WAIT) != wait:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait}")
        connection.info[_WAIT] = wait
    if options.get(_ASKS):
        return
    # a writer takes its lock first: after a read, a request for the lock would fail at once without waiting
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES) else "BEGIN")


def _milliseconds(wait: float | None) -> int:
    return round(1000 * (LOCK_WAIT if wait is None else max(wait, 0.0)))
