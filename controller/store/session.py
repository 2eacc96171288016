"""The database: an engine, and units of work on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session


class Reading:
    """One consistent look at the database; given to the functions of the query modules."""

    def __init__(self, session: Session) -> None:
        self.session = session


class Unit(Reading):
    """One unit of work: rolled back, whatever happens, unless `commit` was called."""

    def commit(self) -> None:
        """Keep what was done."""
        raise NotImplementedError


class Store:
    """The database at a URL. Blocking, and safe to use from several threads at once."""

    def __init__(self, url: str) -> None:
        raise NotImplementedError

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """For questions only: takes no lock that another writer waits for. Raises StoreError."""
        raise NotImplementedError

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """For changes. Raises StoreError."""
        raise NotImplementedError

    def close(self) -> None:
        """Close every connection."""
        raise NotImplementedError
