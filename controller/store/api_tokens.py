"""Tokens for the programs' API, for one domain or for all. Only their hashes are stored (tokens.py)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Row, Select, select

from controller.domain.api_token import USUAL, ApiToken, Scope, check_kiosk, read_scopes, write_scopes
from controller.domain.key_token import check_label
from controller.errors import NotFound
from controller.store import tokens
from controller.store.models import ApiToken as Token
from controller.store.session import ReadSession, UnitOfWork


def issue(
    unit: UnitOfWork,
    domain: str = "",
    label: str = "",
    scopes: Collection[Scope] = USUAL,
    sender: str = "",
    messages: Collection[str] = (),
) -> tuple[ApiToken, str]:
    """Make a token for a domain, or for all. Only this call returns the token. Raises InvalidValue."""
    sender, named = check_kiosk(domain, scopes, sender, messages)
    row = Token(
        domain=domain or None,
        label=check_label(label),
        scopes=write_scopes(scopes),
        sender=sender or None,
        messages=" ".join(named) or None,
    )
    token = tokens.add(unit, row)
    kept = frozenset(scopes)
    return ApiToken(
        row.id, domain, row.label, row.created_at, scopes=kept, sender=sender, messages=named
    ), token


def missing(number: int) -> NotFound:
    """The error for a token that does not exist."""
    return NotFound(f"There is no API token {number}.", "token")


def listing(reading: ReadSession, domain: str = "") -> Iterator[ApiToken]:
    """All tokens, or those of one domain, valid or not."""
    query = _tokens().order_by(Token.id)
    return map(_token, reading.session.execute(query.where(Token.domain == domain) if domain else query))


def _tokens() -> Select[*tuple[Any, ...]]:
    kiosk = Token.sender, Token.messages
    return select(Token.id, Token.domain, Token.label, *tokens.times(Token), Token.scopes, *kiosk)


def _token(row: Row[*tuple[Any, ...]]) -> ApiToken:
    return ApiToken(
        row.id,
        row.domain or "",
        row.label,
        row.created_at,
        row.last_used_at,
        row.revoked_at,
        read_scopes(row.scopes),
        row.sender or "",
        tuple((row.messages or "").split()),
    )


_KIND = tokens.Tokens(Token, _tokens, _token, missing)
find, show, digests = _KIND.find, _KIND.show, _KIND.digests
used, revoke = _KIND.used, _KIND.revoke
