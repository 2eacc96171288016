"""A user's registered phones, from mod_sofia's answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from xml.etree import ElementTree

from controller.domain.leg import Registration

#: The beginning of `sofia_contact`'s answer for a user without a phone (sofia_contact_function, mod_sofia.c).
NONE_REGISTERED = "error/"
#: The beginning of a registered contact in that answer (contact_callback, mod_sofia.c). No gateway and no
#: other user begins with it.
_CONTACT = re.compile(r"sofia/[^/]+/sip:")


class _Known(NamedTuple):
    """What a status says of a phone: its User-Agent, and the name of the switch that has registered it."""

    agent: str = ""
    switch: str = ""


def parse_contacts(answer: str) -> tuple[Registration, ...]:
    """The phones in the answer to `sofia_contact */USER@DOMAIN`, still without User-Agents.

    Commas separate the phones, but a contact may contain a comma as well: only a part that begins with an
    endpoint is a new phone. A phone may add `,sofia/gateway/...` to its contact to have a gateway dialled.
    That text stays part of its contact, and no dial string accepts such a contact (`places.endpoint`).
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
    """The same phones with the User-Agents, and the names of the switches, that the switch has for them.

    `statuses` are the answers to `sofia xmlstatus profile NAME user USER@DOMAIN`, by profile. The User-Agent
    stays empty if the status does not have the phone, or if it is not XML: a phone can put anything into its
    User-Agent. A phone that its status does not have is left out if its profile is not that of the first
    phone, for then it is text that some phone has added to its contact behind a comma.
    """
    known = {profile: _known(status) for profile, status in statuses.items()}
    return tuple(
        replace(each, user_agent=found.agent, switch=found.switch)
        for each in registrations
        for found in [known[each.profile].get(each.address, _Known())]
        if each.profile == registrations[0].profile or each.address in known[each.profile]
    )


def at_switch(found: Iterable[Registration], name: str, switches: Iterable[str]) -> tuple[Registration, ...]:
    """Those of the registrations that are of the switch `name`, where several share one database of them.

    One is of another switch if it is of another one of `switches`, by their names.
    """
    others = set(switches) - {name, ""}
    return tuple(each for each in found if each.switch not in others)


def _known(status: str) -> dict[str, _Known]:
    """The registrations in a status by the addresses of their phones; empty if the status is not XML."""
    try:
        root = ElementTree.fromstring(
            status.encode("utf-8", "replace"), ElementTree.XMLParser(encoding="utf-8")
        )
    except ElementTree.ParseError:
        return {}
    return {
        _address(row.findtext("contact", "")): _Known(row.findtext("agent", ""), row.findtext("host", ""))
        for row in root.iter("registration")
    }


def _address(contact: str) -> str:
    """`HOST:PORT` of the SIP URI in a contact; port 5060 if it names none (RFC 3261, 19.1.2)."""
    _, found, uri = contact.partition("sip:")
    if not found:
        return ""
    for end in ";>?":
        uri = uri.partition(end)[0]
    host = uri.rpartition("@")[2]
    bare = host.endswith("]") or ":" not in host
    return f"{host}:5060" if bare else host
