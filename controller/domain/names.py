"""The form of names: extensions, domains and settings groups. One place for all, before anything reaches SQL.

All are kept in lower case, because FreeSWITCH finds a directory's users and domains without regard to case
(`switch_xml_find_child`, switch_xml.c): one user must not get two rows, and two sets of rights.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from controller.errors import InvalidValue

EXTENSION_LENGTH = 32
GROUP_LENGTH = 64
DEFAULT_GROUP = "default"

_EXTENSION = re.compile(r"[A-Za-z0-9._+-]{1,32}")
_DOMAIN = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHOWN = 40


@dataclass(frozen=True, order=True)
class UserName:
    """A user as FreeSWITCH names it: `1002@pbx.example.org`. Raises InvalidValue for what cannot be one."""

    extension: str
    domain: str

    def __post_init__(self) -> None:
        if not _EXTENSION.fullmatch(self.extension):
            raise InvalidValue(
                f"{shown(self.extension)} is not an extension: "
                f"use 1 to {EXTENSION_LENGTH} letters, digits or . _ + -."
            )
        if not _DOMAIN.fullmatch(self.domain):
            raise InvalidValue(f"{shown(self.domain)} is not a domain: use a host name or an IP address.")
        # object.__setattr__ is how a frozen value brings itself into its form
        object.__setattr__(self, "extension", self.extension.lower())
        object.__setattr__(self, "domain", self.domain.lower())

    @classmethod
    def parse(cls, text: str) -> UserName:
        """Read `EXT@DOMAIN`; raises InvalidValue."""
        extension, at, domain = text.partition("@")
        if not at:
            raise InvalidValue(f"{shown(text)} is not a user: write EXT@DOMAIN, like 1002@pbx.example.org.")
        return cls(extension, domain)

    def __str__(self) -> str:
        return f"{self.extension}@{self.domain}"


@dataclass(frozen=True, order=True)
class GroupName:
    """A settings group. Raises InvalidValue for what cannot be the name of one."""

    name: str

    def __post_init__(self) -> None:
        if not _GROUP.fullmatch(self.name):
            raise InvalidValue(
                f"{shown(self.name)} is not a group's name: "
                f"use 1 to {GROUP_LENGTH} letters, digits or . _ -, a letter or digit first."
            )
        object.__setattr__(self, "name", self.name.lower())

    def __str__(self) -> str:
        return self.name


#: Whoever may own an accept list or be on one.
Party = UserName | GroupName


def parse_party(text: str) -> Party:
    """Read `EXT@DOMAIN` or `group:NAME`; raises InvalidValue."""
    kind, colon, name = text.partition(":")
    if colon and kind.lower() == "group":
        return GroupName(name)
    if "@" not in text:
        raise InvalidValue(f"{shown(text)} is neither a user nor a group: write EXT@DOMAIN or group:NAME.")
    return UserName.parse(text)


def party_text(party: Party) -> str:
    """The text that `parse_party` reads."""
    return f"group:{party}" if isinstance(party, GroupName) else str(party)


def shown(text: str) -> str:
    """A value as an error's sentence shows it: quoted, printable, and short whatever was given."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
