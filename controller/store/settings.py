"""Settings groups, users and tokens, as the store returns them, and the changes that it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from controller.domain.names import UserName, shown
from controller.domain.policy import Accept, Rights, WhenNotAccepted
from controller.errors import InvalidValue
from controller.phones.values import Header, PhoneKind, PhoneOverride

_LABEL = re.compile(r"[ -~]{0,64}")


class GroupChanges(TypedDict, total=False):
    """Changes to a settings group. A key that is missing changes nothing."""

    whisper_initiate: bool
    whisper_accept: Accept
    intercom_initiate: bool
    intercom_accept: Accept
    when_not_accepted: WhenNotAccepted


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
    """A settings group. `members` counts the users that are in it."""

    name: str
    whisper_initiate: bool
    whisper_accept: Accept
    intercom_initiate: bool
    intercom_accept: Accept
    when_not_accepted: WhenNotAccepted
    members: int


@dataclass(frozen=True)
class User:
    """A user with the settings in effect. A setting whose source is the user is an override."""

    name: UserName
    group: str
    whisper: Rights
    intercom: Rights
    when_not_accepted: WhenNotAccepted
    pages_off: bool
    phone: PhoneOverride


@dataclass(frozen=True)
class KeyToken:
    """What the store keeps about a token. Times are aware; `revoked_at` is None while it is valid."""

    id: int
    user: UserName
    label: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


def check_label(text: str) -> str:
    """The label itself; raises InvalidValue for what cannot be one."""
    if not _LABEL.fullmatch(text):
        raise InvalidValue(f"{shown(text)} is not a label: use up to 64 printable ASCII characters.")
    return text
