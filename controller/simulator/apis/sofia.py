"""API calls of mod_sofia about registrations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from xml.sax.saxutils import escape

from controller.simulator.configuration import Registration
from controller.simulator.switch import Api, Switch

NOT_REGISTERED = "error/user_not_registered"


def _registered(switch: Switch, user: str) -> list[Registration]:
    return [each for each in switch.configuration.registrations if each.user == user.lower()]


def _contact(switch: Switch, argument: str) -> str:
    """sofia_contact_function, mod_sofia.c: `[PROFILE/]USER@DOMAIN`."""
    profile, slash, user = argument.strip().rpartition("/")
    found = [
        f"sofia/{each.profile}/sip:{each.contact}"
        for each in _registered(switch, user)
        if not slash or profile in ("*", each.profile)
    ]
    return ",".join(found) or NOT_REGISTERED


def _presence_data(switch: Switch, argument: str) -> str:
    """sofia_presence_data_function: `user_agent USER@DOMAIN`; empty for a user that is not registered."""
    what, _, user = argument.partition(" ")
    found = _registered(switch, user.rpartition("/")[2])
    if what != "user_agent":
        switch.unknown.append(f"api sofia_presence_data {argument}")
        return f"-ERR sofia_presence_data {argument} Command not found!\n"
    return found[0].user_agent if found else ""


def _sofia(switch: Switch, argument: str) -> str:
    """`sofia xmlstatus profile NAME user USER@DOMAIN` (cmd_xml_status)."""
    words = argument.split()
    if words[:2] != ["xmlstatus", "profile"] or words[3:4] != ["user"] or len(words) != 5:
        switch.unknown.append(f"api sofia {argument}")
        return f"-ERR sofia {argument} Command not found!\n"
    profile, user = words[2], words[4]
    rows = "".join(
        "    <registration>\n"
        f"        <call-id>{number}</call-id>\n        <user>{escape(each.user)}</user>\n"
        f"        <contact>&quot;&quot; &lt;sip:{escape(each.contact)}&gt;</contact>\n"
        f"        <agent>{escape(each.user_agent)}</agent>\n"
        f"        <host>{escape(each.switch)}</host>\n    </registration>\n"
        for number, each in enumerate(_registered(switch, user), start=1)
        if each.profile == profile
    )
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<profile>\n'
    return f"{head}  <registrations>\n{rows}  </registrations>\n</profile>\n"


APIS: Mapping[str, Api] = MappingProxyType(
    {"sofia_contact": _contact, "sofia_presence_data": _presence_data, "sofia": _sofia}
)
