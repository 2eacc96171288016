"""What the target can do from its phone's keys while it is paged, and what that does on the switch.

A key is `*` and a digit, bound to the target's leg for the time of the page (bind_meta_app_function,
mod_dptools.c). The digits reach neither the far party nor any DTMF event. What a key does, the switch does
itself, by an extension of dialplan/whisperpage.xml that it runs on the target's leg, and so once, one key
after the other, whatever number of controllers follow the page; they are told by an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from controller.eventsocket import commands
from controller.switch.pagelegs import CONTEXT, PREFIX, PageMark
from controller.switch.steps import Order

#: The event's subclass, and the header that tells the key.
SUBCLASS = "whisperpage::key"
HEADER = PREFIX + "key"
#: The variable of the relay that tells whether the target is muted.
SIGN = PREFIX + "muted"


class Key(StrEnum):
    """What a key does."""

    MUTE = "mute"
    END = "end"
    OFF = "off"


#: What each key does, as the dialplan calls it.
_WHAT = {Key.MUTE: "toggle", Key.END: "end", Key.OFF: "off"}


def bind(mark: PageMark, digits: Mapping[Key, str]) -> tuple[Order, ...]:
    """Bind the keys to the target's leg; `digits` are single digits. Twice does no harm.

    By one order: each that a leg is given costs it two frames of what its phone says (docs/how-it-works.md).
    """
    bound = [
        f"{digit}{_WHAT[key]}"
        for key, digit in digits.items()
        if key is not Key.MUTE or mark.far_leg  # or there is nobody to be muted to
    ]
    if not bound:
        return ()
    number = "-".join(("bind", mark.relay, _all(digits), *bound))
    return (commands.execute(mark.target_leg, "execute_extension", f"{number} XML {CONTEXT}"),)


def unbind(mark: PageMark, digits: Mapping[Key, str]) -> tuple[Order, ...]:
    """Give the keys back."""
    if not digits:
        return ()
    return (commands.execute(mark.target_leg, "execute_extension", f"keys-{_all(digits)} XML {CONTEXT}"),)


def _all(digits: Mapping[Key, str]) -> str:
    return "".join(digits.values())


def mute(mark: PageMark, *, on: bool) -> tuple[Order, ...]:
    """The far party no longer hears the target, or hears it again; the pager hears it in any case."""
    extension = f"{'mute' if on else 'unmute'}-{mark.relay}"
    return (commands.execute(mark.target_leg, "execute_extension", f"{extension} XML {CONTEXT}"),)


def confirm_off(mark: PageMark, *, done: bool) -> Order:
    """The target alone hears whether its key has switched pages off; the page is over, its call goes on."""
    heard = "heard-off" if done else "heard-reorder"
    return commands.execute(mark.target_leg, "execute_extension", f"{heard} XML {CONTEXT}")
