"""Tokens for phone keys in SQL. A phone with a token acts for its user, so only a hash is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from controller.domain.key_token import KeyToken, check_label
from controller.domain.names import UserName
from controller.errors import NotFound
from controller.store import tokens, users
from controller.store.models import KeyToken as Token
from controller.store.models import User
from controller.store.session import ReadSession, UnitOfWork


def issue(unit: UnitOfWork, user: UserName, label: str = "") -> tuple[KeyToken, str]:
    """Make a token for a user; only this call returns it. Raises NotFound (the user), InvalidValue."""
    row = Token(user_id=users.existing(unit, user).id, label=check_label(label))
    token = tokens.add(unit, row)
    return KeyToken(row.id, user, row.label, row.created_at), token


def find(reading: ReadSession, token: str) -> KeyToken | None:
    """The stored data of this token; None if it is not valid."""
    row = reading.session.execute(_tokens().where(tokens.is_valid(Token, token))).one_or_none()
    return None if row is None else _token(row)


def digests(reading: ReadSession) -> frozenset[str]:
    """The digests of all valid tokens."""
    return tokens.digests(reading, Token)


def used(unit: UnitOfWork, number: int, at: datetime) -> None:
    """Note when a token was last used. It is no error if the token was deleted meanwhile."""
    tokens.used(unit, Token, number, at)


def revoke(unit: UnitOfWork, number: int) -> None:
    """Make a token invalid. A token that was revoked before keeps its time. Raises NotFound."""
    if not tokens.revoke(unit, Token, number):
        raise missing(number)


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
    return select(*columns, *tokens.times(Token)).join(User, User.id == Token.user_id)


def _token(row: Row[*tuple[Any, ...]]) -> KeyToken:
    return KeyToken(
        row.id,
        UserName(row.extension, row.domain),
        row.label,
        row.created_at,
        row.last_used_at,
        row.revoked_at,
    )
