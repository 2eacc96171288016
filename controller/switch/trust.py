"""Proxies that authenticate users, and are trusted to say who a caller is.

What a proxy says counts if the message comes from its address. From anywhere else the header counts for
nothing: a phone could write it. (sofia_handle_sip_i_invite, sofia.c: `sip_network_ip` is where the message
came from; the header is the variable `sip_` and the name.) Of P-Asserted-Identity the switch keeps the user
alone, without the domain: that is then the switch's own. With `p-asserted-id-parse` set to `verbatim` in the
profile it keeps everything.

A header of one's own, as `X-...`, is none for this: the switch takes it from an INVITE within the call, too,
wherever that comes from (sofia_handle_sip_i_reinvite). So each phone could change who it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from controller.domain.names import UserName
from controller.errors import SettingsError
from controller.switch.identity import SwitchName

#: One address in the header, with or without a name for people before it.
_IDENTITY = re.compile(r'(?:"[^"\\]*" *)?<?sips?:([^@:;<>\s]+)@([^@:;<>\s]+)(?::\d+)?(?:;[^<>,\s]*)?>?')
#: The headers that the switch keeps as they were at the beginning of the call.
HEADERS = ("P-Asserted-Identity", "Remote-Party-ID")


@dataclass(frozen=True)
class Trust:
    """The trusted `proxies` of a switch, and the `header` in which they name the caller."""

    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    header: str = "P-Asserted-Identity"
    switch: SwitchName | None = None

    @property
    def variable(self) -> str:
        """The variable of a leg that has the header."""
        return f"sip_{self.header}"

    def user(self, text: Callable[[str], str]) -> UserName | None:
        """The caller of an inbound leg, as a trusted proxy names it; `text` gives the leg's headers."""
        if not self.proxies or not self._trusts(text("variable_sip_network_ip")):
            return None
        told = text(f"variable_{self.variable}").strip()
        if found := _IDENTITY.fullmatch(told):
            return UserName.or_none(f"{found[1]}@{found[2]}")
        domain = self.switch.domain if self.switch else ""
        return UserName.or_none(f"{told}@{domain}") if domain and "@" not in told else None

    def _trusts(self, address: str) -> bool:
        try:
            source = ip_address(address)
        except ValueError:
            return False
        return any(source in network for network in self.proxies)


NOBODY = Trust()


def trust_in(proxies: str, header: str, switch: SwitchName | None = None) -> Trust:
    """The trust of the settings `trusted_proxies` and `identity_header`. Raises SettingsError."""
    known = next((each for each in HEADERS if each.lower() == header.strip().lower()), None)
    if known is None:
        raise SettingsError(
            f"identity_header is {header!r}: write {' or '.join(HEADERS)}. A phone could change any other "
            "header within its call."
        )
    try:
        found = tuple(ip_network(each) for each in proxies.replace(",", " ").split())
    except ValueError:
        raise SettingsError(
            f"trusted_proxies is {proxies!r}: write IP addresses, or networks as in 10.0.0.0/28, with commas."
        ) from None
    return Trust(found, known, switch)
