"""Tokens for phone keys, in SQL. A phone with a token acts for its user, so only a hash is kept.

A fast hash without salt is enough: a token has 256 random bits, which nobody guesses from its hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from controller.domain.names import UserName, shown
from controller.errors import InvalidValue, NotFound
from controller.store import users
from controller.store.models import KeyToken as Token
from controller.store.models import User
from controller.store.session import ReadSession, UnitOfWork

_BYTES = 32
_LABEL = re.compile(r"[ -~]{0,64}")


@dataclass(frozen=True)
class KeyToken:
    """What the store keeps about a token. Times are aware; `revoked_at` is None while it is valid."""

    id: int
    user: UserName
    label: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


def issue(unit: UnitOfWork, user: UserName, label: str = "") -> tuple[KeyToken, str]:
    """A new token of a user. Only this call returns it. Raises NotFound (the user), InvalidValue."""
    token = secrets.token_urlsafe(_BYTES)
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
    """What is kept about this token; None if it is not a valid one."""
    # the index's timing may reveal something of a hash, and so nothing of the token
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
    """Note when a token was last used. A token that is gone meanwhile is no error."""
    unit.session.execute(update(Token).where(Token.id == number).values(last_used_at=at))


def revoke(unit: UnitOfWork, number: int) -> None:
    """Make a token invalid. A token that was revoked before keeps its time. Raises NotFound."""
    row = unit.session.get(Token, number)
    if row is None:
        raise NotFound(f"There is no token {number}.", "key")
    row.revoked_at = row.revoked_at or datetime.now(UTC)
    unit.session.flush()


def listing(reading: ReadSession, user: UserName | None = None) -> Iterator[KeyToken]:
    """All tokens, or those of one user, valid or not, ordered by user. Raises NotFound (the user)."""
    query = _tokens().order_by(User.domain, User.extension, Token.id)
    if user is not None:
        query = query.where(Token.user_id == users.existing(reading, user).id)
    return map(_token, reading.session.execute(query))


def check_label(text: str) -> str:
    """The label itself; raises InvalidValue for what cannot be one."""
    if not _LABEL.fullmatch(text):
        raise InvalidValue(f"{shown(text)} is not a label: use up to 64 printable ASCII characters.")
    return text


def digest(token: str) -> str:
    """The hash of a token."""
    # a URL may hold bytes that are not UTF-8; such a token is not found
    return hashlib.sha256(token.encode(errors="backslashreplace")).hexdigest()


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
