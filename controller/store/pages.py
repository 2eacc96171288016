"""The history: every attempt to page."""

from __future__ import annotations

from controller.store.session import Reading, Unit
from controller.store.values import PageRecord


def save(unit: Unit, record: PageRecord) -> None:
    """Keep what is known of an attempt: a new row, or more of the row of the same `page_id`.

    May be called again with the same or with more (begun, answered, ended, refused), in any order, by any
    controller: what a row has of `answered_at`, `ended_at`, `ending`, `cause` and `reason` stays, only what is
    missing is filled in.
    """
    raise NotImplementedError


def open_pages(reading: Reading, switch: str) -> tuple[PageRecord, ...]:
    """The pages of a switch that have not ended as far as the history knows, oldest first."""
    raise NotImplementedError
