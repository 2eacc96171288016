"""The topology of a whisper page: only the target hears the pager, and the pager hears only the target.

    pager's leg <= bridge => relay-a | relay-b = relay-b eavesdrops the target: it hears the target's voice
                             speak   | voice   = voice eavesdrops relay-a: it hears the pager
                                                 speak eavesdrops the target: it speaks to the target alone

The dialplan of each leg is in dialplan/whisperpage.xml.
"""

from __future__ import annotations

from dataclasses import replace

from controller.domain.record import Ending
from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall, Extension
from controller.switch import bypass, caller, displays
from controller.switch.pagelegs import AFTER_BRIDGE, CONTEXT, PageMark, into
from controller.switch.steps import Order, Step
from controller.switch.topology import SAME_CALL, PageLeg, Party, Topology


def _steps(mark: PageMark) -> tuple[Step, ...]:
    """The steps that make a page.

    The relay is made first, and the pager is bridged to it afterwards. So the relay keeps 8 kHz, the rate of
    a loopback that no call has created (tech_init, mod_loopback.c). If the pager's call created it, it would
    have the pager's rate, and the sound of an eavesdrop with a higher rate than its target is garbled
    (signalwire/freeswitch issue 1650).
    """
    leg, relay = mark.target_leg, mark.relay
    return (
        Step(
            "relay",
            api.originate(
                f"loopback/relay-{leg}/{CONTEXT}/XML",
                into(f"meet-{leg}"),
                both_ends(mark) | {"origination_uuid": relay} | shown(mark) | bypass_again(mark),
            ),
            slow=True,
            answer=relay,
            claims=True,
            looks=True,
        ),
        Step(
            "speak",
            api.originate(
                f"loopback/voice-{leg}/{CONTEXT}/XML",
                into(f"speak-{leg}"),
                both_ends(mark) | {"origination_uuid": mark.speak},
            ),
            slow=True,
            answer=mark.speak,
            looks=True,
        ),
        *connect(mark),
    )


def both_ends(mark: PageMark) -> dict[str, str]:
    """The variables of both ends of each loopback."""
    return mark.variables() | {
        "loopback_bowout": "false",  # else a loopback between two bridges removes itself from the call
        "process_cdr": "false",
    }


def connect(mark: PageMark) -> tuple[Step, ...]:
    """The last steps: the relay bridges itself to the pager, and has the tone played to both."""
    return (
        Step("mark", api.uuid_setvar_multi(mark.pager_leg, mark.variables() | _nowhere_else(mark))),
        Step("answer", api.call("uuid_answer", mark.pager_leg)),
        Step("join", api.uuid_transfer(mark.relay, Extension(f"join-{mark.target_leg}", CONTEXT))),
    )


def end(mark: PageMark, ending: Ending) -> tuple[Order, ...]:
    """The orders that end a page: the relay hangs up, and every other leg follows.

    If the target does not go on with the same call, its media stays with the switch. In a page that has lost
    a leg, voice may be in another call. It then would not follow the relay, so speak is hung up as well.
    """
    lost = (api.uuid_kill(mark.speak),) if ending is Ending.LOST else ()
    stays = () if ending in SAME_CALL else (_keep_media(mark),)
    return (*lost, *stays, api.uuid_kill(mark.relay))


def _take_rate(mark: PageMark, party: Party) -> tuple[Order, ...]:
    """Let a page go on, though a leg of it has got another rate, by a re-INVITE.

    An eavesdrop goes on with the rate that its target had as it began (switch_ivr_eavesdrop_session,
    switch_ivr_async.c), so those of the target begin anew. relay-a keeps its rate, and has to forget that of
    the pager.
    """
    again = "again-pager" if party is Party.PAGER else "again"
    return (commands.execute(mark.relay, "execute_extension", f"{again} XML {CONTEXT}"),)


def _nowhere_else(mark: PageMark) -> dict[str, str]:
    """The hook that ends the pager's call when the pager's leg leaves the relay, for any reason.

    A leg that is transferred, parked or bridged to another leg leaves its bridge first, and then runs this
    hook (audio_bridge_thread, switch_ivr_bridge.c). So it decides where the leg goes.
    """
    return {AFTER_BRIDGE[0]: caller.over(mark.pager_leg).text}


def _keep_media(mark: PageMark) -> ApiCall:
    # the display is not restored either (displays): the target's phone has another call, or none
    return api.uuid_setvar_multi(mark.relay, {"api_hangup_hook": "", "api_reporting_hook": ""})


def shown(mark: PageMark) -> dict[str, str]:
    """The text on the phone that is bridged to the relay (send_display, switch_ivr_bridge.c)."""
    name, number = displays.paging(mark.pager, mark.target, reverse=mark.reverse)
    return {"origination_caller_id_name": name, "origination_caller_id_number": number}


def bypass_again(mark: PageMark) -> dict[str, str]:
    """The hook of the relay that brings the call's media past the switch again, if it was so before."""
    return {"api_hangup_hook": bypass.again(mark.target_leg)} if mark.bypass else {}


WHISPER = Topology(
    name="whisper-8000",
    hears=frozenset(
        {
            (Party.TARGET, Party.FAR),
            (Party.FAR, Party.TARGET),
            (Party.TARGET, Party.PAGER),
            (Party.PAGER, Party.TARGET),
        }
    ),
    legs=(
        PageLeg("relay-a", "loopback/relay-", "-a", uuid="relay"),
        PageLeg("relay-b", "loopback/relay-", "-b", bug_on="target_leg"),
        PageLeg("speak", "loopback/voice-", "-a", uuid="speak", bug_on="target_leg"),
        PageLeg("voice", "loopback/voice-", "-b", bug_on="relay"),
    ),
    steps=_steps,
    end=end,
    take_rate=_take_rate,
)

#: A page as versions up to 0.1.1 made it, which is taken over.
EARLIER = replace(WHISPER, name="whisper")
