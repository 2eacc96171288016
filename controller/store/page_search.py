"""The history, searched: by filters and in pieces, and counted by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from controller.domain.names import UserFilter
from controller.domain.record import PageRecord, Treatment
from controller.store import pages
from controller.store.models import Page
from controller.store.session import ReadSession


@dataclass(frozen=True)
class Filter:
    """The attempts to find; what is None or empty keeps all.

    `since` and `until` are aware: attempts that began at `since` or later, and before `until`. `user` is
    pager or target. `domain` keeps the attempts of its users, and those to its users by nobody known.
    """

    since: datetime | None = None
    until: datetime | None = None
    user: UserFilter | None = None
    pager: UserFilter | None = None
    target: UserFilter | None = None
    treatment: Treatment | None = None
    reason: str = ""
    ending: str = ""
    domain: str = ""


@dataclass(frozen=True)
class After:
    """The last attempt of a piece of the history: the next piece follows it."""

    started_at: datetime
    page_id: str


@dataclass(frozen=True)
class DayCount:
    """How many attempts of one day in UTC had a treatment."""

    day: date
    treatment: Treatment
    attempts: int


def found(
    reading: ReadSession, kept: Filter, limit: int, after: After | None = None
) -> tuple[PageRecord, ...]:
    """At most `limit` attempts that a filter keeps, the newest first; those that follow `after`."""
    query = select(*pages.COLUMNS).where(*_conditions(kept))
    if after is not None:
        # twice the same bound: databases use an index for the first
        query = query.where(
            Page.started_at <= after.started_at,
            or_(Page.started_at < after.started_at, Page.page_id < after.page_id),
        )
    query = query.order_by(Page.started_at.desc(), Page.page_id.desc()).limit(limit)
    return tuple(pages.of_row(*row) for row in reading.session.execute(query))


def by_day(reading: ReadSession, since: datetime, until: datetime, domain: str = "") -> tuple[DayCount, ...]:
    """The attempts from `since` to before `until`, by day in UTC and treatment."""
    day = _day(reading)
    kept = _conditions(Filter(since=since, until=until, domain=domain))
    query = select(day, Page.treatment, func.sum(Page.attempts)).where(*kept).group_by(day, Page.treatment)
    rows = reading.session.execute(query.order_by(day, Page.treatment))
    return tuple(DayCount(_date(when), Treatment(treatment), int(count)) for when, treatment, count in rows)


def _conditions(kept: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if kept.since is not None:
        conditions.append(Page.started_at >= kept.since)
    if kept.until is not None:
        conditions.append(Page.started_at < kept.until)
    if kept.user is not None:
        conditions.append(or_(*(pages.is_user(side, kept.user) for side in (Page.pager, Page.target))))
    for side, user in ((Page.pager, kept.pager), (Page.target, kept.target)):
        if user is not None:
            conditions.append(pages.is_user(side, user))
    exact = (Page.treatment, kept.treatment), (Page.reason, kept.reason), (Page.ending, kept.ending)
    conditions += [column == value for column, value in exact if value]
    if kept.domain:
        conditions.append(pages.of_domain(kept.domain))
    return conditions


def _day(reading: ReadSession) -> ColumnElement[Any]:
    if reading.session.get_bind().dialect.name == "postgresql":
        return func.date(func.timezone("UTC", Page.started_at))
    return func.date(Page.started_at)


def _date(day: date | str) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day  # SQLite has no dates
