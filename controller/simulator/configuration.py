"""The configuration of a switch: its dialplan, its directory and its profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from controller.simulator.channel import Channel
from controller.simulator.dialplan import Dialplan
from controller.simulator.logins import Login


@dataclass(frozen=True)
class Registration:
    """A registered phone: its user, its contact, its User-Agent, and the name of its switch."""

    user: str
    contact: str
    user_agent: str
    profile: str = "internal"
    switch: str = ""


@dataclass(frozen=True)
class User:
    """A user of the directory; `alias` is its `number-alias`."""

    extension: str
    domain: str
    variables: Mapping[str, str] = field(default_factory=dict)
    alias: str = ""


class Callee(Protocol):
    """A phone, or the far side of a trunk, that can be called at an address."""

    def called(self, channel: Channel) -> None:
        """Take the INVITE of a new outbound leg; the callee must set the leg's endpoint."""


@dataclass
class Configuration:
    """The configuration of a running switch; `registrations` and `places` change as phones come and go.

    `places` are the callees by `HOST:PORT`; `logins` are the event socket's users by `USER@DOMAIN`,
    `acls` the addresses of each network list, and `rooms` the settings of the rooms of page groups.
    `late_negotiation` has the profiles whose inbound legs get their codec when media is opened
    (inbound-late-negotiation, mod_sofia).
    """

    dialplan: Dialplan
    users: dict[str, User]
    dial_string: str
    domain: str
    name: str = "pbx"
    hostname: str = "simulator"
    variables: dict[str, str] = field(default_factory=dict)
    modules: frozenset[str] = frozenset()
    late_negotiation: frozenset[str] = frozenset({"internal", "trunk"})
    registrations: list[Registration] = field(default_factory=list)
    places: dict[str, Callee] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    acls: dict[str, frozenset[str]] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)

    def phone_of(self, extension: str) -> Callee | None:
        """A registered phone of a user in the switch's own domain."""
        user = f"{extension}@{self.domain}"
        addresses = (each.contact.rpartition("@")[2] for each in self.registrations if each.user == user)
        return next((self.places[address] for address in addresses if address in self.places), None)
