"""The attempts in the history that have no end yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select

from controller.domain.record import PageRecord
from controller.store.models import Page
from controller.store.pages import COLUMNS, of_row
from controller.store.session import ReadSession


def open_pages(reading: ReadSession, *names: str) -> tuple[PageRecord, ...]:
    """Those on the switch with one of these names, the oldest first."""
    return _unended(reading, Page.switch.in_(names))


def begun_before(reading: ReadSession, moment: datetime) -> tuple[PageRecord, ...]:
    """Those on any switch that began before a moment, the oldest first. It reads the whole history."""
    return _unended(reading, Page.started_at < moment)


def open_parts(reading: ReadSession, page_id: str) -> tuple[PageRecord, ...]:
    """Those that are parts of a page to a page group."""
    return _unended(reading, Page.part_of == page_id)


def _unended(reading: ReadSession, which: ColumnElement[bool]) -> tuple[PageRecord, ...]:
    query = select(*COLUMNS).where(which, Page.ended_at.is_(None)).order_by(Page.id)
    return tuple(of_row(*row) for row in reading.session.execute(query))
