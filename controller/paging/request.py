"""Reads a request from the dialplan's event (dialplan/whisperpage.xml, `request`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from controller.domain.crossing import is_token
from controller.domain.decision import Decision, Group, Intercom, Reverse, Whisper
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Refusal
from controller.errors import InvalidValue
from controller.eventsocket.events import Event
from controller.switch.caller import TOKEN
from controller.switch.leg import came_by_sip, reader
from controller.switch.pagelegs import PREFIX
from controller.switch.trust import NOBODY, Trust

#: The event's subclass.
SUBCLASS = "whisperpage::request"
#: The variables of a leg that ask for a page: the kind of page, and the target's extension.
KIND, EXTENSION = PREFIX + "request", PREFIX + "extension"
#: The variables that the originate of a click sets (paging/click.py): the page's id and the pager.
CLICK, CLICKED_BY = PREFIX + "click", PREFIX + "clicked_by"
KINDS = {Feature.WHISPER: "page", Feature.INTERCOM: "intercom"}
#: The kind of a reverse page, which a click alone asks for. It needs the rights of an intercom call.
REVERSE = "reverse"
#: The kinds of a call that arrives from another switch (dialplan/public/whisperpage.xml): from an address
#: that may hand calls over, or from any other.
ARRIVAL, STRANGER = "arrival", "stranger"
#: The kinds of a call that asks for Whisper Page Off in place of a page, or for a message to be sent, and the
#: variable with the number of that message.
OFF, MESSAGE, NUMBER = "off", "message", PREFIX + "number"
#: In place of that number, if none was dialled; no message has it as its name.
NO_NUMBER = "-"
_FEATURES = {kind: feature for feature, kind in KINDS.items()} | {REVERSE: Feature.INTERCOM}
_DIGITS = re.compile(r"[0-9]{1,3}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: The transfers that our dialplan makes after a feature code, as the switch records them
#: (switch_ivr_session_transfer, switch_ivr.c): to one extension, or to the prompt and then to `request`.
_ENTRY = r"\d+:[^:|]+:bl_xfer:{}/whisperpage@switch/XML"
_ARRIVED = re.compile(_ENTRY.format("arrival"))
_REFUSED = re.compile(
    rf"ARRAY::(?:{_ENTRY.format('prompt')}\|:)?{_ENTRY.format('request')}\|:{_ENTRY.format('refuse')}"
)
_OWN_TRANSFERS = re.compile(
    rf"{_ENTRY.format('(?:request|pages)')}|ARRAY::(?:{_ENTRY.format('message-prompt')}\|:)?"
    rf"{_ENTRY.format('prompt')}\|:{_ENTRY.format('request')}"
)


@dataclass(frozen=True)
class Request:
    """A call that waits for a decision.

    `pager` is the user that the switch has authenticated, or None. `target` is None if the dialled number is
    not an extension. `dialled` is the dialled number, for people to read. `click` is the page's id if a click
    has given one. `off`: the call asks for Whisper Page Off in place of a page. `message` is the number of
    the message that it sends in place of a page, or NO_NUMBER. `reverse`: it asks for a reverse page, and is
    the call of the target, whose phone a click has rung.

    `arrives`: another switch, or somebody in its place, has sent the call; `token` is then its token, if the
    call comes from where one counts. Such a call has no pager before its token is accepted.
    """

    pager_leg: str
    feature: Feature
    pager: UserName | None
    target: UserName | None
    dialled: str
    click: str = ""
    off: bool = False
    message: str = ""
    reverse: bool = False
    arrives: bool = False
    token: str = ""

    @property
    def page_id(self) -> str:
        """The page's id, which is the same on every controller."""
        return self.click or page_of(self.pager_leg)


def is_page_id(text: str) -> bool:
    """Whether a text has the form of a page's id."""
    return _UUID.fullmatch(text) is not None


def page_of(pager_leg: str) -> str:
    """The id of the page that this leg asks for, unless a click has given one."""
    return str(uuid5(NAMESPACE_URL, f"whisperpage:page:{pager_leg}"))


