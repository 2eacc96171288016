"""The store that a command works on. SQLAlchemy is imported only when a store is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from controller.cli import audited
from controller.cli.output import note
from controller.config import DEFAULT, load, sources
from controller.errors import DatabaseBehind

if TYPE_CHECKING:
    from controller.store.session import Store, UnitOfWork


@contextmanager
def configured() -> Iterator[Store]:
    """The store of the settings, whatever its schema. Raises SettingsError."""
    from controller.store.session import Store

    store = Store(load().database_url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def current() -> Iterator[Store]:
    """The store of the settings with this program's schema; an old one on SQLite is upgraded.

    None is made: with the wrong settings a command is not to answer from an empty one. Raises StoreError.
    """
    from controller.store import schema

    with configured() as store:
        if schema.state(store).current is None:
            (place,) = (each.written_in for each in sources() if each.key == "database_url")
            named = "the default of database_url" if place == DEFAULT else place
            raise DatabaseBehind(
                f"The database {store}, named by {named}, is not there or has no tables; if the name is right"
            )
        schema.ensure_current(store, note)
        yield store


@contextmanager
def changing() -> Iterator[UnitOfWork]:
    """A unit of work on that store, committed if nothing is raised; then a note names the database.

    The audit gets the command.
    """
    with current() as store:
        with store.unit() as unit:
            yield unit
            audited.record(unit)
            unit.commit()
        note(f"Changed in {store}.")
