"""The version of the schema: that of the database, that of this program, and the upgrade."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from controller import resources
from controller.errors import DatabaseAhead, DatabaseBehind, DatabaseUnavailable
from controller.store.session import LOCK_WAIT, Store
from controller.store.versions import versions

#: A number for a PostgreSQL advisory lock that no other program uses.
_LOCK = 0x77686973
Progress = Callable[[str], None]


@dataclass(frozen=True)
class SchemaState:
    """`current` is None for a database without our tables; `known` is False if a newer program made it."""

    current: str | None
    head: str
    known: bool = True

    @property
    def up_to_date(self) -> bool:
        """Whether the database has the version of this program."""
        return self.current == self.head


def state(store: Store) -> SchemaState:
    """The version of the database; this makes no SQLite file. Raises StoreError."""
    if store.kind == "sqlite" and not _exists(str(store.url.database)):
        return SchemaState(None, versions()[-1])
    with store.reading() as reading:
        return _state(reading.session.connection())


def state_at(url: str) -> SchemaState:
    """The version of the database at a URL. Raises SettingsError or StoreError."""
    with closing(Store(url)) as store:
        return state(store)


def upgrade(store: Store, progress: Progress | None = None) -> None:
    """Upgrade the database to this program's version; `progress` gets the name of each step.

    On SQLite and PostgreSQL the whole upgrade is done, or nothing. MySQL and MariaDB keep each statement:
    there, the next upgrade continues one that was interrupted. Raises DatabaseAhead if the database is newer,
    or another StoreError.
    """
    migrate(store, "head", progress)


def migrate(store: Store, revision: str, progress: Progress | None = None) -> None:
    """Bring the database up or down to a version: `head`, `base`, `0002`.

    Run it again if it was interrupted on MySQL or MariaDB: it continues where it was.
    """
    from alembic import command
    from alembic.config import Config

    with store.transaction() as connection, _alone(connection):
        found = _state(connection)
        if not found.known:
            raise _newer(store, found)
        if revision == "head" and found.up_to_date:
            return
        config = Config()
        config.set_main_option("script_location", str(resources.migrations()).replace("%", "%%"))
        config.attributes["connection"] = connection
        config.attributes["on_version_apply"] = _tell(progress) if progress else ()
        # versions are numbers of four digits, so they can be compared as text
        down = revision == "base" or (found.current is not None and revision < found.current)
        (command.downgrade if down else command.upgrade)(config, revision)


def ensure_current(store: Store, note: Progress) -> None:
    """Let the program run only on its own schema: an SQLite database is upgraded, with a note.

    Raises DatabaseBehind for another database that is behind, and DatabaseAhead for one that is newer.
    """
    found = state(store)
    if found.up_to_date:
        return
    if not found.known:
        raise _newer(store, found)
    if store.kind != "sqlite":
        has = f"is at version {found.current}" if found.current else "has no tables yet"
        raise DatabaseBehind(f"The database {store} {has}, and {found.head} is needed.")
    upgrade(store)
    note(f"The database {store} was {'upgraded' if found.current else 'made'} (version {found.head}).")


def _exists(file: str) -> bool:
    return file.startswith("file:") or Path(file).exists()  # SQLite's own URIs are not checked


def _state(connection: Connection) -> SchemaState:
    known = versions()
    current: str | None = None
    if inspect(connection).has_table("alembic_version"):
        current = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return SchemaState(current, known[-1], current is None or current in known)


def _newer(store: Store, found: SchemaState) -> DatabaseAhead:
    return DatabaseAhead(
        f"The database {store} was made by a newer version of the program (version {found.current}; "
        f"this one knows up to {found.head}): upgrade whisperpage."
    )


def _tell(progress: Progress) -> Callable[..., None]:
    def on_version_apply(*, step: Any, **_: Any) -> None:
        revision = step.up_revision
        progress(f"{revision.revision} {revision.doc}")

    return on_version_apply


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Allow only one upgrade at a time if two programs start together; the second finds nothing left to do.

    SQLite needs no lock: the transaction has the only write lock from its beginning.
    """
    kind = connection.dialect.name
    if kind == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    if kind not in ("mysql", "mariadb"):
        yield
        return
    name = {"name": f"whisperpage-{_LOCK}", "wait": LOCK_WAIT}
    if connection.execute(text("SELECT GET_LOCK(:name, :wait)"), name).scalar() != 1:
        raise DatabaseUnavailable(
            "The database is being upgraded by another program: let that finish, then try again."
        )
    try:
        yield
        connection.execute(text("COMMIT"))  # else the next holder of the lock does not see the version
    finally:
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), name)
