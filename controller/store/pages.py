"""The history: one row for each attempt to page, completed while the page lasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    GenerativeSelect,
    Select,
    and_,
    func,
    insert,
    select,
    union,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from controller.domain.names import shown
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import SHUT_OUT
from controller.errors import NotFound
from controller.store.models import Page
from controller.store.session import ReadSession, UnitOfWork

Q = TypeVar("Q", bound=GenerativeSelect)

#: The ending of a page that ended unseen.
LOST = "lost"
#: The reason of a refusal that shuts its pager out, for every controller (SHUT_OUT).
TOO_OFTEN = "too_often"

_COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
    Page.page_id,
    Page.switch,
    Page.pager,
    Page.target,
    Page.treatment,
    Page.started_at,
    Page.reason,
    Page.cause,
    Page.answered_at,
    Page.ended_at,
    Page.ending,
    Page.attempts,
)


def save(unit: UnitOfWork, record: PageRecord) -> None:
    """Save an attempt: as a new row, or merged into the row of the same `page_id`.

    May be called again with the same or with more (begun, answered, ended, refused), in any order, by any
    controller: `merged` says what becomes of it. Raises StoreError.
    """
    record = fit(record)
    # not locked before it is seen: on MySQL that would lock the gap where two controllers then both insert
    seen = unit.session.scalar(select(Page.id).where(Page.page_id == record.page_id)) is not None
    if seen and _complete(unit, record):
        return
    try:
        with unit.session.begin_nested():
            unit.session.execute(insert(Page).values(asdict(record)))
    except IntegrityError:
        # another controller may have put the row there since we looked; if not, the record itself is wrong
        if not _complete(unit, record):
            raise


def claim(unit: UnitOfWork, record: PageRecord) -> bool:
    """Put an attempt's row there; False if it is there already: another controller has taken it.

    False also if a controller has shut its pager out just now: that one refuses it, without a row of its own.
    Raises StoreError.
    """
    if record.pager is not None and _shut_out(unit, record.pager, record.started_at):
        return False
    try:
        with unit.session.begin_nested():
            unit.session.execute(insert(Page).values(asdict(fit(record))))
    except IntegrityError:
        # locked: a MySQL transaction that has looked already (`_shut_out`) sees only by that what is newer
        taken = select(Page.id).where(Page.page_id == record.page_id).with_for_update()
        if unit.session.scalar(taken) is None:
            raise  # not for the page's id: the record itself is wrong
        return False
    return True


def open_pages(reading: ReadSession, switch: str) -> tuple[PageRecord, ...]:
    """The pages of a switch that have not ended as far as the history knows, oldest first."""
    query = select(*_COLUMNS).where(Page.switch == switch, Page.ended_at.is_(None)).order_by(Page.id)
    return tuple(_record(*row) for row in reading.session.execute(query))


def history(
    reading: ReadSession,
    since: datetime | None = None,
    user: str | None = None,
    refused: bool = False,
    limit: int | None = None,
) -> Iterator[PageRecord]:
    """Attempts, the newest first. `user` is `1002` or `1002@domain`, as pager or as target."""
    kept = []
    if since is not None:
        kept.append(Page.started_at >= since)
    if refused:
        # of one user's attempts there are fewer than refusals of all: keep the database from that index
        treatment = Page.treatment if user is None else func.coalesce(Page.treatment, "")
        kept.append(treatment == Treatment.REFUSED)
    query: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
    if user is None:
        query = _newest(select(*_COLUMNS, Page.id).where(*kept), Page, limit)
    else:
        # two branches, each by its own index: with OR, a database may rather read all of the history
        sides = (
            _newest(select(*_COLUMNS, Page.id).where(_is(side, user), *kept), Page, limit).subquery()
            for side in (Page.pager, Page.target)
        )
        both = union(*(select(side) for side in sides))
        query = _newest(both, both.selected_columns, limit)
    for row in reading.rows(query):
        yield _record(*row[:-1])


def find(reading: ReadSession, page_id: str) -> PageRecord | None:
    """One attempt, None if there is no such."""
    row = reading.session.execute(select(*_COLUMNS).where(Page.page_id == page_id)).one_or_none()
    return None if row is None else _record(*row)


def show(reading: ReadSession, page_id: str) -> PageRecord:
    """One attempt. Raises NotFound."""
    record = find(reading, page_id)
    if record is None:
        raise NotFound(f"There is no page {shown(page_id)}.", "page")
    return record


def merged(old: PageRecord, new: PageRecord) -> PageRecord:
    """What a row becomes: what it has stays, what it lacks is filled in.

    Only the treatment, and with it the reason, follow `new` until the page has ended: what was to be a
    whisper page may be refused at the last moment. `lost` says that nobody has seen how it ended, and counts
    until somebody tells who has.
    """
    over = old.ended_at is not None
    known = over and old.ending != LOST
    ended_at, ending = old.ended_at, old.ending
    if new.ended_at is not None and not known and not (over and new.ending == LOST):
        ended_at, ending = new.ended_at, new.ending
    answered_at = old.answered_at or new.answered_at
    if over and answered_at is not None and ended_at is not None:
        answered_at = min(answered_at, ended_at)  # what is known of the end stays
    return fit(
        replace(
            old,
            treatment=old.treatment if known else new.treatment,
            reason=old.reason if known else new.reason,
            cause=old.cause or new.cause,
            answered_at=answered_at,
            ended_at=ended_at,
            ending=ending,
            attempts=max(old.attempts, new.attempts),
        )
    )


def fit(record: PageRecord) -> PageRecord:
    """The record as the table takes it: none is lost to a clock set back or to odd characters."""
    started_at, answered_at, ended_at, ending = (
        record.started_at,
        record.answered_at,
        record.ended_at,
        record.ending,
    )
    if record.treatment is Treatment.REFUSED:
        answered_at = None
        ended_at, ending = ended_at or started_at, ending or "refused"
    if answered_at is not None:
        answered_at = max(answered_at, started_at)
    if ended_at is not None:
        ended_at = max(ended_at, answered_at or started_at)
    return replace(
        record,
        target=_printable(record.target, 320) or "?",
        cause=record.cause and _printable(record.cause, 64),
        answered_at=answered_at,
        ended_at=ended_at,
        ending=ending,
    )


def _newest(query: Q, columns: Any, limit: int | None) -> Q:
    return query.order_by(columns.started_at.desc(), columns.id.desc()).limit(limit)


def _is(side: InstrumentedAttribute[Any], user: str) -> ColumnElement[bool]:
    """Whether `user` is on that side. An extension alone is all that is from `1002@` up to before `1002A`."""
    # a range, and no LIKE: SQLite's does not use an index
    return side == user if "@" in user else and_(side >= f"{user}@", side < f"{user}A")


def _shut_out(unit: UnitOfWork, pager: str, moment: datetime) -> bool:
    """Whether this pager had been shut out at the moment that it asked; what it asked before goes on."""
    # a second less than that lasts, so that nobody meets its own that is just over
    begun = Page.started_at.between(moment - timedelta(seconds=SHUT_OUT - 1), moment)
    query = select(Page.id).where(Page.pager == pager, begun, Page.reason == TOO_OFTEN).limit(1)
    return unit.session.scalar(query) is not None


def _printable(text: str, length: int) -> str:
    return "".join(character if character.isprintable() else "?" for character in text[:length])


def _complete(unit: UnitOfWork, record: PageRecord) -> bool:
    """Fill the record into its row, if there is one."""
    query = select(*_COLUMNS).where(Page.page_id == record.page_id).with_for_update()
    row = unit.session.execute(query).one_or_none()
    if row is None:
        return False
    old = _record(*row)
    if (new := merged(old, record)) != old:
        unit.session.execute(update(Page).where(Page.page_id == record.page_id).values(asdict(new)))
    return True


def _record(
    page_id: str,
    switch: str,
    pager: str | None,
    target: str,
    treatment: str,
    started_at: datetime,
    reason: str | None,
    cause: str | None,
    answered_at: datetime | None,
    ended_at: datetime | None,
    ending: str | None,
    attempts: int,
) -> PageRecord:
    return PageRecord(
        page_id,
        switch,
        pager,
        target,
        Treatment(treatment),
        started_at,
        reason,
        cause,
        answered_at,
        ended_at,
        ending,
        attempts,
    )
