"""The page topology as named command sequences; the picture is in pagelegs, the rest in the dialplan.

Each sequence is data: steps that somebody else runs, in their order, as long as each succeeds.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.eventsocket import api
from controller.eventsocket.api import ApiCall, Application, Extension
from controller.eventsocket.commands import Command
from controller.switch.pagelegs import AFTER_BRIDGE, CONTEXT, PREFIX, PageMark

#: Seconds after a page until a call's media goes past the switch again. The switch's scheduler counts whole
#: ones, so it is one at the least, and by then nothing of the page listens any more.
BYPASS_AGAIN = 2


#: What can be asked of the switch: a call of its API, or another command.
Order = ApiCall | Command


@dataclass(frozen=True)
class Step:
    """One call of a sequence.

    `slow` asks for it to run in the background. `answer`, where given, is what a success must say: an
    originate that could not have the uuid it asked for succeeds with another.
    """

    name: str
    call: ApiCall
    slow: bool = False
    answer: str = ""


def whisper(mark: PageMark) -> tuple[Step, ...]:
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
        ),
        Step("mark", api.uuid_setvar_multi(mark.pager_leg, mark.variables() | _nowhere_else(mark))),
        Step("answer", api.call("uuid_answer", mark.pager_leg)),
        Step("bridge", api.uuid_bridge(mark.pager_leg, relay)),
    )


def _into(number: str) -> Application:
    """An extension of ours, into which a leg goes by itself once originate has made it.

    Originate would send it there from another thread, and a loopback may be answered before the leg's own
    thread has left its first CS_ROUTING. That one would then see no change of state and sleep for ever
    (switch_ivr_session_transfer, switch_ivr.c; switch_core_session_run, switch_core_state_machine.c): a page
    in some thousand on a busy machine had no voice.
    """
    return Application("transfer", f"{number} XML {CONTEXT}")


def end(mark: PageMark, *, same_call: bool) -> tuple[Order, ...]:
    """End a page: every other leg of it follows the relay.

    Unless the target goes on with the `same_call`, its media stays with the switch.
    """
    return (api.uuid_kill(mark.relay),) if same_call else (_keep_media(mark), api.uuid_kill(mark.relay))


def bring_media_back(leg: str) -> Step:
    """Bring a bypass-media call back through the switch."""
    return Step("media", api.uuid_media(leg), slow=True)


def stay(leg: str) -> ApiCall:
    """Take back what an earlier page of this leg has left to be done; the answer tells how many things."""
    return api.call("sched_del", _group(leg))


def over(pager_leg: str) -> ApiCall:
    """Send the pager where it hears that its page is over, and then nowhere else."""
    return api.uuid_transfer(pager_leg, Extension("over", CONTEXT))


def _nowhere_else(mark: PageMark) -> dict[str, str]:
    """What ends the pager's call when it leaves the relay, whoever takes it from there to somebody else.

    A leg that is transferred, parked or joined to another leaves its bridge first, and runs this as it does
    (audio_bridge_thread, switch_ivr_bridge.c), so this is the last word on where it goes.
    """
    return {AFTER_BRIDGE[0]: over(mark.pager_leg).text}


def _keep_media(mark: PageMark) -> ApiCall:
    # nor is what the target's phone showed shown again (displays): it has another call, or none
    return api.uuid_setvar_multi(mark.relay, {"api_hangup_hook": "", "api_reporting_hook": ""})


def _shown(mark: PageMark) -> dict[str, str]:
    """What the pager's phone shows, being bridged to the relay (send_display, switch_ivr_bridge.c)."""
    target = mark.target.partition("@")[0]
    return {"origination_caller_id_name": f"Paging {target}", "origination_caller_id_number": target}


def _bypass_again(mark: PageMark) -> dict[str, str]:
    if not mark.bypass:
        return {}
    leg = mark.target_leg
    return {"api_hangup_hook": f"sched_api +{BYPASS_AGAIN} {_group(leg)} uuid_media off {leg}"}


def _group(leg: str) -> str:
    """A group of scheduled tasks; not a bare uuid, whose tasks go with its leg (switch_core_session.c)."""
    return f"whisperpage-{leg}"


def refuse(pager_leg: str, cause: str) -> tuple[Step, ...]:
    """Reorder tone for the pager, then a hang-up with this cause."""
    return (
        Step("cause", api.uuid_setvar(pager_leg, PREFIX + "cause", cause)),
        Step("refuse", api.uuid_transfer(pager_leg, Extension("refuse", CONTEXT))),
    )


def first(leg: str) -> ApiCall:
    """Take the task away that waits for a controller to take this call; the answer tells how many there were.

    The switch takes a task away once (switch_scheduler_del_task_group, switch_scheduler.c): of several
    controllers one is first, and only one may switch something to the other of two states.
    """
    return api.call("sched_del", f"whisperpage-pages-{leg}")


def confirm(leg: str, *, off: bool) -> tuple[Step, ...]:
    """Have a caller hear that pages to it are off, or on again, and hang up."""
    return (Step("confirm", api.uuid_transfer(leg, Extension("pages-off" if off else "pages-on", CONTEXT))),)


def call(pager_leg: str, page: str, dial: str) -> tuple[Step, ...]:
    """An intercom or ordinary call from the pager's leg by this dial string."""
    return (
        Step("dial", api.uuid_setvar(pager_leg, PREFIX + "dial", dial)),
        Step("mark", api.uuid_setvar(pager_leg, PREFIX + "page", page)),
        Step("call", api.uuid_transfer(pager_leg, Extension("intercom", CONTEXT))),
    )
