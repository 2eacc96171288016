"""Phones as values: their kind, the rules that recognise them, the headers that make them answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PhoneKind(StrEnum):
    """The kind of a phone. A desk phone on a call can get a whisper page, a softphone cannot."""

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
    """A phone rule: User-Agents that match `pattern`, where `*` is anything, belong to such phones."""

    position: int
    pattern: str
    vendor: str
    kind: PhoneKind
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True)
class PhoneOverride:
    """The phone settings in a user's own row. None means "as the phone rules say"."""

    kind: PhoneKind | None = None
    headers: tuple[Header, ...] | None = None


@dataclass(frozen=True)
class Phone:
    """A recognised phone. `rule` is the one that matched; without any, the kind is the setting's."""

    kind: PhoneKind
    vendor: str
    headers: tuple[Header, ...]
    rule: PhoneRule | None = None
