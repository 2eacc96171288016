"""Tokens for phone keys in SQL. A phone with a token acts for its user, so only a hash is kept."""

from __future__ import annotations

from collections.abc import Iterator
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


_KIND = tokens.Tokens(Token, _tokens, _token, missing)
find, show, digests = _KIND.find, _KIND.show, _KIND.digests
used, revoke = _KIND.used, _KIND.revoke
