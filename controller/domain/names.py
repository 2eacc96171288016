"""The names of users and settings groups, checked here before they reach SQL.

All names are kept in lower case, because FreeSWITCH ignores case when it looks up users and domains of its
directory (`switch_xml_find_child`, switch_xml.c): one user must not get two rows with two sets of rights.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from controller.errors import InvalidValue

EXTENSION_LENGTH = 32
GROUP_LENGTH = 64
DEFAULT_GROUP = "default"

_EXTENSION = re.compile(r"[A-Za-z0-9._+-]{1,32}")
_DOMAIN = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHOWN = 40


@dataclass(frozen=True, order=True, slots=True)
class UserName:
    """A user as FreeSWITCH names it, such as `1002@pbx.example.org`; raises InvalidValue."""

    extension: str
    domain: str

    def __post_init__(self) -> None:
        if not _EXTENSION.fullmatch(self.extension):
            raise InvalidValue(
                f"{shown(self.extension)} is not an extension: "
                f"use 1 to {EXTENSION_LENGTH} letters, digits or . _ + -."
            )
        # a frozen dataclass can change its own fields only in this way
        object.__setattr__(self, "extension", self.extension.lower())
        object.__setattr__(self, "domain", sys.intern(check_domain(self.domain)))  # many users share it

    @classmethod
    def parse(cls, text: str) -> UserName:
        """Read `EXT@DOMAIN`; raises InvalidValue."""
        extension, at, domain = text.partition("@")
        if not at:
            raise InvalidValue(f"{shown(text)} is not a user: write EXT@DOMAIN, like 1002@pbx.example.org.")
        return cls(extension, domain)

    @classmethod
    def or_none(cls, text: str) -> UserName | None:
        """The user that a text names, as `parse` reads it; None if it names none."""
        try:
            return cls.parse(text) if text else None
        except InvalidValue:
            return None

    def __str__(self) -> str:
        return f"{self.extension}@{self.domain}"


@dataclass(frozen=True)
class UserFilter:
    """One user, or all that have an extension, of whatever domain: `domain` is then None."""

    extension: str
    domain: str | None = None

    @classmethod
    def parse(cls, text: str) -> UserFilter:
        """Read `EXT` or `EXT@DOMAIN`; raises InvalidValue."""
        if "@" not in text:
            return cls(UserName(text, "any").extension)
        user = UserName.parse(text)
        return cls(user.extension, user.domain)


def text_of(user: UserName | None) -> str | None:
    """A user as text, where there is one."""
    return None if user is None else str(user)


@dataclass(frozen=True, order=True)
class GroupName:
    """The name of a settings group: `sales` is for all domains, `sales@pbx.example.org` for one.

    Raises InvalidValue.
    """

    name: str

    def __post_init__(self) -> None:
        own, at, domain = self.name.partition("@")
        if at:
            check_domain(domain)
        if not _GROUP.fullmatch(own):
            raise InvalidValue(
                f"{shown(self.name)} is not a group's name: "
                f"use 1 to {GROUP_LENGTH} letters, digits or . _ -, a letter or digit first."
            )
        object.__setattr__(self, "name", self.name.lower())

    @property
    def domain(self) -> str:
        """The domain that the group belongs to; empty if it is for all."""
        return self.name.partition("@")[2]

    def __str__(self) -> str:
        return self.name


#: An owner or a member of an accept list.
Principal = UserName | GroupName


def parse_principal(text: str) -> Principal:
    """Read `EXT@DOMAIN` or `group:NAME`; raises InvalidValue."""
    kind, colon, name = text.partition(":")
    if colon and kind.lower() == "group":
        return GroupName(name)
    if "@" not in text:
        raise InvalidValue(f"{shown(text)} is neither a user nor a group: write EXT@DOMAIN or group:NAME.")
    return UserName.parse(text)


def principal_text(principal: Principal) -> str:
    """The text that `parse_principal` reads."""
    return f"group:{principal}" if isinstance(principal, GroupName) else str(principal)


def check_domain(text: str) -> str:
    """The domain in lower case. Raises InvalidValue if the text cannot be a domain."""
    if not _DOMAIN.fullmatch(text):
        raise InvalidValue(f"{shown(text)} is not a domain: use a host name or an IP address.")
    return text.lower()


def same_domain(one: Principal, other: Principal) -> bool:
    """Whether two parties are of one domain; a group for all domains counts as of each."""
    domains = {one.domain, other.domain} - {""}
    return len(domains) < 2


def shown(text: str) -> str:
    """A value for the sentence of an error: quoted, printable and short."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
