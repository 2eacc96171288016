"""Values for phones: their kind, the rules that recognise them, and the headers that make them answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: The lowest and the highest position that a phone rule can be given.
POSITIONS = (-1_000_000, 1_000_000)


class PhoneKind(StrEnum):
    """The kinds of phones. A desk phone on a call can get a whisper page, a softphone cannot."""

    DESK = "desk"
    SOFT = "soft"


@dataclass(frozen=True)
class Header:
    """A SIP header that asks a phone to answer by itself; `{domain}` in `value` is the target's domain."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


@dataclass(frozen=True)
class PhoneRule:
    """A phone rule: it describes the phones whose User-Agent matches `pattern`; `*` matches anything."""

    position: int
    pattern: str
    vendor: str
    kind: PhoneKind
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True)
class PhoneOverride:
    """The phone settings in a user's own row; None means that the phone rules apply."""

    kind: PhoneKind | None = None
    headers: tuple[Header, ...] | None = None


@dataclass(frozen=True)
class Phone:
    """A recognised phone. `rule` is the rule that matched; without one, the kind is from the settings."""

    kind: PhoneKind
    vendor: str
    headers: tuple[Header, ...]
    rule: PhoneRule | None = None
