"""What a pager asked for, as the dialplan's event tells it (dialplan/whisperpage.xml, `request`)."""

from __future__ import annotations

from dataclasses import dataclass

from controller.errors import InvalidValue
from controller.eventsocket.events import Event
from controller.store.naming import UserName
from controller.store.values import Feature

#: The event's subclass.
SUBCLASS = "whisperpage::request"
_FEATURES = {"page": Feature.WHISPER, "intercom": Feature.INTERCOM}


@dataclass(frozen=True)
class Request:
    """A call that waits to be taken.

    `pager` is who the switch authenticated, None if nobody. `target` is None if what was dialled is no
    extension; `dialled` is that, for people to read.
    """

    pager_leg: str
    feature: Feature
    pager: UserName | None
    target: UserName | None
    dialled: str


def read(event: Event) -> Request:
    """The request in an event. Nothing that a caller says of itself counts: only what the switch checked."""
    pager = _user(event.variable("user_name", ""), event.variable("domain_name", ""))
    if event.variable("sip_authorized", "") != "true":
        pager = None
    kind = event.variable("whisperpage_request", "")
    extension = event.variable("whisperpage_extension", "")
    known = pager is not None and kind in _FEATURES
    return Request(
        pager_leg=event["Unique-ID"],
        feature=_FEATURES.get(kind, Feature.WHISPER),
        pager=pager,
        target=_user(extension, pager.domain) if known and pager else None,
        dialled=extension or event.get("Caller-RDNIS", ""),
    )


def _user(extension: str, domain: str) -> UserName | None:
    try:
        return UserName(extension, domain)
    except InvalidValue:
        return None
