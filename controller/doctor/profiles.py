"""Checks the sofia profiles: whether lamps can work, and whether users can run commands of the switch.

If FreeSWITCH does not read its configuration from files, the profiles cannot be checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from controller.doctor.check import Check
from controller.doctor.dialplan import Ask
from controller.eventsocket import api

#: The words that FreeSWITCH takes for yes (switch_true, switch_utils.h); it also takes numbers.
_YES = ("yes", "on", "true", "t", "enabled", "active", "allow")
_PARAM = 'Write `<param name="{name}" value="{value}"/>` into the settings of {where}'
_RESTART = "then `fs_cli -x 'sofia profile NAME restart'`, which ends its calls"


def look_at_profiles(ask: Ask, *, lamps: bool) -> Iterator[Check]:
    """Check whether presence is managed, if `lamps` are on, and whether users can run commands."""
    profiles = dict(_profiles(ask))
    users = {name: settings for name, settings in profiles.items() if _yes(settings.get("auth-calls", ""))}
    if users and lamps:
        dark = [
            name for name, settings in users.items()
            if not _yes(settings.get("manage-presence", "")) and settings.get("manage-presence") != "passive"
        ]  # fmt: skip
        param = _PARAM.format(name="manage-presence", value="true", where=_listed(dark))
        yield Check(
            "presence",
            not dark,
            f"not managed by {_listed(dark)}: lamps stay dark" if dark else f"managed by {_listed(users)}",
            f"{param}, {_RESTART}; or set lamps = false.",
            needed=False,
        )
    if profiles:
        # on by default (config_sofia, sofia.c)
        open_ = [name for name, settings in profiles.items() if _yes(settings.get("enable-chat", "true"))]
        param = _PARAM.format(name="enable-chat", value="false", where=_listed(open_))
        yield Check(
            "chat",
            not open_,
            f"on in {_listed(open_)}: a user can run commands of the switch by a MESSAGE"
            if open_
            else f"off in {_listed(profiles)}",
            f"{param}, {_RESTART}. docs/security.md says more.",
            needed=False,
        )


def _profiles(ask: Ask) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        root = ElementTree.fromstring(
            ask(api.xml_locate("configuration", "configuration", "name", "sofia.conf"))
        )
    except ElementTree.ParseError:  # `can't find anything`
        return
    for profile in root.iter("profile"):
        params = profile.iterfind("settings/param")
        yield profile.get("name", ""), {each.get("name", ""): each.get("value", "") for each in params}


def _yes(value: str) -> bool:
    return value.lower() in _YES or (value.isdigit() and int(value) > 0)


def _listed(names: object) -> str:
    return ", ".join(sorted(names)) if isinstance(names, (list, dict)) else str(names)
