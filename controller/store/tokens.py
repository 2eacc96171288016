"""What all kinds of tokens have in common in SQL: one is issued, found, used, and revoked for good.

Whoever has a token acts for somebody, so only its hash is kept.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from controller.domain.key_token import digest
from controller.store.models import TokenLife
from controller.store.session import ReadSession, UnitOfWork

#: The number of random bytes of a token.
BYTES = 32


def add(unit: UnitOfWork, row: TokenLife) -> str:
    """Add a row with a new token; only this call returns the token."""
    token = secrets.token_urlsafe(BYTES)
    row.token_hash, row.created_at = digest(token), datetime.now(UTC)
    unit.session.add(row)
    unit.session.flush()
    return token


def is_valid(kind: type[TokenLife], token: str) -> ColumnElement[bool]:
    """Whether a row has this token, and the token is valid."""
    # the timing of the index may reveal a part of the hash, but nothing of the token
    return and_(kind.token_hash == digest(token), kind.revoked_at.is_(None))


def digests(reading: ReadSession, kind: type[TokenLife]) -> frozenset[str]:
    """The digests of all valid tokens of a kind."""
    return frozenset(reading.session.scalars(select(kind.token_hash).where(kind.revoked_at.is_(None))))


def used(unit: UnitOfWork, kind: type[TokenLife], number: int, at: datetime) -> None:
    """Note when a token was last used. It is no error if the token does not exist any more."""
    unit.session.execute(update(kind).where(kind.id == number).values(last_used_at=at))


def revoke(unit: UnitOfWork, kind: type[TokenLife], number: int) -> bool:
    """Make a token invalid; one that was revoked before keeps its time. False if it does not exist."""
    row = unit.session.get(kind, number)
    if row is None:
        return False
    row.revoked_at = row.revoked_at or datetime.now(UTC)
    unit.session.flush()
    return True


def times(kind: type[TokenLife]) -> tuple[InstrumentedAttribute[Any], ...]:
    """The columns of the times in its life: issued, last used, revoked."""
    return (kind.created_at, kind.last_used_at, kind.revoked_at)
