"""Calls whose media goes past the switch: brought back for a page, and sent past it again after it."""

from __future__ import annotations

from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.switch.steps import Step

#: Seconds after a page until a call's media goes past the switch again. The switch's scheduler counts whole
#: ones, so it is one at the least, and by then nothing of the page listens any more.
AGAIN = 2


def bring_back(leg: str) -> Step:
    """Bring a bypass-media call back through the switch."""
    return Step("media", api.uuid_media(leg), slow=True)


def again(leg: str) -> str:
    """The API call, as text, that sends the media of this leg's call past the switch a moment later."""
    return f"sched_api +{AGAIN} {_group(leg)} uuid_media off {leg}"


def stay(leg: str) -> ApiCall:
    """Take back what an earlier page of this leg has left to be done; the answer tells how many things."""
    return api.call("sched_del", _group(leg))


def _group(leg: str) -> str:
    """A group of scheduled tasks; not a bare uuid, whose tasks go with its leg (switch_core_session.c)."""
    return f"whisperpage-{leg}"
