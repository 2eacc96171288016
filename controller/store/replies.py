"""The replies in SQL: those of all, of a domain, or of a settings group."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from sqlalchemy import select

from controller.domain.names import DEFAULT_GROUP, UserName, shown
from controller.domain.reply import DIGITS, LONGEST, Reply
from controller.errors import InvalidValue, NotFound
from controller.store.models import EFFECTIVE_PERMISSIONS, ReplyRow, SettingsGroup
from controller.store.session import ReadSession, Store, UnitOfWork

#: Who owns the replies of all.
ALL = "*"
_VIEW = EFFECTIVE_PERMISSIONS.c
_ROWS = ReplyRow.__table__.c
_QUERY = select(_ROWS.owner, _ROWS.digit, _ROWS.words, _ROWS.declines)


def of_domain(domain: str) -> str:
    """Who owns the replies of a domain."""
    return f"@{domain}"


def effective(reading: ReadSession, target: UserName) -> tuple[Reply, ...]:
    """The replies of a target by their digits: of each, its group's, else its domain's, else that of all."""
    owners = (_group(reading, target), of_domain(target.domain), ALL)
    found: dict[str, tuple[int, Reply]] = {}
    for owner, digit, words, declines in reading.connection.execute(_QUERY.where(_ROWS.owner.in_(owners))):
        rank = owners.index(owner)
        if digit not in found or rank < found[digit][0]:
            found[digit] = rank, Reply(digit, words, declines)
    return tuple(reply for _, (_, reply) in sorted(found.items()) if reply.words)


def listing(reading: ReadSession, owners: Iterable[str] = ()) -> tuple[tuple[str, Reply], ...]:
    """The replies as they are set, with their owners; all, or those of some owners."""
    query = _QUERY.order_by(_ROWS.owner, _ROWS.digit)
    if owners := tuple(owners):
        query = query.where(_ROWS.owner.in_(owners))
    rows = reading.session.execute(query)
    return tuple((owner, Reply(digit, words, declines)) for owner, digit, words, declines in rows)


def digits_at(url: str) -> frozenset[str]:
    """The digits of all replies in the database at a URL. Raises SettingsError or StoreError."""
    with closing(Store(url)) as store, store.reading() as reading:
        return frozenset(reply.digit for _, reply in listing(reading) if reply.words)


def find(reading: ReadSession, owner: str, digit: str) -> Reply | None:
    """An owner's own row for a digit."""
    row = reading.session.get(ReplyRow, (owner, digit))
    return Reply(row.digit, row.words, row.declines) if row else None


def locked(unit: UnitOfWork, owner: str, digit: str) -> Reply | None:
    """An owner's own row for a digit, which nobody else changes until the end of the unit of work."""
    row = unit.session.get(ReplyRow, (owner, digit), with_for_update=True)
    return Reply(row.digit, row.words, row.declines) if row else None


def put(unit: UnitOfWork, owner: str, reply: Reply) -> None:
    """Set a reply; without words it takes the key away. Raises InvalidValue."""
    check(reply)
    unit.session.merge(ReplyRow(owner=owner, digit=reply.digit, words=reply.words, declines=reply.declines))
    unit.session.flush()


def remove(unit: UnitOfWork, owner: str, digit: str) -> None:
    """Remove an owner's own row, so that the one above it counts. Raises NotFound."""
    row = unit.session.get(ReplyRow, (owner, digit))
    if row is None:
        raise NotFound(f"{shown(owner)} has no reply by *{digit} of its own.", "reply")
    unit.session.delete(row)
    unit.session.flush()


def check(reply: Reply) -> None:
    """Raises InvalidValue for a digit that is none, and for words that are too long or cannot be printed."""
    check_digit(reply.digit)
    if len(reply.words) > LONGEST or not reply.words.isprintable():
        raise InvalidValue(
            f"These words cannot be a reply: use at most {LONGEST} characters that can be printed.", "words"
        )


def check_digit(text: str) -> str:
    """The digit itself. Raises InvalidValue for what is none."""
    if len(text) != 1 or text not in DIGITS:
        raise InvalidValue(f"{shown(text)} is not a key: use one digit.", "digit")
    return text


def _group(reading: ReadSession, target: UserName) -> str:
    """The settings group that counts for a user."""
    found = reading.connection.scalar(
        select(_VIEW.settings_group).where(_VIEW.domain == target.domain, _VIEW.extension == target.extension)
    )
    if found:
        return str(found)
    own = f"{DEFAULT_GROUP}@{target.domain}"
    there = reading.connection.scalar(select(SettingsGroup.name).where(SettingsGroup.name == own))
    return str(there or DEFAULT_GROUP)
