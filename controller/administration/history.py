"""The history of a caller's reach: found by filters, in pieces, the newest first; and counted by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from controller.administration.reach import Reach
from controller.domain.record import PageRecord
from controller.store import page_search
from controller.store.page_search import After, DayCount, Filter
from controller.store.session import ReadSession

__all__ = ["After", "DayCount", "Filter", "by_day", "listing"]


def listing(
    reading: ReadSession, reach: Reach, kept: Filter, limit: int, after: After | None = None
) -> tuple[PageRecord, ...]:
    """At most `limit` attempts in reach that a filter keeps, the newest first; those that follow `after`.

    Within one domain these are the attempts of its users, and those to its users by nobody who is known.
    Raises OutOfReach (another domain).
    """
    return page_search.found(reading, replace(kept, domain=reach.narrowed(kept.domain)), limit, after)


def by_day(
    reading: ReadSession, reach: Reach, since: datetime, until: datetime, domain: str = ""
) -> tuple[DayCount, ...]:
    """The attempts in reach, by day in UTC and treatment. Raises OutOfReach (another domain)."""
    return page_search.by_day(reading, since, until, reach.narrowed(domain))
