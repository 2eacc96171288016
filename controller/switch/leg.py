"""Legs, read from what the switch says of a channel (`uuid_dump UUID json`, events)."""

from __future__ import annotations

from collections.abc import Callable

from controller.domain.leg import Leg
from controller.domain.names import UserName

#: mod_spandsp, mod_dptools; a fax does not survive what is mixed into it.
FAX_APPLICATIONS = frozenset({"rxfax", "txfax", "t38_gateway"})


def from_dump(text: Callable[[str], str], eavesdroppers: int = 0) -> Leg:
    """A leg from its `uuid_dump UUID json`, the switch's last word on it; `text` gives a header or ''."""
    state = text("Channel-State")
    return Leg(
        uuid=text("Unique-ID"),
        user=user_of(text),
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
        keyed=text("variable_whisperpage_keys") == "true",
        eavesdroppers=eavesdroppers,
    )


def user_of(text: Callable[[str], str]) -> UserName | None:
    """Whose leg this is, from an event's or a dump's headers; None if it is nobody's.

    Of a SIP call that came in, the user that gave a password, and nobody else: its presence id is the From
    that its phone has written (`sofia_handle_sip_i_invite`, sofia.c). Of an outbound leg, the presence id,
    which the switch has set as it dialled a user, or else the user that was dialled, which a caller's leg has
    as well (`user_outgoing_channel`, mod_dptools.c).
    """
    presence = text("Channel-Presence-ID")
    if text("Call-Direction") == "outbound":
        user = presence or _joined(text("variable_dialed_user"), text("variable_dialed_domain"))
    else:
        user = _joined(text("variable_user_name"), text("variable_domain_name"))
        if came_by_sip(text("Channel-Name"), text("Call-Direction")):
            user = user if text("variable_sip_authorized") == "true" else ""
        else:
            user = user or presence
    return UserName.or_none(user)


def claimed_by(text: Callable[[str], str]) -> UserName | None:
    """Whose leg it may be, for the table to find it by: its user, or else whose a phone says that it is."""
    return user_of(text) or UserName.or_none(text("Channel-Presence-ID"))


def came_by_sip(name: str, direction: str) -> bool:
    """Whether a leg is a SIP call that came in: its caller has written its presence id."""
    return direction == "inbound" and name.startswith("sofia/")


def address_of(text: Callable[[str], str]) -> str:
    """`HOST:PORT` where the leg's phone is reached; it tells the phones of one user from each other."""
    return _joined(text("variable_sip_contact_host"), text("variable_sip_contact_port"), ":")


def number(text: str) -> int:
    """A decimal number of the switch's, 0 where there is none."""
    return int(text) if text.isascii() and text.isdigit() else 0


def _joined(left: str, right: str, by: str = "@") -> str:
    return f"{left}{by}{right}" if left and right else ""
