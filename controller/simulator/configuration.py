"""What a switch is configured with: its dialplan, its directory, its profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from controller.simulator.channel import Channel
from controller.simulator.dialplan import Dialplan
from controller.simulator.logins import Login


@dataclass(frozen=True)
class Registration:
    """A phone that has registered: whose it is, where it is and what it calls itself."""

    user: str
    contact: str
    user_agent: str
    profile: str = "internal"


@dataclass(frozen=True)
class User:
    """A user of the directory."""

    extension: str
    domain: str
    variables: Mapping[str, str] = field(default_factory=dict)


class Callee(Protocol):
    """Somebody who can be called at an address: a phone, or the far side of a trunk."""

    def called(self, channel: Channel) -> None:
        """An INVITE arrives for this new outbound leg, whose endpoint the callee is to set."""


@dataclass
class Configuration:
    """The configuration of a running switch; `registrations` and `places` change as phones come and go.

    `places` are who is called at a `HOST:PORT`; `logins` are the event socket's users, by `USER@DOMAIN`.
    `late_negotiation` names the profiles whose inbound legs have no codec before media is opened
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

    def phone_of(self, extension: str) -> Callee | None:
        """The phone that a user of the switch's own domain has registered."""
        user = f"{extension}@{self.domain}"
        addresses = (each.contact.rpartition("@")[2] for each in self.registrations if each.user == user)
        return next((self.places[address] for address in addresses if address in self.places), None)
