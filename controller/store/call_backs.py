"""Call backs in SQL: any number of controllers read them, and exactly one rings the pager of each."""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

from sqlalchemy import ColumnElement, Delete, Update, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from controller.domain.call_back import TAKEN, CallBack
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.errors import AlreadyThere
from controller.store.models import CallBackRow as Row
from controller.store.models import Page
from controller.store.session import ReadSession, UnitOfWork

#: The PostgreSQL advisory locks of pagers, each with a number of its own beside this one.
_LOCKS = 1_902_120
_COLUMNS = Row.__table__.c
_QUERY = select(
    _COLUMNS.pager,
    _COLUMNS.target,
    _COLUMNS.feature,
    _COLUMNS.asked_at,
    _COLUMNS.expires_at,
    _COLUMNS.taken_at,
)


def listing(reading: ReadSession) -> tuple[CallBack, ...]:
    """All call backs, the oldest first, with those that have expired and are not deleted yet."""
    rows = reading.session.execute(_QUERY.order_by(_COLUMNS.asked_at, _COLUMNS.id))
    names = ((UserName.or_none(row.pager), UserName.or_none(row.target), row) for row in rows)
    return tuple(
        CallBack(pager, target, Feature(row.feature), *row[3:])
        for pager, target, row in names
        if pager and target  # a row of another program may have names that no user can have
    )


def find(reading: ReadSession, pager: UserName, target: UserName) -> CallBack | None:
    """The call back of a pager and a target."""
    row = reading.session.execute(_QUERY.where(_of(pager, target))).one_or_none()
    return CallBack(pager, target, Feature(row.feature), *row[3:]) if row else None


def ask(unit: UnitOfWork, asked: CallBack, limit: int) -> None:
    """Keep a call back; it replaces that of the same pager and target.

    Raises AlreadyThere if the pager has `limit` others that have not expired.
    """
    there = _of(asked.pager, asked.target)
    values = {
        "feature": asked.feature.value,
        "asked_at": asked.asked_at,
        "expires_at": asked.expires_at,
        "taken_at": None,
    }
    if _changed(unit, update(Row).where(there).values(values)):
        return
    if _waiting(unit, asked.pager, asked.asked_at) >= limit:
        raise AlreadyThere(f"{asked.pager} waits for as many targets as it may: {limit}.", "call back")
    names = {"pager": str(asked.pager), "target": str(asked.target)}
    try:
        with unit.session.begin_nested():
            unit.session.execute(insert(Row).values(names | values))
    except IntegrityError:  # another controller was faster
        _changed(unit, update(Row).where(there).values(values))


def take(unit: UnitOfWork, pager: UserName, target: UserName, at: datetime) -> bool:
    """Take a call back in order to ring its pager; False if it is not ours.

    It is another controller's for TAKEN from when that has taken it, and so is the pager: it is rung for one
    target at a time. If the pager has reached the target since it has asked, the call back is removed.
    """
    own = select(_COLUMNS.target, _COLUMNS.asked_at, _COLUMNS.expires_at, _COLUMNS.taken_at)
    rows = unit.session.execute(own.where(_COLUMNS.pager == str(pager)).with_for_update()).all()
    wanted = next((row for row in rows if row.target == str(target) and row.expires_at > at), None)
    if wanted is None or any(row.taken_at and row.taken_at > at - TAKEN for row in rows):
        return False
    there = _of(pager, target)
    reached = select(Page.id).where(
        Page.pager == str(pager),
        Page.target == str(target),
        Page.started_at >= wanted.asked_at,
        Page.answered_at.is_not(None),
    )
    if unit.session.scalar(reached.limit(1)) is not None:
        unit.session.execute(delete(Row).where(there))
        return False
    return _changed(unit, update(Row).where(there).values(taken_at=at)) > 0


def give_back(unit: UnitOfWork, pager: UserName, target: UserName, taken_at: datetime) -> None:
    """Let a call back wait further: its pager was not rung."""
    mine = and_(_of(pager, target), Row.taken_at == taken_at)
    unit.session.execute(update(Row).where(mine).values(taken_at=None))


def finish(unit: UnitOfWork, pager: UserName, target: UserName, taken_at: datetime) -> None:
    """Remove a call back whose pager was rung; not one that was asked for anew meanwhile."""
    unit.session.execute(delete(Row).where(_of(pager, target), Row.taken_at == taken_at))


def remove(unit: UnitOfWork, pager: UserName, target: UserName) -> bool:
    """Remove a call back; False if there is none."""
    return _changed(unit, delete(Row).where(_of(pager, target))) > 0


def prune(unit: UnitOfWork, at: datetime) -> int:
    """Delete the call backs that have expired, except those that ring; return how many."""
    idle = or_(Row.taken_at.is_(None), Row.taken_at <= at - TAKEN)
    return _changed(unit, delete(Row).where(Row.expires_at <= at, idle))


def _waiting(unit: UnitOfWork, pager: UserName, at: datetime) -> int:
    """How many call backs a pager has; until the unit ends, no other controller adds one.

    SQLite has one writer at a time. The indexes of MariaDB are locked where rows could be added, and of two
    controllers that get so far, it undoes the work of one.
    """
    if unit.kind == "postgresql":  # which locks only rows that are there
        unit.session.execute(select(func.pg_advisory_xact_lock(_LOCKS, _number(str(pager)))))
    own = select(Row.id).where(Row.pager == str(pager), Row.expires_at > at)
    return len(unit.session.execute(own.with_for_update()).all())


def _number(text: str) -> int:
    """A number of 32 bits with a sign for a text."""
    return int.from_bytes(crc32(text.encode()).to_bytes(4, "big"), "big", signed=True)


def _of(pager: UserName, target: UserName) -> ColumnElement[bool]:
    return and_(Row.pager == str(pager), Row.target == str(target))


def _changed(unit: UnitOfWork, change: Update | Delete) -> int:
    return int(unit.session.execute(change).rowcount)  # type: ignore[attr-defined]  # of an UPDATE or DELETE
