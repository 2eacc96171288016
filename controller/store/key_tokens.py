"""Tokens for phone keys in SQL. A phone with a token acts for its user, so only a hash is kept."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from controller.domain.key_token import KeyToken, check_label, digest
from controller.domain.names import UserName
from controller.errors import NotFound
from controller.store import users
from controller.store.models import KeyToken as Token
from controller.store.models import User
from controller.store.session import ReadSession, UnitOfWork

#: The number of random bytes of a token.
BYTES = 32


def issue(unit: UnitOfWork, user: UserName, label: str = "") -> tuple[KeyToken, str]:
    """Make a token for a user; only this call returns it. Raises NotFound (the user), InvalidValue."""
    token = secrets.token_urlsafe(BYTES)
    row = Token(
        user_id=users.existing(unit, user).id,
        token_hash=digest(token),
        label=check_label(label),
        created_at=datetime.now(UTC),
    )
    unit.session.add(row)
    unit.session.flush()
    return KeyToken(row.id, user, row.label, row.created_at), token


def find(reading: ReadSession, token: str) -> KeyToken | None:
    """The stored data of this token; None if it is not valid."""
    # the timing of the index may reveal a part of the hash, but nothing of the token
    wanted = digest(token)
    query = _tokens().add_columns(Token.token_hash).where(Token.token_hash == wanted)
    row = reading.session.execute(query.where(Token.revoked_at.is_(None))).one_or_none()
    if row is None or not hmac.compare_digest(row.token_hash, wanted):
        return None
    return _token(row)


def digests(reading: ReadSession) -> frozenset[str]:
    """The digests of all valid tokens."""
    return frozenset(reading.session.scalars(select(Token.token_hash).where(Token.revoked_at.is_(None))))


def used(unit: UnitOfWork, number: int, at: datetime) -> None:
    """Note when a token was last used. It is no error if the token was deleted meanwhile."""
    unit.session.execute(update(Token).where(Token.id == number).values(last_used_at=at))


def revoke(unit: UnitOfWork, number: int) -> None:
    """Make a token invalid. A token that was revoked before keeps its time. Raises NotFound."""
    row = unit.session.get(Token, number)
    if row is None:
        raise missing(number)
    row.revoked_at = row.revoked_at or datetime.now(UTC)
    unit.session.flush()


def show(reading: ReadSession, number: int) -> KeyToken:
    """One token, valid or not. Raises NotFound."""
    row = reading.session.execute(_tokens().where(Token.id == number)).one_or_none()
    if row is None:
        raise missing(number)
    return _token(row)


def missing(number: int) -> NotFound:
    """The error for a token that does not exist."""
    return NotFound(f"There is no token {number}.", "key")


def listing(reading: ReadSession, user: UserName | None = None, domain: str = "") -> Iterator[KeyToken]:
    """All tokens, those of one user, or those of a domain's users; valid or not, ordered by user.

    Raises NotFound (the user).
    """
    query = _tokens().order_by(User.domain, User.extension, Token.id)
    if user is not None:
        query = query.where(Token.user_id == users.existing(reading, user).id)
    if domain:
        query = query.where(User.domain == domain)
    return map(_token, reading.session.execute(query))


def _tokens() -> Select[*tuple[Any, ...]]:
    columns = (Token.id, User.extension, User.domain, Token.label)
    times = (Token.created_at, Token.last_used_at, Token.revoked_at)
    return select(*columns, *times).join(User, User.id == Token.user_id)


def _token(row: Row[*tuple[Any, ...]]) -> KeyToken:
    return KeyToken(
        row.id,
        UserName(row.extension, row.domain),
        row.label,
        row.created_at,
        row.last_used_at,
        row.revoked_at,
    )
