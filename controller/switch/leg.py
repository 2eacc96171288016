"""Reads legs from the switch's data about a channel (`uuid_dump UUID json`, events)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from controller.domain.leg import Leg
from controller.domain.names import UserName
from controller.eventsocket.events import Event
from controller.switch.trust import NOBODY, Trust

#: Of mod_spandsp and mod_dptools. A fax does not survive sound that is mixed into it.
FAX_APPLICATIONS = frozenset({"rxfax", "txfax", "t38_gateway"})
_EAVESDROP = "<function>eavesdrop</function>"


def from_dump(text: Callable[[str], str], eavesdroppers: int = 0, trust: Trust = NOBODY) -> Leg:
    """A leg from its `uuid_dump UUID json`, which has its present state; `text` gives a header or ''."""
    state = text("Channel-State")
    return Leg(
        uuid=text("Unique-ID"),
        user=user_of(text, trust),
        name=text("Channel-Name"),
        direction=text("Call-Direction"),
        state=state,
        call_state=text("Channel-Call-State"),
        answered=text("Answer-State") == "answered",
        partner=text("variable_bridge_to") or text("variable_signal_bridge_to"),
        application=text("variable_current_application"),
        application_data=text("variable_current_application_data"),
        read_rate=number(text("Channel-Read-Codec-Rate") or text("variable_read_rate")),
        user_agent=text("variable_sip_user_agent"),
        address=address_of(text),
        created=number(text("Caller-Channel-Created-Time")),
        bridged=number(text("Caller-Channel-Bridged-Time")),
        # conference_member.c sets conference_call_key on joining and clears it on leaving
        conference=bool(text("variable_conference_call_key")),
        bypass=state == "CS_HIBERNATE",
        proxied=text("variable_proxy_media") == "true",
        fax=text("variable_current_application") in FAX_APPLICATIONS or text("variable_has_t38") == "true",
        page=text("variable_whisperpage_page"),
        call_id=text("variable_sip_call_id"),
        keyed=text("variable_whisperpage_keys") == "true",
        part=text("variable_whisperpage_part"),
        eavesdroppers=eavesdroppers,
    )


def eavesdroppers(bugs: str) -> int:
    """How many eavesdrop a leg, by its `uuid_buglist`."""
    return bugs.count(_EAVESDROP)


def reader(event: Event) -> Callable[[str], str]:
    """The headers of an event or a dump, as the functions here read them; each is searched for once."""
    known: dict[str, str] = {}

    def text(name: str) -> str:
        value = known.get(name)
        if value is None:
            value = known[name] = event.get(name, "")
        return value

    return text


def user_of(text: Callable[[str], str], trust: Trust = NOBODY) -> UserName | None:
    """The user of a leg, from an event's or a dump's headers; None if it has none.

    For an inbound SIP call it is the user that was authenticated, by the switch or by a trusted proxy, and
    nobody else: the presence id is the From header, which the phone writes (`sofia_handle_sip_i_invite`,
    sofia.c). For an outbound leg it is the presence id, which the switch sets when it dials a user. Without
    one it is the dialled user; a caller's leg has that variable, too (`user_outgoing_channel`,
    mod_dptools.c).
    """
    presence = text("Channel-Presence-ID")
    if text("Call-Direction") == "outbound":
        user = presence or _joined(text("variable_dialed_user"), text("variable_dialed_domain"))
    else:
        user = _joined(text("variable_user_name"), text("variable_domain_name"))
        if came_by_sip(text("Channel-Name"), text("Call-Direction")):
            if not user or text("variable_sip_authorized") != "true":
                return trust.user(text)
        else:
            user = user or presence
    return named(user)


def claimed_user(text: Callable[[str], str]) -> UserName | None:
    """The user that a leg's phone claims; for the table, where the leg has no user for sure."""
    return named(text("Channel-Presence-ID"))


@lru_cache(maxsize=20_000)  # every event of a leg names the same user
def named(text: str) -> UserName | None:
    """The user that a text names; None if it names none."""
    return UserName.or_none(text)


def came_by_sip(name: str, direction: str) -> bool:
    """Whether a leg is an inbound SIP call, whose presence id is written by the caller."""
    return direction == "inbound" and name.startswith("sofia/")


def address_of(text: Callable[[str], str]) -> str:
    """`HOST:PORT` of the leg's phone; it distinguishes the phones of one user."""
    return _joined(text("variable_sip_contact_host"), text("variable_sip_contact_port"), ":")


def number(text: str) -> int:
    """The decimal number in a header, 0 if it has none."""
    return int(text) if text.isascii() and text.isdigit() else 0


def _joined(left: str, right: str, by: str = "@") -> str:
    return f"{left}{by}{right}" if left and right else ""
