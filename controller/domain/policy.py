"""Who may do what to whom: rights by user and settings group, as SQL has them at a moment."""

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
    """From whom a target accepts: nobody, everybody, or those on its accept list."""

    NONE = "none"
    ALL = "all"
    LISTED = "listed"


class WhenNotAccepted(StrEnum):
    """What becomes of a page that its target does not accept."""

    REFUSE = "refuse"
    CALL = "call"


class Level(StrEnum):
    """Where an effective setting comes from."""

    USER = "user"
    GROUP = "group"
    DEFAULT = "default"


@dataclass(frozen=True)
class Source:
    """Where one effective setting comes from: the user's own row, or the row of the settings group named."""

    level: Level
    group: str

    def __str__(self) -> str:
        return "user" if self.level is Level.USER else f"group {self.group}"


BY_DEFAULT = Source(Level.DEFAULT, DEFAULT_GROUP)


@dataclass(frozen=True)
class Rights:
    """For one feature, from this pager to this target. `listed` counts only where `accept` is LISTED."""

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
    """The policy for one pager and one target at one moment. Without rows, everything is denied."""

    pager: UserName
    target: UserName
    pager_known: bool = False
    target_known: bool = False
    whisper: Rights = field(default_factory=Rights)
    intercom: Rights = field(default_factory=Rights)
    #: The target's group decides: the pager hears reorder, or makes an ordinary call of it.
    when_not_accepted: WhenNotAccepted = WhenNotAccepted.REFUSE
    #: The target has switched pages to itself off (Whisper Page Off).
    pages_off: bool = False
    phone: PhoneOverride = field(default_factory=PhoneOverride)

    def rights(self, feature: Feature) -> Rights:
        """The rights for one feature."""
        return self.whisper if feature is Feature.WHISPER else self.intercom
