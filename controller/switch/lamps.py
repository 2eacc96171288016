"""The lamps of a phone's keys: presence of ours, which a phone subscribes to and mod_sofia tells it.

A phone that watches `whisper+1002@domain` subscribes to the user `1002` by the protocol `whisper`. mod_sofia
keeps the subscription, asks all modules for the state of a protocol that is not its own (PRESENCE_PROBE), and
notifies the phones of what a PRESENCE_IN of that protocol says (sofia_presence_handle_sip_i_subscribe and
actual_sofia_presence_event_handler, sofia_presence.c).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from controller.domain.names import UserName
from controller.eventsocket import commands
from controller.eventsocket.commands import Command
from controller.eventsocket.events import Event

#: What a phone's subscription becomes, on its way to whoever knows the state.
PROBE = "PRESENCE_PROBE"


class Lamp(StrEnum):
    """A lamp, by the protocol that a phone's key names before the `+`."""

    PAGE = "whisper"
    MUTE = "whispermute"
    OFF = "whisperoff"


_PROTOCOLS = frozenset(Lamp)

#: What each lamp says, lit and dark, to a phone that shows words.
_WORDS = {
    Lamp.PAGE: ("Being paged", "Not paged"),
    Lamp.MUTE: ("Muted", "Heard"),
    Lamp.OFF: ("Pages off", "Pages on"),
}


@dataclass(frozen=True)
class Probe:
    """A phone's question for one lamp of a user; `subscription` is its Call-ID."""

    lamp: Lamp
    user: UserName
    subscription: str


def probe(event: Event) -> Probe | None:
    """The question in a PRESENCE_PROBE; None if it is for others, of nobody, or of a phone that leaves."""
    protocol, _, name = event.get("to", "").partition("+")
    user = UserName.or_none(name)
    if user is None or protocol not in _PROTOCOLS or event.get("expires") == "0":
        return None
    return Probe(Lamp(protocol), user, event.get("sub-call-id", ""))


def tell(lamp: Lamp, user: UserName, lit: bool, subscription: str = "") -> Command:
    """Tell the phones that watch a lamp of a user, or one of them, how it is. Raises UnsafeValue.

    Lit is a dialog that is confirmed, dark is no dialog. One that has ended would not do: to mod_sofia that
    is the end of a call of the user's, and while the user has another call it tells of that one instead.
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
