"""What the target's phone shows while a page is up: who is paging, instead of the call's far party.

mod_sofia tells a phone by an INFO or an UPDATE without media, which puts nothing on hold and ends nothing
(SWITCH_MESSAGE_INDICATE_DISPLAY, mod_sofia.c). What the phone showed before is shown again by the switch
itself, as the page's relay goes. The pager's phone shows the relay, to which it is bridged (whisper).
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
    """Have the target's phone show the page; `name` and `number` are what it has shown so far.

    Without them, the switch has told the phone nothing that could be put right again, and it is left alone.
    """
    pager = mark.pager.partition("@")[0]
    name, number = fit(name), fit(number)
    if not name or not number:
        return ()
    again = api.uuid_display(mark.target_leg, name, number)
    return (
        api.uuid_setvar(mark.relay, "api_reporting_hook", again.text),
        api.uuid_display(mark.target_leg, f"Page from {pager}", pager),
    )


def fit(text: str) -> str:
    """A caller's name or number as it can be shown; empty if nothing of it can."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.translate(_ENDS).split())[:_LONGEST].strip()
