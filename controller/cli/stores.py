"""The store that a command works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from controller.cli.output import note
from controller.config import load
from controller.store import schema
from controller.store.session import Store


@contextmanager
def configured() -> Iterator[Store]:
    """The store of the settings, whatever its schema. Raises SettingsError."""
    store = Store(load().database_url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def current() -> Iterator[Store]:
    """The store of the settings with this program's schema: made first, on SQLite. Raises StoreError."""
    with configured() as store:
        schema.ensure_current(store, note)
        yield store
