"""Settings groups, users and tokens, as the store returns them, and the changes that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from controller.domain.names import UserName
from controller.domain.policy import Accept, Rights, WhenNotAccepted
from controller.phones.values import Header, PhoneKind, PhoneOverride


class GroupChanges(TypedDict, total=False):
    """Changes to a settings group. A key that is missing changes nothing."""

    whisper_initiate: bool
    whisper_accept: Accept
    intercom_initiate: bool
    intercom_accept: Accept
    when_not_accepted: WhenNotAccepted
    decline_seconds: int


class UserChanges(TypedDict, total=False):
    """Changes to a user. A key that is missing changes nothing; None inherits (group, phone rules)."""

    settings_group: str
    whisper_initiate: bool | None
    whisper_accept: Accept | None
    intercom_initiate: bool | None
    intercom_accept: Accept | None
    pages_off: bool
    phone_kind: PhoneKind | None
    auto_answer: tuple[Header, ...] | None


class RuleChanges(TypedDict, total=False):
    """Changes to a phone rule. A key that is missing changes nothing."""

    position: int
    vendor: str
    kind: PhoneKind
    headers: tuple[Header, ...]


@dataclass(frozen=True)
class Group:
    """A settings group; `members` is the number of its users."""

    name: str
    whisper_initiate: bool
    whisper_accept: Accept
    intercom_initiate: bool
    intercom_accept: Accept
    when_not_accepted: WhenNotAccepted
    members: int
    decline_seconds: int = 0


@dataclass(frozen=True)
class User:
    """A user with its effective settings. A setting whose source is the user is an override."""

    name: UserName
    group: str
    whisper: Rights
    intercom: Rights
    when_not_accepted: WhenNotAccepted
    pages_off: bool
    phone: PhoneOverride
    decline_seconds: int = 0
