"""What the target can do from its phone's keys while it is paged, and what that does on the switch.

A key is `*` and a digit, bound to the target's leg for the time of the page (bind_meta_app_function,
mod_dptools.c). The digits reach neither the far party nor any DTMF event; they become an event of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall
from controller.switch.pagelegs import PREFIX, PageMark
from controller.switch.sequences import Order

#: The event's subclass, and the header that tells the key.
SUBCLASS = "whisperpage::key"
HEADER = PREFIX + "key"
#: The variable of the relay that tells a controller which takes the page over that the target is muted.
SIGN = PREFIX + "muted"
#: What confirms to the target, and to nobody else, that it is muted or heard again.
MUTED_TONE, HEARD_TONE = "tone_stream://v=-13;%(80,40,1400);loops=2", "tone_stream://v=-13;%(160,0,1000)"


class Key(StrEnum):
    """What a key does."""

    MUTE = "mute"
    END = "end"


def bind(mark: PageMark, digits: Mapping[Key, str]) -> tuple[Order, ...]:
    """Bind the keys to the target's leg; `digits` are single digits."""
    tell = f"event::Event-Subclass={SUBCLASS},Event-Name=CUSTOM,{HEADER}="
    return tuple(
        commands.execute(mark.target_leg, "bind_meta_app", f"{digit} a si {tell}{key.value}")
        for key, digit in digits.items()
    )


def unbind(mark: PageMark, digits: Mapping[Key, str]) -> tuple[Order, ...]:
    """Give the keys back."""
    return tuple(commands.execute(mark.target_leg, "unbind_meta_app", digit) for digit in digits.values())


def mute(mark: PageMark, relay_b: str) -> tuple[Order, ...]:
    """The far party no longer hears the target; the pager does.

    Not by muting what the target's leg reads, which would deafen the pager, too (switch_core_io.c runs a
    READ_REPLACE before any tap). First the way back is laid: as the relay's other end goes, the switch itself
    unmutes, whoever is left to ask for it.
    """
    back = _far(mark, on=False)
    hook = api.uuid_setvar(relay_b, "api_hangup_hook", back.text)
    sign = api.uuid_setvar(mark.relay, SIGN, "true")
    return hook, sign, _far(mark, on=True), api.uuid_broadcast(mark.relay, MUTED_TONE)


def unmute(mark: PageMark, relay_b: str) -> tuple[Order, ...]:
    """The far party hears the target again."""
    hook = api.uuid_setvar(relay_b, "api_hangup_hook", "")
    sign = api.uuid_setvar(mark.relay, SIGN, "")
    return _far(mark, on=False), hook, sign, api.uuid_broadcast(mark.relay, HEARD_TONE)


def _far(mark: PageMark, *, on: bool) -> ApiCall:
    return api.uuid_audio(mark.far_leg, mute=on)
