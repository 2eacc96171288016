"""Stand-ins for phones: loopback channels with a call's leg at one end and the phone at the other.

The phone speaks by digits in its voice (DTMF as sound, not as events), each party by one of its own, and
listens for them (`start_dtmf`); whose digit it hears it tells by an event. That needs no file, no phone, and
no right to see what is dialled on other calls. The switch's `tone_detect` would be the plainer tool, but it
compares a tone with itself (teletone_multi_tone_detect, libteletone_detect.c), so that what it finds is a
matter of rounding: some tones most times, some now and then, 1500 Hz never.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall, Application
from controller.eventsocket.commands import Command
from controller.switch.pagelegs import PREFIX
from controller.switch.topology import Party

#: The event's subclass, and the header that tells whose digit it is.
SUBCLASS = "whisperpage::heard"
HEADER = PREFIX + "heard"
#: Seconds after which a phone hangs up by itself, should nobody be left to do it.
LIFE = 60
#: Seconds that a digit sounds, and that it is silent after it.
SOUND, SILENCE = 0.12, 0.1
#: How loud a digit is, as mod_tone_stream's `v`: each of its two tones is measured at -13 dBFS, as loud as
#: somebody who speaks up, or 40 dB below that.
_LOUD, _QUIET = "-4", "-44"
_DIGITS = {Party.PAGER: "1", Party.TARGET: "2", Party.FAR: "3"}
_TONES = {"1": "697,1209", "2": "697,1336", "3": "697,1477"}


@dataclass(frozen=True)
class StandIn:
    """One party. `leg` is the uuid of its leg, `phone` that of the phone's end."""

    party: Party
    leg: str
    phone: str


def new_leg() -> str:
    """A uuid for a leg that is to be made: it can be hung up, whatever becomes of the order to make it."""
    return str(uuid4())


def dial(leg: str) -> ApiCall:
    """Make a leg and its phone; the leg waits to be bridged, also after a bridge."""
    return api.originate(
        f"loopback/app=playback:silence_stream://{LIFE * 1000}",
        Application("park"),
        {
            "origination_uuid": leg,
            "origination_caller_id_name": "Whisper Page doctor",
            "loopback_bowout": "false",  # or two bridged loopbacks take themselves out of the call
            "park_after_bridge": "true",
            "process_cdr": "false",
        },
    )


def teach(phone: str) -> tuple[Command, ...]:
    """Have a phone tell whose digit it hears."""
    return tuple(
        commands.execute(
            phone,
            "bind_digit_action",
            f"whisperpage,{digit},exec[i]:event,"
            f"^^;Event-Name=CUSTOM;Event-Subclass={SUBCLASS};{HEADER}={party.name}",
        )
        for party, digit in _DIGITS.items()
    )


def listen(phone: str) -> tuple[Command, ...]:
    """Have a phone listen anew: what the detector has gathered so far, such as noise, is forgotten."""
    return tuple(commands.execute(phone, application) for application in ("stop_dtmf", "start_dtmf"))


def say(speaker: StandIn, *, quiet: bool) -> Command:
    """Have a party speak."""
    tones = _TONES[_DIGITS[speaker.party]]
    sound, silence = round(SOUND * 1000), round(SILENCE * 1000)
    spoken = f"tone_stream://v={_QUIET if quiet else _LOUD};%({sound},{silence},{tones})"
    return commands.execute(speaker.phone, "playback", spoken)
