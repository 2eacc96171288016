"""What the phones of a page show while it is up: who is paging whom, instead of the call's far party.

mod_sofia tells a phone by an INFO or an UPDATE without media, which puts nothing on hold and ends nothing
(SWITCH_MESSAGE_INDICATE_DISPLAY, mod_sofia.c). What the target's phone showed before is shown again by the
switch itself, as the page's relay goes.
"""

from __future__ import annotations

from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.switch.pagelegs import PageMark

#: Variables of a leg that tell what its phone was told last (switch_core_session_perform_receive_message).
NAME, NUMBER = "last_sent_callee_id_name", "last_sent_callee_id_number"
#: What ends a value on its way to the switch or to the phone, or would be expanded there.
_ENDS = str.maketrans(dict.fromkeys("\"'\\|{}^<>;", " "))
_LONGEST = 64


def show(mark: PageMark, name: str, number: str) -> tuple[ApiCall, ...]:
    """Have both phones show the page; `name` and `number` are what the target's has shown so far.

    Without them, the target's phone was told nothing by the switch and is left as it is. The pager's is told
    last: what an eavesdropped leg is told, its eavesdropper is told as well (switch_ivr_async.c).
    """
    pager, target = (user.partition("@")[0] for user in (mark.pager, mark.target))
    orders: tuple[ApiCall, ...] = (api.uuid_display(mark.pager_leg, f"Paging {target}", target),)
    if (name := fit(name)) and (number := fit(number)):
        again = api.uuid_display(mark.target_leg, name, number)
        orders = (
            api.uuid_setvar(mark.relay, "api_reporting_hook", again.text),
            api.uuid_display(mark.target_leg, f"Page from {pager}", pager),
            *orders,
        )
    return orders


def fit(text: str) -> str:
    """A caller's name or number as it can be shown; empty if nothing of it can."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.translate(_ENDS).split())[:_LONGEST].strip()
