"""A change of settings as a value; versions keep two editors from undoing each other's changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from controller.errors import Outdated

T = TypeVar("T")
#: The settings of a user that are values with fields of their own.
_GROUPED = ("whisper", "intercom", "phone")


class Subject(StrEnum):
    """What a change is about."""

    USER = "user"
    GROUP = "group"
    ACCEPT_ENTRY = "accept_entry"
    PHONE_RULE = "phone_rule"
    TOKEN = "token"
    KEY = "key"
    INVITATION = "invitation"
    REPLY = "reply"
    MESSAGE = "message"
    CALL_BACK = "call_back"
    PAGE_GROUP = "page_group"


class Action(StrEnum):
    """The kinds of changes."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Change(Generic[T]):
    """A change that was made: the settings before and after it, None where there are none.

    `name` is what people call it: a user, a group, a pattern, the number of a token, or
    `OWNER FEATURE ALLOWED` of an entry of an accept list.
    """

    subject: Subject
    name: str
    before: T | None
    after: T | None

    @property
    def action(self) -> Action:
        """The kind of change."""
        if self.before is None:
            return Action.ADDED
        if self.after is None:
            return Action.REMOVED
        return Action.UNCHANGED if self.before == self.after else Action.CHANGED

    @property
    def result(self) -> T:
        """The settings after the change, or those that were removed."""
        found = self.before if self.after is None else self.after
        if found is None:
            raise ValueError("a change of nothing")
        return found

    @property
    def details(self) -> str:
        """What has changed, in words: `when_not_accepted: refuse -> call`; empty unless CHANGED."""
        if self.before is None or self.after is None:
            return ""
        before, after = dict(_flat(self.before)), dict(_flat(self.after))
        return ", ".join(
            f"{name}: {before[name]} -> {text}" for name, text in after.items() if before[name] != text
        )


def _flat(settings: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each setting as text, by its name: `whisper.accept` of a value in a value."""
    for field in fields(settings) if is_dataclass(settings) else ():
        value = getattr(settings, field.name)
        if is_dataclass(value) and field.name in _GROUPED:
            yield from _flat(value, f"{field.name}.")
        elif isinstance(value, tuple):
            yield prefix + field.name, " | ".join(map(str, value)) or "none"
        elif isinstance(value, bool):
            yield prefix + field.name, "yes" if value else "no"
        else:
            yield prefix + field.name, "inherited" if value is None else str(value)


def version_of(settings: object) -> str:
    """A short text that differs when the settings (a frozen dataclass) differ."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:16]


def check_version(settings: object, version: str, name: str) -> None:
    """Raises Outdated if a version is given, and the settings have another one."""
    if version and version != version_of(settings):
        raise Outdated(f"{name} has been changed meanwhile: nothing was changed.")
