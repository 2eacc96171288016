"""The lamps of a phone's keys: a phone subscribes to our presence, and mod_sofia notifies the phone.

A phone that watches `whisper+1002@domain` subscribes to the user `1002` with the protocol `whisper`.
mod_sofia keeps the subscription. It asks all modules for the state of a protocol that is not its own
(PRESENCE_PROBE), and sends the state in a PRESENCE_IN of that protocol to the phones
(sofia_presence_handle_sip_i_subscribe and actual_sofia_presence_event_handler, sofia_presence.c).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from controller.domain.names import UserName
from controller.eventsocket import commands
from controller.eventsocket.commands import Command
from controller.eventsocket.events import Event

#: The event with which mod_sofia asks for the state behind a phone's subscription.
PROBE = "PRESENCE_PROBE"


class Lamp(StrEnum):
    """A lamp; the value is the protocol that a phone's key names before the `+`."""

    PAGE = "whisper"
    MUTE = "whispermute"
    OFF = "whisperoff"


_PROTOCOLS = frozenset(Lamp)

#: The text of each lamp, lit and dark, for a phone that shows text.
_WORDS = {
    Lamp.PAGE: ("Being paged", "Not paged"),
    Lamp.MUTE: ("Muted", "Heard"),
    Lamp.OFF: ("Pages off", "Pages on"),
}


@dataclass(frozen=True)
class Probe:
    """A phone's question about one lamp of a user; `subscription` is the Call-ID of the phone's SUBSCRIBE.

    `asker` is the user that the phone claims to have; None if that is not a user name.
    """

    lamp: Lamp
    user: UserName
    subscription: str
    asker: UserName | None = None


def probe(event: Event) -> Probe | None:
    """The question in a PRESENCE_PROBE; None if it is not about a user's lamps, or ends a subscription."""
    protocol, _, name = event.get("to", "").partition("+")
    user = UserName.or_none(name)
    if user is None or protocol not in _PROTOCOLS or event.get("expires") == "0":
        return None
    return Probe(Lamp(protocol), user, event.get("sub-call-id", ""), UserName.or_none(event.get("from", "")))


def tell(lamp: Lamp, user: UserName, lit: bool, subscription: str = "") -> Command:
    """Notify the phones that watch a user's lamp; with `subscription`, only that phone. Raises UnsafeValue.

    A lit lamp is a confirmed dialog, a dark lamp is no dialog. A terminated dialog would not work: mod_sofia
    takes it for the end of one of the user's calls, and reports another call of the user if there is one.
    """
    words = _WORDS[lamp][0 if lit else 1]
    headers = {
        "proto": lamp.value,
        "from": str(user),
        "login": str(user),
        "event_type": "presence",
        "alt_event_type": "dialog",
        "rpid": "busy" if lit else "unknown",
        "status": words,
        "force-status": words,
    }
    if lit:
        headers |= {
            "unique-id": f"{lamp}+{user}",
            "channel-state": "CS_EXECUTE",
            "answer-state": "confirmed",
            "presence-call-direction": "inbound",
        }
    if subscription:
        headers["call-id"] = subscription
    return commands.sendevent("PRESENCE_IN", headers)
