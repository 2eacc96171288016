"""The target's keys during a page, and the commands behind them.

A key is `*` and a digit, bound to the target's leg for the time of the page (bind_meta_app_function,
mod_dptools.c). The digits reach neither the far party nor any DTMF event. The switch itself performs the
key's action: it runs an extension of dialplan/whisperpage.xml on the target's leg. So each press acts once
and in order, however many controllers follow the page. The controllers learn of it from an event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from controller.domain.reply import Reply
from controller.eventsocket import api, commands
from controller.switch.pagelegs import CONTEXT, PREFIX, PageMark
from controller.switch.steps import IfFirst, Order

#: The event's subclass, and the header that names the key.
SUBCLASS = "whisperpage::key"
HEADER = PREFIX + "key"
#: The header with the digit of a reply.
DIGIT = PREFIX + "digit"
#: The key with which a user on a call speaks privately to a colleague, and the header with its extension. It
#: is bound by the dialplan of the switch's own administrator.
PRIVATE, EXTENSION = "private", PREFIX + "extension"
#: The variable of the relay that is set while the target is muted.
SIGN = PREFIX + "muted"


class Told(StrEnum):
    """What the dialplan tells of a message by the same event: it begins, was played to the end, or not."""

    BEGUN = "begun"
    HEARD = "heard"
    UNHEARD = "unheard"


class Key(StrEnum):
    """The actions of the keys. REPLY and DECLINE are those of replies; their digits are in SQL."""

    MUTE = "mute"
    END = "end"
    OFF = "off"
    REPLY = "reply"
    DECLINE = "decline"


#: The dialplan's word for each action.
_WHAT = {Key.MUTE: "toggle", Key.END: "end", Key.OFF: "off", Key.REPLY: "reply", Key.DECLINE: "decline"}
_BOUND = re.compile(r"""application=["']bind_meta_app["']\s+data=["']\s*([0-9])[\s"']""")
NO_REPLIES: tuple[Reply, ...] = ()


def bind(
    mark: PageMark, digits: Mapping[Key, str], replies: Sequence[Reply] = NO_REPLIES
) -> tuple[Order, ...]:
    """Bind the keys to the target's leg; `digits` are single digits. Binding twice does no harm.

    One order binds all keys: each order to a leg loses two frames of its phone's speech
    (docs/how-it-works.md).
    """
    # without a far party there is nothing to mute
    bound = {key: digit for key, digit in digits.items() if key is not Key.MUTE or mark.far_leg}
    if not bound and not replies:
        return ()
    number = f"bind-{mark.relay}-{_all(digits, replies)}{_each(bound, replies)}"
    return (commands.execute(mark.target_leg, "execute_extension", f"{number} XML {CONTEXT}"),)


def unbind(
    mark: PageMark, digits: Mapping[Key, str], replies: Sequence[Reply] = NO_REPLIES
) -> tuple[Order, ...]:
    """Return the keys to the call. Of several controllers one does, for an order to a leg costs it 40 ms."""
    if not digits and not replies:
        return ()
    number = f"keys-{_all(digits, replies)} XML {CONTEXT}"
    order = commands.execute(mark.target_leg, "execute_extension", number)
    return (IfFirst(api.call("sched_del", f"whisperpage-keys-{mark.relay}"), order),)


def words(digits: Mapping[Key, str], replies: Sequence[Reply]) -> str:
    """What the dialplan binds on a leg that is its own relay (`announce`); empty if there is no key."""
    return _all(digits, replies) + _each(digits, replies)


def _each(digits: Mapping[Key, str], replies: Sequence[Reply]) -> str:
    bound = [f"-{digit}{_WHAT[key]}" for key, digit in digits.items()]
    bound += [f"-{each.digit}{_WHAT[Key.DECLINE if each.declines else Key.REPLY]}" for each in replies]
    return "".join(bound)


def _all(digits: Mapping[Key, str], replies: Sequence[Reply]) -> str:
    return "".join((*digits.values(), *(each.digit for each in replies)))


def bound_by(dialplan: str) -> frozenset[str]:
    """The digits that a dialplan, as XML, binds in calls by itself, in any context.

    Ours are not among them: they have an expression in place of the digit.
    """
    return frozenset(_BOUND.findall(dialplan))


def mute(mark: PageMark, *, on: bool) -> tuple[Order, ...]:
    """Mute the target to the far party, or unmute it; the pager hears the target in both cases."""
    extension = f"{'mute' if on else 'unmute'}-{mark.relay}"
    return (commands.execute(mark.target_leg, "execute_extension", f"{extension} XML {CONTEXT}"),)


def confirm_off(mark: PageMark, *, done: bool) -> Order:
    """Play to the target alone whether its key has switched pages off; its call goes on meanwhile."""
    if not done:
        return refused(mark.target_leg)
    return commands.execute(mark.target_leg, "execute_extension", f"heard-off XML {CONTEXT}")


def refused(leg: str) -> Order:
    """Play the reorder tone to the user of a leg alone; its call goes on meanwhile."""
    return commands.execute(leg, "execute_extension", f"heard-reorder XML {CONTEXT}")
