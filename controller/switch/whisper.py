"""The topology of a whisper page: the target alone hears the pager, the pager hears the target alone.

    pager's leg <= bridge => relay-a | relay-b = eavesdrops the target: hears what the target says
                             speak   | voice   = voice eavesdrops relay-a: hears the pager
                                                 speak eavesdrops the target: gives that to the target alone

What each leg does is in dialplan/whisperpage.xml.
"""

from __future__ import annotations

from controller.domain.record import Ending
from controller.eventsocket import api
from controller.eventsocket.api import ApiCall, Application
from controller.switch import bypass, caller
from controller.switch.pagelegs import AFTER_BRIDGE, CONTEXT, PageMark
from controller.switch.steps import Order, Step
from controller.switch.topology import SAME_CALL, PageLeg, Party, Topology


def _steps(mark: PageMark) -> tuple[Step, ...]:
    """Everything that makes a page.

    The relay is there before the pager is bridged to it. So it keeps the 8 kHz of a loopback that no call has
    made (tech_init, mod_loopback.c), and no eavesdrop is faster than its target, which would be garbled
    (signalwire/freeswitch issue 1650). Bridged straight to it, a pager would give it its own rate.
    """
    leg, relay = mark.target_leg, mark.relay
    both_ends = mark.variables() | {
        "loopback_bowout": "false",  # or a loopback between two bridges takes itself out of the call
        "process_cdr": "false",
    }
    return (
        Step(
            "relay",
            api.originate(
                f"loopback/relay-{leg}/{CONTEXT}/XML",
                _into(f"meet-{leg}"),
                both_ends | {"origination_uuid": relay} | _shown(mark) | _bypass_again(mark),
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
                _into(f"speak-{leg}"),
                both_ends | {"origination_uuid": mark.speak},
            ),
            slow=True,
            answer=mark.speak,
            looks=True,
        ),
        Step("mark", api.uuid_setvar_multi(mark.pager_leg, mark.variables() | _nowhere_else(mark))),
        Step("answer", api.call("uuid_answer", mark.pager_leg)),
        Step("bridge", api.uuid_bridge(mark.pager_leg, relay)),
    )


def _end(mark: PageMark, ending: Ending) -> tuple[Order, ...]:
    """End a page: every other leg of it follows the relay.

    Unless the target goes on with the same call, its media stays with the switch. Of a page that has lost a
    leg, voice may be elsewhere, and then it does not follow the relay.
    """
    lost = (api.uuid_kill(mark.speak),) if ending is Ending.LOST else ()
    stays = () if ending in SAME_CALL else (_keep_media(mark),)
    return (*lost, *stays, api.uuid_kill(mark.relay))


def _into(number: str) -> Application:
    """An extension of ours, into which a leg goes by itself once originate has made it.

    Originate would send it there from another thread, and a loopback may be answered before the leg's own
    thread has left its first CS_ROUTING. That one would then see no change of state and sleep for ever
    (switch_ivr_session_transfer, switch_ivr.c; switch_core_session_run, switch_core_state_machine.c): a page
    in some thousand on a busy machine had no voice.
    """
    return Application("transfer", f"{number} XML {CONTEXT}")


def _nowhere_else(mark: PageMark) -> dict[str, str]:
    """What ends the pager's call when it leaves the relay, whoever takes it from there to somebody else.

    A leg that is transferred, parked or joined to another leaves its bridge first, and runs this as it does
    (audio_bridge_thread, switch_ivr_bridge.c), so this is the last word on where it goes.
    """
    return {AFTER_BRIDGE[0]: caller.over(mark.pager_leg).text}


def _keep_media(mark: PageMark) -> ApiCall:
    # nor is what the target's phone showed shown again (displays): it has another call, or none
    return api.uuid_setvar_multi(mark.relay, {"api_hangup_hook": "", "api_reporting_hook": ""})


def _shown(mark: PageMark) -> dict[str, str]:
    """What the pager's phone shows, being bridged to the relay (send_display, switch_ivr_bridge.c)."""
    target = mark.target.partition("@")[0]
    return {"origination_caller_id_name": f"Paging {target}", "origination_caller_id_number": target}


def _bypass_again(mark: PageMark) -> dict[str, str]:
    return {"api_hangup_hook": bypass.again(mark.target_leg)} if mark.bypass else {}


WHISPER = Topology(
    name="whisper",
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
    end=_end,
)
