"""The data of a token for the programs' API, for one domain or for all, without the token itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ApiToken:
    """The stored data of a token; `domain` is empty if it is for all domains.

    Times are aware; `revoked_at` is None while it is valid.
    """

    id: int
    domain: str
    label: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
