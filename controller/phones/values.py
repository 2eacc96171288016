"""Phones as values: their kind, the rules that recognise them, the headers that make them answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PhoneKind(StrEnum):
    """What a phone is to a page: a desk phone on a call is whispered to, a softphone is not."""

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
    """A row of the phone rules: User-Agents like `pattern`, where `*` is anything, are such phones."""

    position: int
    pattern: str
    vendor: str
    kind: PhoneKind
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True)
class PhoneOverride:
    """What a user's own row says of its phone; None means "as the phone rules say"."""

    kind: PhoneKind | None = None
    headers: tuple[Header, ...] | None = None


@dataclass(frozen=True)
class Phone:
    """A recognised phone. `rule` is the one that matched; without any, the kind is the setting's."""

    kind: PhoneKind
    vendor: str
    headers: tuple[Header, ...]
    rule: PhoneRule | None = None
