"""The rooms of page groups, as the configuration of the switch makes them (conference.conf.xml)."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.switch.leg import number

#: The profile that the dialplan names, and the rate in Hz of a conference without one (conference_new,
#: mod_conference.c).
PROFILE, RATE = "whisperpage", 8000


def configuration() -> ApiCall:
    """The call whose answer has the profiles of conferences."""
    return api.xml_locate("configuration", "configuration", "name", "conference.conf")


def profile_in(answer: str) -> Mapping[str, str] | None:
    """The settings of the profile of page groups; None if there is none."""
    try:
        root = ElementTree.fromstring(answer)
    except ElementTree.ParseError:  # `can't find anything`
        return None
    for profile in root.iter("profile"):
        if profile.get("name") == PROFILE:
            return {each.get("name", ""): each.get("value", "") for each in profile.iterfind("param")}
    return None


def rate_in(answer: str) -> int:
    """The rate of the rooms in Hz."""
    return number((profile_in(answer) or {}).get("rate", "")) or RATE
