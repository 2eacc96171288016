"""A token that lets the keys of a user's phone act for that user, without the token itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from controller.domain.names import UserName


@dataclass(frozen=True)
class KeyToken:
    """What is kept about a token. Times are aware; `revoked_at` is None while it is valid."""

    id: int
    user: UserName
    label: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


def digest(token: str) -> str:
    """The hash of a token: all that is kept of it.

    A fast hash without salt is enough: a token has 256 random bits, which nobody guesses from its hash.
    """
    # a URL may hold bytes that are not UTF-8; such a token is not found
    return hashlib.sha256(token.encode(errors="backslashreplace")).hexdigest()
