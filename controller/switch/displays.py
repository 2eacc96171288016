"""The display of the target's phone while a page is up: the pager in place of the call's far party.

mod_sofia sends the text to the phone in an INFO, or in an UPDATE without media; neither puts a call on hold
or ends one (SWITCH_MESSAGE_INDICATE_DISPLAY, mod_sofia.c). When the page's relay hangs up, the switch
restores the earlier text by itself. The pager's phone shows the relay to which it is bridged (whisper). If
the page is made on another switch, it shows the call that leads there, and what that switch sends after it.
"""

from __future__ import annotations

from controller.domain.names import UserName
from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.switch.pagelegs import PREFIX, PageMark

#: Variables of a leg: the name and number that its phone got last
#: (switch_core_session_perform_receive_message).
NAME, NUMBER = "last_sent_callee_id_name", "last_sent_callee_id_number"
#: Characters that would end a value on its way to the switch or the phone, or would be expanded there.
_ENDS = str.maketrans(dict.fromkeys("\"'\\|{}^<>;$", " "))
#: Characters up to which, or after which, a name that comes from another switch is cut off there
#: (switch_sanitize_number, switch_utils.h), and what a reply has in their place.
_CUT = str.maketrans({"/": "-", ":": ".", "@": " "})
_LONGEST = 64


def paging(pager: UserName, target: UserName, *, reverse: bool = False) -> tuple[str, str]:
    """The name and number on the phone from which, or in a `reverse` page to which, the page is made."""
    other = (pager if reverse else target).extension
    return f"{'Private to you' if reverse else 'Paging'} {other}", other


def show(mark: PageMark, name: str, number: str) -> tuple[ApiCall, ...]:
    """Show the page on the phone that is on the call; `name` and `number` are its present text.

    If either is empty, the text could not be restored after the page, and the display is left as it is.
    """
    other = (mark.target if mark.reverse else mark.pager).extension
    name, number = fit(name), fit(number)
    if not name or not number:
        return ()
    again = api.uuid_display(mark.target_leg, name, number)
    return (
        api.uuid_setvar(mark.relay, "api_reporting_hook", again.text),
        api.uuid_display(mark.target_leg, f"{'Private to' if mark.reverse else 'Page from'} {other}", other),
    )


def answer(mark: PageMark, words: str) -> tuple[ApiCall, ...]:
    """Show the target's reply on the pager's phone, whose call then stays for a moment (dialplan, `over`).

    `words` are what somebody has written into SQL.
    """
    target, words = mark.target.extension, fit(words.translate(_CUT))
    if not words:
        return ()
    return (
        api.uuid_setvar(mark.pager_leg, PREFIX + "shown", "true"),
        api.uuid_display(mark.pager_leg, fit(f"{target} - {words}"), target),
    )


def fit(text: str) -> str:
    """The part of a name, a number or a reply that can be shown; it may be empty."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.translate(_ENDS).split())[:_LONGEST].strip()
