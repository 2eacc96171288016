"""The store that a command works on. SQLAlchemy is imported only when a store is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from controller.administration.reach import EVERYTHING
from controller.cli.output import note
from controller.cli.person import actor
from controller.errors import DatabaseBehind
from controller.settings_sources import DEFAULT, load, sources

if TYPE_CHECKING:
    from controller.administration.audited import Editor
    from controller.store.session import Store


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
def changing() -> Iterator[Editor]:
    """The settings in that store; changes are kept if nothing is raised, and a note names the database."""
    from controller.administration.audited import Editor

    with current() as store:
        with store.unit() as unit:
            yield Editor(unit, actor(), EVERYTHING)
            unit.commit()
        note(f"Changed in {store}.")
