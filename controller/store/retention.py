"""Retention: deletes old attempts in small batches while controllers work."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select

from controller.store.models import Page
from controller.store.session import ReadSession, Store, UnitOfWork

#: The rows in one batch, which holds the database's locks for some hundredths of a second.
BATCH = 1000


def count(reading: ReadSession, before: datetime) -> int:
    """The number of attempts that `prune` would delete."""
    return reading.session.scalar(select(func.count()).select_from(Page).where(_old(before))) or 0


def prune(store: Store, before: datetime, progress: Callable[[int], None]) -> int:
    """Delete attempts that began before a moment, the oldest first. Pages that are still up stay.

    Each batch is a transaction. After it, others get the database for as long as the batch took. If the work
    is interrupted, the oldest attempts are already deleted. `progress` gets the number of rows in each batch.
    Returns the number of all deleted rows. Raises StoreError.
    """
    deleted = 0
    while True:
        begun = time.monotonic()
        with store.unit() as unit:
            piece = prune_piece(unit, before, BATCH)
            unit.commit()
        deleted += piece
        progress(piece)
        if piece < BATCH:
            return deleted
        time.sleep(time.monotonic() - begun)


def prune_piece(unit: UnitOfWork, before: datetime, rows: int) -> int:
    """Delete at most `rows` of the oldest of these attempts; return how many. Raises StoreError."""
    oldest = select(Page.id).where(_old(before)).order_by(Page.started_at).limit(rows)
    # two statements: MySQL does not delete from a table that a limited subquery reads
    ids = unit.session.scalars(oldest).all()
    if ids:
        unit.session.execute(delete(Page).where(Page.id.in_(ids)))
    return len(ids)


def _old(before: datetime) -> ColumnElement[bool]:
    return and_(Page.started_at < before, Page.ended_at.is_not(None))
