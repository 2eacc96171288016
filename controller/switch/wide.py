"""The topology of a whisper page in HD: that of `whisper`, with its two loopbacks at a higher rate.

A loopback has the rate of the leg that makes it (channel_outgoing_channel, mod_loopback.c). So each is made
by a leg of nobody, `null/`, whose rate is a variable of its originate:

    null/relay-T <= bridge => relay-a | relay-b    then relay-a waits for the pager, and the null leg hangs up
    null/voice-T <= bridge => speak   | voice      then speak eavesdrops the target, and the null leg hangs up

The switch does that by itself after 10 packets of the bridge (DEFAULT_LEAD_FRAMES, switch_ivr_bridge.c), so
nothing stays if the controller dies between two steps. The controller does not wait that long, and transfers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from controller.eventsocket import api
from controller.eventsocket.api import Extension
from controller.switch import bypass
from controller.switch.pagelegs import CONTEXT, PREFIX, PageMark, into
from controller.switch.steps import Step
from controller.switch.topology import PageLeg, Topology
from controller.switch.whisper import WHISPER, both_ends, connect, shown

#: The rates in Hz that pairs are made with, the best first. `null/` takes multiples of 8000.
RATES = (32000, 16000)
#: The variable of a relay that waits for the pager (dialplan/whisperpage.xml).
READY = PREFIX + "ready"
#: Seconds within which a null leg has made its pair; it takes some milliseconds.
_PATIENCE = 1.0


def _steps(mark: PageMark, rate: int) -> tuple[Step, ...]:
    leg = mark.target_leg
    again = (Step("bypass", api.uuid_setvar(mark.relay, "api_hangup_hook", bypass.again(leg))),)
    return (
        make("relay", mark, rate, f"null/relay-{leg}", mark.relay_maker, both_ends(mark) | shown(mark)),
        made("relay", mark.relay, mark.relay_maker, claims=True),
        Step("meet", api.uuid_transfer(mark.relay, Extension(f"meet-{leg}", CONTEXT))),
        *(again if mark.bypass else ()),
        make("speak", mark, rate, f"null/voice-{leg}", mark.speak_maker, both_ends(mark)),
        made("speak", mark.speak, mark.speak_maker),
        Step("listen", api.uuid_transfer(mark.speak, Extension(f"speak-{leg}", CONTEXT))),
        Step("ready", api.uuid_getvar(mark.relay, READY), answer=mark.page, looks=True, patience=_PATIENCE),
        *connect(mark),
    )


def made(name: str, uuid: str, maker: str, *, claims: bool = False) -> Step:
    """The step that waits until a null leg has made a pair: the near end is bridged to it."""
    made = api.uuid_getvar(uuid, "last_bridge_to")
    return Step(name, made, answer=maker, claims=claims, looks=True, patience=_PATIENCE)


def make(
    name: str, mark: PageMark, rate: int, endpoint: str, uuid: str, variables: Mapping[str, str]
) -> Step:
    """The step by which a null leg makes a pair, whose two ends have these variables."""
    own = {"rate": str(rate), "origination_uuid": uuid, "export_vars": ",".join(variables)}
    to = into(f"wide-{name}-{mark.target_leg}")
    return Step(f"{name}'s maker", api.originate(endpoint, to, {**variables, **own}), slow=True)


def _wide(rate: int) -> Topology:
    return replace(
        WHISPER,
        name=f"whisper-{rate}",
        rate=rate,
        steps=partial(_steps, rate=rate),
        makers=(
            PageLeg("relay's maker", "null/relay-", "", uuid="relay_maker"),
            PageLeg("speak's maker", "null/voice-", "", uuid="speak_maker"),
        ),
    )


#: The kinds of page in HD, by their rates.
WIDE: Mapping[int, Topology] = MappingProxyType({rate: _wide(rate) for rate in RATES})
