"""Tokens for the programs' API, for one domain or for all. Only their hashes are stored (key_tokens.py)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from controller.domain.api_token import USUAL, ApiToken, Scope, read_scopes, write_scopes
from controller.domain.key_token import check_label, digest
from controller.errors import NotFound
from controller.store.key_tokens import BYTES
from controller.store.models import ApiToken as Token
from controller.store.session import ReadSession, UnitOfWork


def issue(
    unit: UnitOfWork, domain: str = "", label: str = "", scopes: Collection[Scope] = USUAL
) -> tuple[ApiToken, str]:
    """Make a token for a domain, or for all. Only this call returns the token. Raises InvalidValue."""
    token = secrets.token_urlsafe(BYTES)
    row = Token(
        domain=domain or None,
        token_hash=digest(token),
        label=check_label(label),
        created_at=datetime.now(UTC),
        scopes=write_scopes(scopes),
    )
    unit.session.add(row)
    unit.session.flush()
    return ApiToken(row.id, domain, row.label, row.created_at, scopes=frozenset(scopes)), token


def find(reading: ReadSession, token: str) -> ApiToken | None:
    """The data of a token; None if the token is not valid."""
    query = _tokens().where(Token.token_hash == digest(token), Token.revoked_at.is_(None))
    row = reading.session.execute(query).one_or_none()
    return None if row is None else _token(row)


def digests(reading: ReadSession) -> frozenset[str]:
    """The digests of all valid tokens."""
    return frozenset(reading.session.scalars(select(Token.token_hash).where(Token.revoked_at.is_(None))))


def used(unit: UnitOfWork, number: int, at: datetime) -> None:
    """Note when a token was last used. It is no error if the token does not exist any more."""
    unit.session.execute(update(Token).where(Token.id == number).values(last_used_at=at))


def revoke(unit: UnitOfWork, number: int) -> None:
    """Make a token invalid. A second revocation does not change the time of the first. Raises NotFound."""
    row = unit.session.get(Token, number)
    if row is None:
        raise missing(number)
    row.revoked_at = row.revoked_at or datetime.now(UTC)
    unit.session.flush()


def show(reading: ReadSession, number: int) -> ApiToken:
    """One token, valid or not. Raises NotFound."""
    row = reading.session.execute(_tokens().where(Token.id == number)).one_or_none()
    if row is None:
        raise missing(number)
    return _token(row)


def missing(number: int) -> NotFound:
    """The error for a token that does not exist."""
    return NotFound(f"There is no API token {number}.", "token")


def listing(reading: ReadSession, domain: str = "") -> Iterator[ApiToken]:
    """All tokens, or those of one domain, valid or not."""
    query = _tokens().order_by(Token.id)
    return map(_token, reading.session.execute(query.where(Token.domain == domain) if domain else query))


def _tokens() -> Select[*tuple[Any, ...]]:
    times = (Token.created_at, Token.last_used_at, Token.revoked_at)
    return select(Token.id, Token.domain, Token.label, *times, Token.scopes)


def _token(row: Row[*tuple[Any, ...]]) -> ApiToken:
    return ApiToken(
        row.id,
        row.domain or "",
        row.label,
        row.created_at,
        row.last_used_at,
        row.revoked_at,
        read_scopes(row.scopes),
    )
