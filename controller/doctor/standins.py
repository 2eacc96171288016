"""Stand-ins for phones: loopback channels with a call's leg at one end and the phone at the other.

A phone speaks by playing a DTMF digit as sound; each party has its own digit. It listens with `start_dtmf`,
and reports each digit that it hears with an event. This needs no file, no phone, and no right to see the
digits of other calls. The switch's `tone_detect` would be simpler, but it compares a tone with itself
(teletone_multi_tone_detect, libteletone_detect.c). So its result depends on rounding: it finds some tones
mostly, some rarely, and 1500 Hz never.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall, Application
from controller.eventsocket.commands import Command
from controller.switch.pagelegs import PREFIX
from controller.switch.topology import Party

#: The event's subclass, and the header that names the party of the digit.
SUBCLASS = "whisperpage::heard"
HEADER = PREFIX + "heard"
#: Seconds after which a phone hangs up by itself, if nobody else ends it.
LIFE = 60
#: The length of a digit and of the silence after it, in seconds.
SOUND, SILENCE = 0.12, 0.1
#: The volume of a digit, as mod_tone_stream's `v`. Measured, each of its two tones has -13 dBFS, the level of
#: a loud voice, or 40 dB less.
_LOUD, _QUIET = "-4", "-44"
_DIGITS = {Party.PAGER: "1", Party.TARGET: "2", Party.FAR: "3"}
_TONES = {"1": "697,1209", "2": "697,1336", "3": "697,1477"}


@dataclass(frozen=True)
class StandIn:
    """The stand-in of one party; `leg` is the uuid of its leg, `phone` the uuid of the phone's end."""

    party: Party
    leg: str
    phone: str


def new_leg() -> str:
    """A uuid for a new leg, so that it can be hung up even if the answer to its originate is lost."""
    return str(uuid4())


def dial(leg: str) -> ApiCall:
    """Make a leg and its phone; the leg waits to be bridged, and waits again after each bridge."""
    return api.originate(
        f"loopback/app=playback:silence_stream://{LIFE * 1000}",
        Application("park"),
        {
            "origination_uuid": leg,
            "origination_caller_id_name": "Whisper Page doctor",
            "loopback_bowout": "false",  # else two bridged loopbacks remove themselves from the call
            "park_after_bridge": "true",
            "process_cdr": "false",
        },
    )


def teach(phone: str) -> tuple[Command, ...]:
    """Make a phone report the digits that it hears."""
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
    """Restart a phone's detector, so that it forgets what it has heard so far, such as noise."""
    return tuple(commands.execute(phone, application) for application in ("stop_dtmf", "start_dtmf"))


def say(speaker: StandIn, *, quiet: bool) -> Command:
    """Make a party speak."""
    tones = _TONES[_DIGITS[speaker.party]]
    sound, silence = round(SOUND * 1000), round(SILENCE * 1000)
    spoken = f"tone_stream://v={_QUIET if quiet else _LOUD};%({sound},{silence},{tones})"
    return commands.execute(speaker.phone, "playback", spoken)
