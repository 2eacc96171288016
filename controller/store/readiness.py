"""Checks whether the database has what a page needs; the version alone does not show that."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import FromClause, false, select

from controller.errors import DatabaseBehind
from controller.store import schema
from controller.store.models import EFFECTIVE_PERMISSIONS, Base
from controller.store.schema import SchemaState
from controller.store.session import ReadSession, Store


def check(store: Store) -> SchemaState:
    """Return the database's version. If it is the right one, check that each table is there and readable.

    No row is read. Raises StoreError.
    """
    state = schema.state(store)
    if state.up_to_date:
        with store.reading() as reading:
            for table in _needed():
                _look(store, reading, table)
    return state


def _needed() -> Iterator[FromClause]:
    """The tables, and the view that decisions read. The other view is for people only."""
    yield from Base.metadata.sorted_tables
    yield EFFECTIVE_PERMISSIONS


def _look(store: Store, reading: ReadSession, table: FromClause) -> None:
    try:
        with store.errors_told():
            reading.session.execute(select(table).where(false())).close()
    except DatabaseBehind:  # which an upgrade cannot correct here
        raise DatabaseBehind(
            f"The database {store} has the right version, but {table.description} is missing or incomplete: "
            "restore it from a backup."
        ) from None
