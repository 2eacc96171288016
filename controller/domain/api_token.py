"""The data of a token for the programs' API, for one domain or for all, without the token itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.errors import InvalidValue


class Scope(StrEnum):
    """What a token of the API is for (OAuth 2.0 has the word, RFC 6749, 3.3)."""

    #: To see pages, their history, their events, and who is on a call.
    READ = "read"
    #: To page and to end pages.
    PAGE = "page"
    #: To see and to change settings; with PAGE, also to issue tokens of users' keys.
    SETTINGS = "settings"


#: The scopes of a token for which none are asked.
USUAL = frozenset({Scope.READ, Scope.PAGE})


@dataclass(frozen=True)
class ApiToken:
    """The stored data of a token; `domain` is empty if it is for all domains, `scopes` are what it is for.

    Times are aware; `revoked_at` is None while it is valid.
    """

    id: int
    domain: str
    label: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    scopes: frozenset[Scope] = USUAL

    @property
    def scope_text(self) -> str:
        """The scopes as text, in their own order: `read page`."""
        return write_scopes(self.scopes)


def write_scopes(scopes: Collection[Scope]) -> str:
    """The scopes as one text, in their own order. Raises InvalidValue if there are none."""
    if not scopes:
        raise InvalidValue(f"A token has one scope at least, of {', '.join(Scope)}.")
    return " ".join(scope for scope in Scope if scope in scopes)


def read_scopes(text: str) -> frozenset[Scope]:
    """The scopes of a text; a word that is none, as of a newer version, is left out."""
    return frozenset(scope for scope in Scope if scope in text.split())
