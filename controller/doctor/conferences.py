"""Checks the conferences of a switch, for pages to page groups."""

from __future__ import annotations

from controller.doctor.check import Check
from controller.doctor.dialplan import Ask
from controller.eventsocket import api
from controller.switch.rooms import PROFILE, RATE, configuration, profile_in, rate_in


def look_at_conferences(ask: Ask) -> Check:
    """Check whether page groups can be paged: a page to one is a conference."""
    if ask(api.module_exists("mod_conference")) != "true":
        load = "load mod_conference in modules.conf.xml, and now with `fs_cli -x 'load mod_conference'`."
        return _check(False, "mod_conference is not loaded", f"For page groups, {load}")
    answer = ask(configuration())
    settings = profile_in(answer)
    if settings is None:
        return _check(True, f"mod_conference is loaded, without a profile {PROFILE}: {RATE} Hz")
    if sounds := sorted(name for name, value in settings.items() if name.endswith("-sound") and value):
        heard = (
            f"The members of a page would hear them: remove {', '.join(sounds)} from the profile {PROFILE}"
        )
        found = f"the profile {PROFILE} has sounds"
        return _check(False, found, f"{heard} in conference.conf.xml, then `fs_cli -x reloadxml`.")
    return _check(True, f"mod_conference is loaded; the profile {PROFILE} has {rate_in(answer)} Hz")


def _check(right: bool, found: str, fix: str = "") -> Check:
    return Check("page groups", right, found, fix, needed=False)
