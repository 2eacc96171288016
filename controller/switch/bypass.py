"""Bypass media: a call's media comes back through the switch for a page, and bypasses it again afterwards."""

from __future__ import annotations

from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.switch.steps import Step

#: Seconds from the end of a page until the call's media bypasses the switch again. The switch's scheduler
#: counts in whole seconds, so the pause is at least one second. By then the page has no media bug left.
AGAIN = 2


def bring_back(leg: str) -> Step:
    """Bring the media of a bypass-media call back through the switch."""
    return Step("media", api.uuid_media(leg), slow=True)


def again(leg: str) -> str:
    """The text of the API call after which, AGAIN seconds later, the leg's call uses bypass media again."""
    return f"sched_api +{AGAIN} {_group(leg)} uuid_media off {leg}"


def stay(leg: str) -> ApiCall:
    """Cancel the return to bypass media that an earlier page has scheduled for this leg.

    The answer contains the number of cancelled tasks.
    """
    return api.call("sched_del", _group(leg))


def _group(leg: str) -> str:
    """The group of the leg's scheduled tasks.

    The switch deletes the tasks of a group named by a bare uuid when the leg ends (switch_core_session.c).
    """
    return f"whisperpage-{leg}"
