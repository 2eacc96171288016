"""Page groups: an extension of its own, under which several users are paged at once."""

from __future__ import annotations

from dataclasses import dataclass

from controller.domain.names import Principal, UserName, check_domain, shown
from controller.errors import InvalidValue

#: The number of members that one page reaches at most.
MOST = 50
#: The longest label in characters.
LONGEST = 64


@dataclass(frozen=True, order=True)
class PageGroupName:
    """The name of a page group: `600@pbx.example.org`, or `600` for one of all domains.

    It is the extension that is dialled after the code of a page. Raises InvalidValue.
    """

    extension: str
    domain: str = ""

    def __post_init__(self) -> None:
        domain = check_domain(self.domain) if self.domain else ""
        # a frozen dataclass can change its own fields only in this way
        object.__setattr__(self, "extension", UserName(self.extension, "all").extension)
        object.__setattr__(self, "domain", domain)

    @classmethod
    def parse(cls, text: str) -> PageGroupName:
        """Read `EXT` or `EXT@DOMAIN`; raises InvalidValue."""
        extension, at, domain = text.partition("@")
        if at and not domain:
            raise InvalidValue(f"{shown(text)} is not a page group: write EXT, or EXT@DOMAIN.")
        return cls(extension, domain)

    def __str__(self) -> str:
        return f"{self.extension}@{self.domain}" if self.domain else self.extension


@dataclass(frozen=True)
class PageGroup:
    """A page group as it is set: its label for people, and its members, users and settings groups."""

    name: PageGroupName
    label: str = ""
    members: tuple[Principal, ...] = ()


def label_of(text: str) -> str:
    """The text as a label, with blanks for what cannot be printed. Raises InvalidValue if it is too long."""
    if len(text) > LONGEST:
        raise InvalidValue(f"This cannot be a label: use at most {LONGEST} characters.", "label")
    return "".join(each if each.isprintable() else " " for each in text)
