"""Checks a switch to which other switches send the calls of pagers: its name, and where such calls arrive."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from controller import resources
from controller.doctor.check import Check
from controller.doctor.dialplan import Ask
from controller.eventsocket import api
from controller.eventsocket.identity import SwitchIdentity
from controller.switch_address import SwitchAddress

#: The extension of dialplan/public/whisperpage.xml.
ARRIVAL = "whisperpage_arrival"


def look_at_cluster(ask: Ask, identity: SwitchIdentity, address: SwitchAddress) -> Iterator[Check]:
    """Check that the switch has the name of the settings, and an extension for pages from other switches."""
    yield Check(
        "name",
        identity.name == address.name,
        identity.name,
        f"Name it {identity.name} in `switches`, or set `switchname` in its switch.conf.xml to "
        f"{address.name} and restart it.",
    )
    contexts = _contexts(ask(api.call("xml_locate", "dialplan")))
    yield Check(
        "pages from other switches",
        bool(contexts),
        f"arrive in context {', '.join(contexts)}" if contexts else "have no extension",
        f"Copy {resources.dialplan()}/public/whisperpage.xml into FreeSWITCH's conf/dialplan/public/, or "
        "include it in the context that calls from the other switches reach, and run `fs_cli -x reloadxml`.",
    )


def _contexts(xml: str) -> list[str]:
    try:
        section = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return []
    found = (each for each in section.iter("context"))
    return [
        each.get("name", "")
        for each in found
        if any(extension.get("name") == ARRIVAL for extension in each.iter("extension"))
    ]
