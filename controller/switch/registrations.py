"""The phones that a user has registered, from what mod_sofia says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from controller.domain.leg import Registration

#: What `sofia_contact` answers for a user without a phone (sofia_contact_function, mod_sofia.c).
NONE_REGISTERED = "error/"
#: How it writes a registered contact (contact_callback, mod_sofia.c); no gateway and no other user begins so.
_CONTACT = re.compile(r"sofia/[^/]+/sip:")


def parse_contacts(answer: str) -> tuple[Registration, ...]:
    """The phones in the answer to `sofia_contact */USER@DOMAIN`, their User-Agents not yet known.

    Several are separated by commas; a comma inside a contact is not one, since a dial string begins with an
    endpoint. What a phone writes behind a comma of its own contact, to have a gateway dialled, stays a part
    of that contact, which then no dial string can carry (`places.endpoint`).
    """
    if not answer or answer.startswith(NONE_REGISTERED):
        return ()
    dials: list[str] = []
    for part in answer.strip().split(","):
        if _CONTACT.match(part):
            dials.append(part)
        elif dials:
            dials[-1] += "," + part
    return tuple(Registration(dial, address=_address(dial)) for dial in dials)


def with_agents(
    registrations: Sequence[Registration], statuses: Mapping[str, str]
) -> tuple[Registration, ...]:
    """The same phones with the User-Agents that the switch tells of them.

    `statuses` are what `sofia xmlstatus profile NAME user USER@DOMAIN` answers, by profile. A phone that its
    profile's status does not know, or a status that is no XML (a phone can put anything into its User-Agent),
    leaves the agent unknown. But of another profile than the first phone's, a phone that its status does not
    know is left out: it is what some phone has written behind a comma of its contact.
    """
    agents = {profile: _agents(status) for profile, status in statuses.items()}
    return tuple(
        Registration(each.dial, agents[each.profile].get(each.address, ""), each.address)
        for each in registrations
        if each.profile == registrations[0].profile or each.address in agents[each.profile]
    )


def _agents(status: str) -> dict[str, str]:
    """User-Agents by the addresses of their phones; none if the status cannot be read."""
    try:
        root = ElementTree.fromstring(
            status.encode("utf-8", "replace"), ElementTree.XMLParser(encoding="utf-8")
        )
    except ElementTree.ParseError:
        return {}
    rows = root.iter("registration")
    return {_address(row.findtext("contact", "")): row.findtext("agent", "") for row in rows}


def _address(contact: str) -> str:
    """`HOST:PORT` of the SIP URI in a contact; 5060 where it names no port (RFC 3261, 19.1.2)."""
    _, found, uri = contact.partition("sip:")
    if not found:
        return ""
    for end in ";>?":
        uri = uri.partition(end)[0]
    host = uri.rpartition("@")[2]
    bare = host.endswith("]") or ":" not in host
    return f"{host}:5060" if bare else host
