"""What a pager asked for, as the dialplan's event tells it (dialplan/whisperpage.xml, `request`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.errors import InvalidValue
from controller.eventsocket.events import Event
from controller.switch.pagelegs import PREFIX

#: The event's subclass.
SUBCLASS = "whisperpage::request"
#: Variables of a leg by which a page is asked for: of what kind, and of which extension.
KIND, EXTENSION = PREFIX + "request", PREFIX + "extension"
#: Variables that the originate of a click sets (paging/click.py): the page's id, and who is paging.
CLICK, CLICKED_BY = PREFIX + "click", PREFIX + "clicked_by"
KINDS = {Feature.WHISPER: "page", Feature.INTERCOM: "intercom"}
#: The kind of a call that asks for no page, but for pages to the caller to be off, or on again.
OFF = "off"
_FEATURES = {kind: feature for feature, kind in KINDS.items()}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: The transfers that our dialplan makes of a call that has dialled a code, as the switch remembers them
#: (switch_ivr_session_transfer, switch_ivr.c): to one extension, or to the prompt and then to `request`.
_ENTRY = r"\d+:[^:|]+:bl_xfer:{}/whisperpage@switch/XML"
_OWN_TRANSFERS = re.compile(
    rf"{_ENTRY.format('(?:request|pages)')}|ARRAY::{_ENTRY.format('prompt')}\|:{_ENTRY.format('request')}"
)


@dataclass(frozen=True)
class Request:
    """A call that waits to be taken.

    `pager` is who the switch authenticated, None if nobody. `target` is None if what was dialled is no
    extension; `dialled` is that, for people to read. `click` is the page's id if it has one already. `off`:
    it asks for no page, but for pages to the caller to be switched off, or on again.
    """

    pager_leg: str
    feature: Feature
    pager: UserName | None
    target: UserName | None
    dialled: str
    click: str = ""
    off: bool = False

    @property
    def page_id(self) -> str:
        """The page's id, the same for every controller that is asked."""
        return self.click or page_of(self.pager_leg)


def page_of(pager_leg: str) -> str:
    """The id of the page that is asked for on a leg, unless a click has given it one."""
    return str(uuid5(NAMESPACE_URL, f"whisperpage:page:{pager_leg}"))


def read(event: Event) -> Request:
    """The request in an event. Nothing that a caller says of itself counts: only what the switch checked.

    A leg that came in pages as the user that it was authenticated as. A leg that the switch has made pages as
    the user whose phone it was made to ring, as the originate of a click says. Either pages as nobody if
    anything but our own dialplan has sent it here, such as another phone's transfer or forwarding: a page is
    what somebody has dialled.
    """
    clicked = event.get("Call-Direction") == "outbound"
    pager = _clicked_by(event) if clicked else _authenticated(event)
    if not _OWN_TRANSFERS.fullmatch(event.variable("transfer_history", "")):
        pager = None
    click = event.variable(CLICK, "") if clicked else ""
    kind = event.variable(KIND, "")
    extension = event.variable(EXTENSION, "")
    known = pager is not None and kind in _FEATURES
    return Request(
        pager_leg=event["Unique-ID"],
        feature=_FEATURES.get(kind, Feature.WHISPER),
        pager=pager,
        target=_user(extension, pager.domain) if known and pager else None,
        dialled=extension or event.get("Caller-RDNIS", ""),
        click=click if _UUID.fullmatch(click) else "",
        off=kind == OFF,
    )


def _authenticated(event: Event) -> UserName | None:
    if event.variable("sip_authorized", "") != "true":
        return None
    return _user(event.variable("user_name", ""), event.variable("domain_name", ""))


def _clicked_by(event: Event) -> UserName | None:
    extension, _, domain = event.variable(CLICKED_BY, "").partition("@")
    return _user(extension, domain)


def _user(extension: str, domain: str) -> UserName | None:
    try:
        return UserName(extension, domain)
    except InvalidValue:
        return None
