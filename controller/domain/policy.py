"""The policy: the rights of users and settings groups, as SQL has them at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from controller.domain.names import DEFAULT_GROUP, UserName
from controller.phones.values import PhoneOverride


class Feature(StrEnum):
    """The features that need a right."""

    WHISPER = "whisper"
    INTERCOM = "intercom"


class Accept(StrEnum):
    """The pagers that a target accepts: nobody, everybody, or those on its accept list."""

    NONE = "none"
    ALL = "all"
    LISTED = "listed"


class WhenNotAccepted(StrEnum):
    """The treatment of a page that its target does not accept."""

    REFUSE = "refuse"
    CALL = "call"


class Level(StrEnum):
    """The levels from which an effective setting may come."""

    USER = "user"
    GROUP = "group"
    DEFAULT = "default"


@dataclass(frozen=True)
class Source:
    """The source of an effective setting: the user's own row, or the row of the named settings group."""

    level: Level
    group: str

    def __str__(self) -> str:
        return "user" if self.level is Level.USER else f"group {self.group}"


BY_DEFAULT = Source(Level.DEFAULT, DEFAULT_GROUP)


@dataclass(frozen=True)
class Rights:
    """The rights for one feature from a pager to a target; `listed` counts only if `accept` is LISTED."""

    initiate: bool = False
    initiate_source: Source = BY_DEFAULT
    accept: Accept = Accept.NONE
    accept_source: Source = BY_DEFAULT
    listed: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the target accepts this feature from the pager."""
        return self.accept is Accept.ALL or (self.accept is Accept.LISTED and self.listed)


@dataclass(frozen=True)
class Policy:
    """The policy for one pager and one target at one moment; without rows everything is denied."""

    pager: UserName
    target: UserName
    pager_known: bool = False
    target_known: bool = False
    whisper: Rights = field(default_factory=Rights)
    intercom: Rights = field(default_factory=Rights)
    #: The choice of the target's group: the pager hears the reorder tone, or gets an ordinary call.
    when_not_accepted: WhenNotAccepted = WhenNotAccepted.REFUSE
    #: The seconds, set for the target's group, in which a page can be declined before its pager is heard.
    decline_seconds: int = 0
    #: Whether the target has switched off pages to itself (Whisper Page Off).
    pages_off: bool = False
    phone: PhoneOverride = field(default_factory=PhoneOverride)

    def rights(self, feature: Feature) -> Rights:
        """The rights for one feature."""
        return self.whisper if feature is Feature.WHISPER else self.intercom

    @property
    def permits(self) -> bool:
        """Whether the pager may speak to the target at all, by a whisper page or by an intercom call."""
        return any(rights.initiate and rights.accepted for rights in (self.whisper, self.intercom))


@dataclass(frozen=True)
class Permitted:
    """Whether at least one user may start pages of a kind, and whether at least one user takes them."""

    started: bool
    taken: bool

    @property
    def possible(self) -> bool:
        """Whether there can be a page of this kind."""
        return self.started and self.taken
