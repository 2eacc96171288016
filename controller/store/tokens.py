"""What all kinds of tokens have in common in SQL: one is issued, found, used, and revoked for good.

Whoever has a token acts for somebody, so only its hash is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, Select, and_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from controller.domain.key_token import digest
from controller.errors import NotFound
from controller.store.models import TokenLife
from controller.store.session import ReadSession, UnitOfWork

Token = TypeVar("Token")

#: The number of random bytes of a token.
BYTES = 32


def add(unit: UnitOfWork, row: TokenLife) -> str:
    """Add a row with a new token; only this call returns the token."""
    token = secrets.token_urlsafe(BYTES)
    row.token_hash, row.created_at = digest(token), datetime.now(UTC)
    unit.session.add(row)
    unit.session.flush()
    return token


@dataclass(frozen=True)
class Tokens(Generic[Token]):
    """The tokens of one kind: their table, how they are selected and read, and the error for one that is not.

    `select` also has the columns of `times`, and a `where` of its query may use all columns of `table`.
    """

    table: type[TokenLife]
    select: Callable[[], Select[*tuple[Any, ...]]]
    read: Callable[[Row[*tuple[Any, ...]]], Token]
    missing: Callable[[int], NotFound]

    def find(self, reading: ReadSession, token: str) -> Token | None:
        """The data of a token; None if the token is not valid."""
        table = self.table
        # the timing of the index may reveal a part of the hash, but nothing of the token
        valid = and_(table.token_hash == digest(token), table.revoked_at.is_(None))
        row = reading.session.execute(self.select().where(valid)).one_or_none()
        return None if row is None else self.read(row)

    def show(self, reading: ReadSession, number: int) -> Token:
        """One token, valid or not. Raises NotFound."""
        row = reading.session.execute(self.select().where(self.table.id == number)).one_or_none()
        if row is None:
            raise self.missing(number)
        return self.read(row)

    def digests(self, reading: ReadSession) -> frozenset[str]:
        """The digests of all valid tokens."""
        table = self.table
        return frozenset(reading.session.scalars(select(table.token_hash).where(table.revoked_at.is_(None))))

    def used(self, unit: UnitOfWork, number: int, at: datetime) -> None:
        """Note when a token was last used. It is no error if the token does not exist any more."""
        table = self.table
        unit.session.execute(update(table).where(table.id == number).values(last_used_at=at))

    def revoke(self, unit: UnitOfWork, number: int) -> None:
        """Make a token invalid. A token that was revoked before keeps its time. Raises NotFound."""
        row = unit.session.get(self.table, number)
        if row is None:
            raise self.missing(number)
        row.revoked_at = row.revoked_at or datetime.now(UTC)
        unit.session.flush()


def times(kind: type[TokenLife]) -> tuple[InstrumentedAttribute[Any], ...]:
    """The columns of the times in its life: issued, last used, revoked."""
    return (kind.created_at, kind.last_used_at, kind.revoked_at)
