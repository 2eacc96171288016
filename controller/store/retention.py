"""How long the history is kept: old attempts are deleted in small pieces, beside a controller at work."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select

from controller.store.models import Page
from controller.store.session import ReadSession, Store, UnitOfWork

#: Rows deleted at a time: what holds the database's locks for some hundredths of a second.
BATCH = 1000


def count(reading: ReadSession, before: datetime) -> int:
    """How many attempts `prune` would delete."""
    return reading.session.scalar(select(func.count()).select_from(Page).where(_old(before))) or 0


def prune(store: Store, before: datetime, progress: Callable[[int], None]) -> int:
    """Delete attempts that began before a moment, the oldest first; pages that are still up stay.

    Each piece is a transaction of its own, after which others get the database for as long as it took; one
    that is broken off has deleted the oldest. `progress` hears how many went. Returns how many in all. Raises
    StoreError.
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
    """Delete at most so many of the oldest attempts that `prune` would; how many went. Raises StoreError."""
    oldest = select(Page.id).where(_old(before)).order_by(Page.started_at).limit(rows)
    # in two statements, because MySQL deletes from no table that it limits a query of
    ids = unit.session.scalars(oldest).all()
    if ids:
        unit.session.execute(delete(Page).where(Page.id.in_(ids)))
    return len(ids)


def _old(before: datetime) -> ColumnElement[bool]:
    return and_(Page.started_at < before, Page.ended_at.is_not(None))
