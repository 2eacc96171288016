"""A token that lets the keys of a user's phone act for that user, without the token itself."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from controller.domain.names import UserName, shown
from controller.errors import InvalidValue

_LABEL = re.compile(r"[ -~]{0,64}")


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


def check_label(text: str) -> str:
    """The label itself; raises InvalidValue if the text cannot be a label."""
    if not _LABEL.fullmatch(text):
        raise InvalidValue(f"{shown(text)} is not a label: use up to 64 printable ASCII characters.")
    return text
