"""A token of the API for programs: of one domain, or of all; without the token itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ApiToken:
    """What is kept about a token; `domain` is empty if it is of all.

    Times are aware; `revoked_at` is None while it is valid.
    """

    id: int
    domain: str
    label: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
