"""Converts the devices of a decision to the dial string that rings them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import structlog

from controller.domain.decision import Device, Intercom
from controller.domain.names import UserName
from controller.errors import UnsafeValue
from controller.eventsocket import places
from controller.phones.auto_answer import render
from controller.switch import dialstring

#: Seconds for which the phone of a member of a page group is called; it should answer by itself.
RINGING = 10

_NO_MORE: Mapping[str, str] = MappingProxyType({})
_log = structlog.get_logger(__name__)


def dial(intercom: Intercom, target: UserName, more: Mapping[str, str] = _NO_MORE) -> str:
    """The dial string of a call to the target's phones; empty if none of them can be dialled.

    It names the phones and not the user, so no forwarding, follow-me or voicemail takes the call. A phone
    whose contact cannot be written in a dial string is left out, with an entry in the log. Each phone has
    `more` variables.
    """
    groups = [[phone(device, target, more) for device in group] for group in intercom.groups]
    return dialstring.groups([[each for each in group if each] for group in groups])


def shown(caller_id: Mapping[str, str], user: UserName, begin: str) -> dict[str, str]:
    """The variables, each beginning with `begin`, that make a phone show the caller id of a user."""
    return {
        f"{begin}_caller_id_{what}": fit(caller_id.get(what, ""), user.extension)
        for what in ("name", "number")
    }


def fit(text: str, otherwise: str) -> str:
    """The text, or `otherwise` if the text is empty or cannot be a variable."""
    try:
        places.originate_variable("caller id", text)
    except UnsafeValue:
        return otherwise
    return text or otherwise


def phone(device: Device, user: UserName, more: Mapping[str, str] = _NO_MORE) -> str:
    """The dial string of one phone of a user, with `more` variables; empty if it cannot be dialled.

    If the phone forwards the call (302), the call to it fails: nobody else must be paged, or page, in place
    of the user (outbound_redirect_fatal, sofia_handle_sip_r_invite, sofia.c).
    """
    variables = {
        "presence_id": str(user),
        "sip_invite_domain": user.domain,
        "outbound_redirect_fatal": "true",
        **more,
    }
    for name, value in render(device.headers, user.domain):
        variables[f"sip_h_{name}"] = value
    try:
        return dialstring.phone(device.registration.dial, variables)
    except UnsafeValue as error:
        _log.warning("phone.left_out", user=str(user), error=str(error))
        return ""
