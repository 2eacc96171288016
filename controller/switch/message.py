"""The topology of a message: the target alone hears a sound, in its call, and there is no pager.

    message-a | message-b = message-b eavesdrops the target: it speaks to the target alone
    message-a plays the sound, waits for a reply, and hangs up

message-a is the relay, whose uuid is derived from the target's leg. It eavesdrops nobody (pagelegs). The
dialplan of both is in dialplan/whisperpage.xml. At more than 8 kHz the loopback is made by a leg of nobody,
as those of a page are (wide):

    null/message-T <= bridge => message-a | message-b    then message-a plays, and the null leg hangs up
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from controller.eventsocket import api, commands
from controller.eventsocket.api import Extension
from controller.switch import bypass
from controller.switch.pagelegs import CONTEXT, PREFIX, PageMark, into
from controller.switch.steps import Order, Step
from controller.switch.topology import PageLeg, Party, Topology
from controller.switch.whisper import both_ends, bypass_again, end
from controller.switch.wide import RATES, made, make

#: The variable of the relay that is set when its sound was played to the end.
SAID = PREFIX + "said"


def _plain(mark: PageMark) -> tuple[Step, ...]:
    leg, relay = mark.target_leg, mark.relay
    variables = both_ends(mark) | {"origination_uuid": relay} | bypass_again(mark)
    call = api.originate(f"loopback/message-{leg}/{CONTEXT}/XML", into(f"say-{leg}"), variables)
    return (Step("message", call, slow=True, answer=relay, claims=True, looks=True),)


def _wide(mark: PageMark, rate: int) -> tuple[Step, ...]:
    leg, relay = mark.target_leg, mark.relay
    again = (Step("bypass", api.uuid_setvar(relay, "api_hangup_hook", bypass.again(leg))),)
    return (
        make("message", mark, rate, f"null/message-{leg}", mark.relay_maker, both_ends(mark)),
        made("message", relay, mark.relay_maker, claims=True),
        *(again if mark.bypass else ()),
        Step("say", api.uuid_transfer(relay, Extension(f"say-{leg}", CONTEXT))),
    )


def _take_rate(mark: PageMark, party: Party) -> tuple[Order, ...]:
    """Let message-b begin anew, for the target's leg has got another rate (whisper)."""
    again = f"again-message-{mark.relay} XML {CONTEXT}"
    return (commands.execute(mark.target_leg, "execute_extension", again),)


def _message(rate: int) -> Topology:
    makers = (PageLeg("message's maker", "null/message-", "", uuid="relay_maker"),)
    return Topology(
        name=f"message-{rate}",
        hears=frozenset({(Party.TARGET, Party.FAR), (Party.FAR, Party.TARGET)}),
        legs=(
            PageLeg("message-a", "loopback/message-", "-a", uuid="relay"),
            PageLeg("message-b", "loopback/message-", "-b", bug_on="target_leg"),
        ),
        steps=partial(_wide, rate=rate) if rate in RATES else _plain,
        end=end,
        take_rate=_take_rate,
        rate=rate,
        makers=makers if rate in RATES else (),
        has_pager=False,
    )


#: The kinds of messages into a call, by their rates in Hz.
MESSAGES: Mapping[int, Topology] = MappingProxyType({rate: _message(rate) for rate in (*RATES, 8000)})
