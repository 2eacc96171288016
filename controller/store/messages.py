"""The messages in SQL: those of all, or of a domain."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from sqlalchemy import select

from controller.domain.message import Message, check, is_name
from controller.domain.names import shown
from controller.errors import AlreadyThere, NotFound
from controller.store.models import MessageRow
from controller.store.session import ReadSession, Store, UnitOfWork

#: Who owns the messages of all.
ALL = "*"
_ROWS = MessageRow.__table__.c
_QUERY = select(_ROWS.owner, _ROWS.name, _ROWS.sound, _ROWS.words, _ROWS.number, _ROWS.voice)


def of_domain(domain: str) -> str:
    """Who owns the messages of a domain."""
    return f"@{domain}"


def effective(reading: ReadSession, domain: str, called: str) -> Message | None:
    """The message for targets of a domain that is called so, by its name or its number; None if none is.

    That of the domain counts, else that of all.
    """
    number = int(called) if called.isascii() and called.isdigit() and len(called) < 10 else None
    if number is None and not is_name(called):
        return None
    is_it = _ROWS.name == called if number is None else _ROWS.number == number
    owners = (of_domain(domain), ALL)
    rows = reading.session.execute(_QUERY.where(_ROWS.owner.in_(owners), is_it)).all()
    found = {owner: _message(*rest) for owner, *rest in rows}
    return next((found[owner] for owner in owners if owner in found), None)


def listing(reading: ReadSession, owners: Iterable[str] = ()) -> tuple[tuple[str, Message], ...]:
    """The messages with their owners; all, or those of some owners."""
    query = _QUERY.order_by(_ROWS.owner, _ROWS.name)
    if owners := tuple(owners):
        query = query.where(_ROWS.owner.in_(owners))
    return tuple((owner, _message(*rest)) for owner, *rest in reading.session.execute(query))


def available(reading: ReadSession, domain: str) -> tuple[Message, ...]:
    """The messages for targets of a domain, by name: its own, and those of all that these leave."""
    found = dict(reversed([(each.name, each) for _, each in listing(reading, (ALL, of_domain(domain)))]))
    return tuple(each for _, each in sorted(found.items()))


def listed_at(url: str) -> tuple[Message, ...]:
    """All messages in the database at a URL. Raises SettingsError or StoreError."""
    with closing(Store(url)) as store, store.reading() as reading:
        return tuple(message for _, message in listing(reading))


def find(reading: ReadSession, owner: str, name: str) -> Message | None:
    """An owner's own message."""
    row = reading.session.get(MessageRow, (owner, name)) if is_name(name) else None
    return _message(row.name, row.sound, row.words, row.number, row.voice) if row else None


def add(unit: UnitOfWork, owner: str, message: Message) -> None:
    """Add a message. Raises AlreadyThere (its name, its number), InvalidValue."""
    check(message)
    if find(unit, owner, message.name):
        raise AlreadyThere(f"{shown(owner)} has a message {message.name} already.", "name")
    same = select(_ROWS.name).where(_ROWS.owner == owner, _ROWS.number == message.number)
    if message.number is not None and (other := unit.session.scalar(same)):
        raise AlreadyThere(f"The message {other} of {shown(owner)} has number {message.number}.", "number")
    unit.session.add(
        MessageRow(
            owner=owner,
            name=message.name,
            number=message.number,
            sound=message.sound or None,
            words=message.words or None,
            voice=message.voice or None,
        )
    )
    unit.session.flush()


def remove(unit: UnitOfWork, owner: str, name: str) -> None:
    """Remove a message. Raises NotFound."""
    row = unit.session.get(MessageRow, (owner, name)) if is_name(name) else None
    if row is None:
        raise NotFound(f"{shown(owner)} has no message {shown(name)}.", "message")
    unit.session.delete(row)
    unit.session.flush()


def _message(
    name: str, sound: str | None, words: str | None, number: int | None, voice: str | None
) -> Message:
    return Message(name, sound or "", words or "", number, voice or "")
