"""The history: one row for each attempt to page, completed while the page lasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
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
    or_,
    select,
    union,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from controller.domain.names import UserFilter, UserName, shown, text_of
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import SHUT_OUT, Reason
from controller.errors import NotFound
from controller.store.models import Page
from controller.store.session import ReadSession, UnitOfWork

Q = TypeVar("Q", bound=GenerativeSelect)

#: The ending of a page that ended unseen.
LOST = "lost"
#: The reasons of a controller that cannot know what another one has done.
IN_TROUBLE = (Reason.STORE_TROUBLE, Reason.SWITCH_TROUBLE)
#: The reason of a refusal that shuts out its pager on every controller (SHUT_OUT).
TOO_OFTEN = "too_often"

#: The columns of a record, in the order in which `of_row` takes them.
COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
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
    Page.reply,
    Page.part_of,
    Page.message,
)


def save(unit: UnitOfWork, record: PageRecord) -> None:
    """Save an attempt: as a new row, or merged into the row of the same `page_id`.

    It may be called again with the same or with more data (begun, answered, ended, refused), in any order, by
    any controller: `merged` has the rules. Raises StoreError.
    """
    record = fit(record)
    # without a lock: on MySQL it would lock the gap into which two controllers then both insert
    seen = unit.session.scalar(select(Page.id).where(Page.page_id == record.page_id)) is not None
    if seen and _complete(unit, record):
        return
    try:
        with unit.session.begin_nested():
            unit.session.execute(insert(Page).values(_values(record)))
    except IntegrityError:
        # another controller may have inserted the row meanwhile; if not, the record itself is wrong
        if not _complete(unit, record):
            raise


def claim(unit: UnitOfWork, record: PageRecord) -> bool:
    """Insert the row of an attempt; False if it exists already, since another controller has claimed it.

    False as well if a controller has just shut out its pager: that controller refuses it without another row.
    Raises StoreError.
    """
    if record.pager is not None and _shut_out(unit, record.pager, record.started_at):
        return False
    try:
        with unit.session.begin_nested():
            unit.session.execute(insert(Page).values(_values(fit(record))))
    except IntegrityError:
        # with a lock: after an earlier query (`_shut_out`), a MySQL transaction sees newer rows only so
        taken = select(Page.id).where(Page.page_id == record.page_id).with_for_update()
        if unit.session.scalar(taken) is None:
            raise  # not for the page's id: the record itself is wrong
        return False
    return True


def history(
    reading: ReadSession,
    since: datetime | None = None,
    user: UserFilter | None = None,
    refused: bool = False,
    limit: int | None = None,
    domain: str = "",
) -> Iterator[PageRecord]:
    """Attempts, the newest first; those of `user` alone, as pager or as target.

    Or those of users of `domain`, and those to its users by nobody who is known.
    """
    kept: list[ColumnElement[bool]] = []
    if domain:
        kept.append(of_domain(domain))
    if since is not None:
        kept.append(Page.started_at >= since)
    if refused:
        # a user has fewer attempts than there are refusals of all users: avoid the index of refusals
        treatment = Page.treatment if user is None else func.coalesce(Page.treatment, "")
        kept.append(treatment == Treatment.REFUSED)
    query: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
    if user is None:
        query = _newest(select(*COLUMNS, Page.id).where(*kept), Page, limit)
    else:
        # two branches, each with its own index: with OR, a database may read the whole history
        sides = (
            _newest(select(*COLUMNS, Page.id).where(is_user(side, user), *kept), Page, limit).subquery()
            for side in (Page.pager, Page.target)
        )
        both = union(*(select(side) for side in sides))
        query = _newest(both, both.selected_columns, limit)
    for row in reading.rows(query):
        yield of_row(*row[:-1])


def of_domain(domain: str) -> ColumnElement[bool]:
    """Whether an attempt is seen on the side of a domain (controller.domain.record.seen_by)."""
    pager, target = (side.endswith(f"@{domain}", autoescape=True) for side in (Page.pager, Page.target))
    return or_(pager, and_(Page.pager.is_(None), target))


def find(reading: ReadSession, page_id: str) -> PageRecord | None:
    """One attempt; None if it does not exist."""
    row = reading.session.execute(select(*COLUMNS).where(Page.page_id == page_id)).one_or_none()
    return None if row is None else of_row(*row)


def show(reading: ReadSession, page_id: str) -> PageRecord:
    """One attempt. Raises NotFound."""
    record = find(reading, page_id)
    if record is None:
        raise NotFound(f"There is no page {shown(page_id)}.", "page")
    return record


def merged(old: PageRecord, new: PageRecord) -> PageRecord:
    """The merged row: existing values stay, missing values are added.

    Only the treatment, and with it the reason, follow `new` until the page has ended: a whisper page may
    still be refused at the last moment, until it is answered: the controller that refuses it then is in
    trouble. The ending `lost` means that nobody has seen the end; a later one replaces it.
    """
    if old.answered_at is not None and new.treatment is Treatment.REFUSED:
        return replace(old, attempts=max(old.attempts, new.attempts))
    if new.answered_at is not None and old.reason in IN_TROUBLE:
        old = replace(old, reason=None, cause=None, ended_at=None, ending=None)
    over = old.ended_at is not None
    known = over and old.ending != LOST
    ended_at, ending, reply = old.ended_at, old.ending, old.reply
    if new.ended_at is not None and not known and not (over and new.ending == LOST):
        ended_at, ending = new.ended_at, new.ending
    if ending == new.ending:
        reply = reply or new.reply  # a controller may have seen the key, and not have known the words
    answered_at = old.answered_at or new.answered_at
    if over and answered_at is not None and ended_at is not None:
        answered_at = min(answered_at, ended_at)  # the known end stays
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
            reply=reply,
            message=old.message or new.message,  # a controller that has not sent it does not know its name
        )
    )


def fit(record: PageRecord) -> PageRecord:
    """The record as the table accepts it, even after a change of the clock or with odd characters."""
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
        dialled="" if record.target else _printable(record.dialled, 320) or "?",
        cause=record.cause and _printable(record.cause, 64),
        reply=(record.reply and _printable(record.reply, 64)) or None,
        answered_at=answered_at,
        ended_at=ended_at,
        ending=ending,
    )


def _newest(query: Q, columns: Any, limit: int | None) -> Q:
    return query.order_by(columns.started_at.desc(), columns.id.desc()).limit(limit)


def is_user(side: InstrumentedAttribute[Any], user: UserFilter) -> ColumnElement[bool]:
    """Whether `user` is on that side. An extension alone means the range from `1002@` to before `1002A`."""
    if user.domain is not None:
        return side == f"{user.extension}@{user.domain}"
    # a range and not LIKE, since SQLite's LIKE does not use an index
    return and_(side >= f"{user.extension}@", side < f"{user.extension}A")


def _shut_out(unit: UnitOfWork, pager: UserName, moment: datetime) -> bool:
    """Whether this pager was shut out before the moment of its attempt.

    Attempts from before the shut-out go on, and so do those from the same moment: of two attempts with one
    time, neither was first.
    """
    # a second less than SHUT_OUT, so that a pager does not find its own shut-out that has just ended
    begun = and_(Page.started_at >= moment - timedelta(seconds=SHUT_OUT - 1), Page.started_at < moment)
    query = select(Page.id).where(Page.pager == str(pager), begun, Page.reason == TOO_OFTEN).limit(1)
    return unit.session.scalar(query) is not None


def _printable(text: str, length: int) -> str:
    return "".join(character if character.isprintable() else "?" for character in text[:length])


def _complete(unit: UnitOfWork, record: PageRecord) -> bool:
    """Merge the record into its row, if there is one."""
    query = select(*COLUMNS).where(Page.page_id == record.page_id).with_for_update()
    row = unit.session.execute(query).one_or_none()
    if row is None:
        return False
    old = of_row(*row)
    known, new = _values(old), _values(merged(old, record))
    if changed := {name: value for name, value in new.items() if value != known[name]}:
        unit.session.execute(update(Page).where(Page.page_id == record.page_id).values(changed))
    return True


def of_row(
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
    reply: str | None,
    part_of: str | None,
    message: str | None,
) -> PageRecord:
    """The record of a row with the values of COLUMNS."""
    user = UserName.or_none(target)
    known = (page_id, switch, UserName.or_none(pager or ""), user, Treatment(treatment), started_at)
    end = (reason, cause, answered_at, ended_at, ending, attempts)
    return PageRecord(*known, *end, "" if user else target, reply, part_of, message)


def _values(record: PageRecord) -> dict[str, object]:
    own = {column.key: getattr(record, column.key) for column in COLUMNS}
    return own | {"pager": text_of(record.pager), "target": record.called}
