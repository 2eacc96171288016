"""The data of a token for the programs' API, for one domain or for all, without the token itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.domain.message import check_name
from controller.domain.names import UserName
from controller.errors import InvalidValue


class Scope(StrEnum):
    """What a token of the API is for (OAuth 2.0 has the word, RFC 6749, 3.3)."""

    #: To see pages, their history, their events, and who is on a call.
    READ = "read"
    #: To page and to end pages.
    PAGE = "page"
    #: To see and to change settings; with PAGE, also to issue tokens of users' keys.
    SETTINGS = "settings"
    #: For a tablet that visitors use: to send some messages by one name, and to see their replies.
    KIOSK = "kiosk"


#: The scopes of a token for which none are asked.
USUAL = frozenset({Scope.READ, Scope.PAGE})
#: The scopes of a token that may do everything. A kiosk's is for nothing else.
FULL = frozenset(Scope) - {Scope.KIOSK}
#: The characters that the names of a kiosk's messages may have together.
LONGEST = 255


@dataclass(frozen=True)
class ApiToken:
    """The stored data of a token; `domain` is empty if it is for all domains, `scopes` are what it is for.

    Times are aware; `revoked_at` is None while it is valid. A kiosk's token has a domain, the name by which
    it sends, and the names of the messages that it may send; another token has no such names.
    """

    id: int
    domain: str
    label: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    scopes: frozenset[Scope] = USUAL
    sender: str = ""
    messages: tuple[str, ...] = ()

    @property
    def scope_text(self) -> str:
        """The scopes as text, in their own order: `read page`."""
        return write_scopes(self.scopes)


def write_scopes(scopes: Collection[Scope]) -> str:
    """The scopes as one text, in their own order. Raises InvalidValue if there are none."""
    if not scopes:
        raise InvalidValue(f"A token has one scope at least, of {', '.join(Scope)}.")
    return " ".join(scope for scope in Scope if scope in scopes)


def check_kiosk(
    domain: str, scopes: Collection[Scope], sender: str, messages: Collection[str]
) -> tuple[str, tuple[str, ...]]:
    """The sender of a token and the names of its messages, each once. Raises InvalidValue.

    A kiosk's token has both, and no other token has one of them.
    """
    named = tuple(dict.fromkeys(map(check_name, messages)))
    if Scope.KIOSK not in scopes:
        if sender or named:
            raise InvalidValue("Only a kiosk's token has a sender and messages.", "sender")
        return "", ()
    if len(set(scopes)) > 1:
        raise InvalidValue("A kiosk's token is for nothing else: give it the scope kiosk alone.", "scopes")
    if not (domain and sender and named):
        raise InvalidValue(
            "A kiosk's token needs a domain, a sender, and the names of its messages.", "sender"
        )
    if len(" ".join(named)) > LONGEST:
        raise InvalidValue(f"The names of a kiosk's messages have {LONGEST} characters at most.", "messages")
    return UserName(sender, domain).extension, named


def read_scopes(text: str) -> frozenset[Scope]:
    """The scopes of a text; a word that is none, as of a newer version, is left out."""
    return frozenset(scope for scope in Scope if scope in text.split())