def read(event: Event, trust: Trust = NOBODY) -> Request:
    """The request in an event. It uses only data that the switch has checked, and no claim of the caller.

    The pager of an inbound leg is the user as which it was authenticated, by the switch or by a trusted
    proxy. The pager of an outbound leg is the user whose phone the originate of a click has rung. If anything
    but our own dialplan has sent the leg here, such as a transfer or forwarding by another phone, there is no
    pager: only a dialled code asks for a page.
    """
    if event.variable(KIND, "") in (ARRIVAL, STRANGER):
        return _arrival(event)
    return _own(event, trust, _OWN_TRANSFERS)


def read_refused(event: Event, trust: Trust = NOBODY) -> Request:
    """The request that was refused, in an event of the pager's leg, with the same care.

    There is no target if the leg was sent anywhere but to its refusal, or comes from another switch.
    """
    return _own(event, trust, _REFUSED)


def _own(event: Event, trust: Trust, transfers: re.Pattern[str]) -> Request:
    clicked = event.get("Call-Direction") == "outbound"
    pager = _clicked_by(event) if clicked else _authenticated(event, trust)
    if not transfers.fullmatch(event.variable("transfer_history", "")):
        pager = None
    click = event.variable(CLICK, "") if clicked else ""
    kind = event.variable(KIND, "")
    reverse = kind == REVERSE
    if reverse and not clicked:
        pager = None
    extension = event.variable(EXTENSION, "")
    known = pager is not None and (kind in _FEATURES or kind == MESSAGE)
    return Request(
        pager_leg=event["Unique-ID"],
        feature=_FEATURES.get(kind, Feature.WHISPER),
        pager=pager,
        target=_user(extension, pager.domain) if known and pager else None,
        dialled=extension or event.get("Caller-RDNIS", ""),
        click=click if is_page_id(click) else "",
        off=kind == OFF,
        message=_number(event) if kind == MESSAGE else "",
        reverse=reverse,
    )


def _number(event: Event) -> str:
    number = event.variable(NUMBER, "")
    return number if _DIGITS.fullmatch(number) else NO_NUMBER


def _arrival(event: Event) -> Request:
    """A call from another switch. Its token counts only if nothing but our dialplan has sent it here."""
    counts = event.variable(KIND, "") == ARRIVAL and event.get("Call-Direction") == "inbound"
    own = _ARRIVED.fullmatch(event.variable("transfer_history", "")) is not None
    token = event.variable(TOKEN, "")
    return Request(
        pager_leg=event["Unique-ID"],
        feature=Feature.WHISPER,
        pager=None,
        target=None,
        dialled=event.get("Caller-RDNIS", ""),
        arrives=True,
        token=token if counts and own and is_token(token) else "",
    )


def _authenticated(event: Event, trust: Trust) -> UserName | None:
    # an address in the profile's ACL is authorized, too, and has no user then
    own = _user(event.variable("user_name", ""), event.variable("domain_name", ""))
    if own and event.variable("sip_authorized", "") == "true":
        return own
    by_sip = came_by_sip(event.get("Channel-Name", ""), event.get("Call-Direction", ""))
    return trust.user(reader(event)) if by_sip else None


def _clicked_by(event: Event) -> UserName | None:
    return UserName.or_none(event.variable(CLICKED_BY, ""))


def _user(extension: str, domain: str) -> UserName | None:
    try:
        return UserName(extension, domain)
    except InvalidValue:
        return None


def first_record(request: Request, decided: Decision, switch: str, asked: datetime) -> PageRecord:
    """The first record of an attempt; its id is the same on every controller."""
    treatment, refusal = Treatment.REFUSED, decided if isinstance(decided, Refusal) else None
    if isinstance(decided, Whisper):
        treatment = Treatment.REVERSE if isinstance(decided, Reverse) else Treatment.WHISPER
    elif isinstance(decided, Intercom):
        treatment = Treatment.INTERCOM if decided.automatic else Treatment.CALL
    elif isinstance(decided, Group):
        treatment = Treatment.GROUP
    return PageRecord(
        page_id=request.page_id,
        switch=switch,
        pager=request.pager,
        target=request.target,
        treatment=treatment,
        started_at=asked,
        reason=refusal.reason.value if refusal else None,
        cause=refusal.hangup_cause if refusal else None,
        dialled="" if request.target else request.dialled,
    )
