"""The topology of a reverse page: that of a whisper page, where pager and target have changed places.

    target's leg <= bridge => relay-a | relay-b = relay-b eavesdrops the pager: it hears the pager's voice
                              speak   | voice   = voice eavesdrops the target's leg: it hears the target
                                                  speak eavesdrops the pager: it speaks to the pager alone

So target and far party hear nothing of each other. But the far party would hear the pager, too. So the pager
is muted to it before the two hear each other, and for as long as the page lasts. relay-b has the hook that
unmutes from its first moment on: whatever ends the page, the switch unmutes (dialplan/whisperpage.xml).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from controller.eventsocket import api
from controller.eventsocket.api import Extension
from controller.switch.keys import SIGN
from controller.switch.pagelegs import CONTEXT, REVERSE, PageMark
from controller.switch.steps import Step
from controller.switch.topology import Party, Topology
from controller.switch.whisper import WHISPER
from controller.switch.wide import WIDE

#: The media bug of a mute, in a list of bugs (switch_ivr_session_audio, switch_ivr_async.c).
_MUTED = "<function>audio</function>"
#: Seconds within which the relay has muted the pager; it takes some milliseconds.
_PATIENCE = 1.0


def _steps(mark: PageMark, like: Topology) -> tuple[Step, ...]:
    """The steps of a whisper page, with the mute before the last one, which connects the two.

    If the switch does not show the mute, there is no page.
    """
    *made, join = like.steps(mark)
    return (
        *made,
        Step("private", api.uuid_transfer(mark.relay, Extension(f"private-{mark.target_leg}", CONTEXT))),
        Step("sign", api.uuid_getvar(mark.relay, SIGN), answer="true", looks=True, patience=_PATIENCE),
        Step("muted", api.uuid_buglist(mark.far_leg), answer=_MUTED, looks=True),
        join,
    )


def _reversed(like: Topology) -> Topology:
    return replace(
        like,
        name=f"{REVERSE}{like.rate}",
        hears=like.hears - {(Party.FAR, Party.TARGET)},
        steps=partial(_steps, like=like),
    )


#: The kinds of a reverse page, that of 8 kHz first. In `hears` the parties are those of the legs.
REVERSED = tuple(map(_reversed, (WHISPER, *WIDE.values())))
