"""Steps for a caller's leg: the caller asks for a page, for a call, or for Whisper Page Off.

Most of them send the leg to an extension of dialplan/whisperpage.xml.
"""

from __future__ import annotations

from controller.eventsocket import api
from controller.eventsocket.api import ApiCall, Extension
from controller.switch.pagelegs import CONTEXT, PREFIX
from controller.switch.steps import Step

#: The variable of a leg whose value goes as a SIP header to another switch: the token of a page.
TOKEN = "sip_h_X-Whisperpage-Token"


def refuse(leg: str, cause: str, offer: str = "") -> tuple[Step, ...]:
    """Play the reorder tone to the caller, then hang up with this cause.

    `offer` is the digit with which the caller can ask for a call back meanwhile, if that is offered.
    """
    offered = (Step("offer", api.uuid_setvar(leg, PREFIX + "offer", offer)),) if offer else ()
    return (
        Step("cause", api.uuid_setvar(leg, PREFIX + "cause", cause)),
        *offered,
        Step("refuse", api.uuid_transfer(leg, Extension("refuse", CONTEXT))),
    )


def noted(leg: str, *, done: bool) -> tuple[Step, ...]:
    """Play to a refused caller whether it will be called back, then hang up with the cause of the refusal."""
    return (Step("noted", api.uuid_transfer(leg, Extension("noted" if done else "refuse", CONTEXT))),)


def sent(leg: str) -> tuple[Step, ...]:
    """Play to the caller that its message is sent, then hang up."""
    return (Step("sent", api.uuid_transfer(leg, Extension("sent", CONTEXT))),)


def call(leg: str, page: str, dial: str) -> tuple[Step, ...]:
    """Start an intercom or ordinary call from the caller's leg to the dial string `dial`."""
    return (
        Step("dial", api.uuid_setvar(leg, PREFIX + "dial", dial)),
        Step("mark", api.uuid_setvar(leg, PREFIX + "page", page)),
        Step("call", api.uuid_transfer(leg, Extension("intercom", CONTEXT))),
    )


def elsewhere(leg: str, page: str, dial: str, *, rings: bool) -> tuple[Step, ...]:
    """Bridge the caller's leg to another switch, by the dial string `dial`; it may ring there."""
    extension = "elsewhere-rings" if rings else "elsewhere"
    return (
        Step("dial", api.uuid_setvar(leg, PREFIX + "dial", dial)),
        Step("mark", api.uuid_setvar(leg, PREFIX + "page", page)),
        Step("elsewhere", api.uuid_transfer(leg, Extension(extension, CONTEXT))),
    )


def open_media(leg: str) -> ApiCall:
    """Settle the codec of a caller's leg, before its call is answered (a SIP status 183)."""
    return api.call("uuid_pre_answer", leg)


def over(leg: str) -> ApiCall:
    """Play the end of the page to the pager, then hang up its leg."""
    return api.uuid_transfer(leg, Extension("over", CONTEXT))


def first(leg: str) -> ApiCall:
    """Delete the task that waits for a controller to take this call; the answer has the number of tasks.

    The switch deletes a task once (switch_scheduler_del_task_group, switch_scheduler.c). So exactly one of
    several controllers is first, and a setting that the call flips is flipped once.
    """
    return api.call("sched_del", f"whisperpage-pages-{leg}")


def confirm(leg: str, *, off: bool) -> tuple[Step, ...]:
    """Play to the caller whether pages to it are now off or on, then hang up."""
    return (Step("confirm", api.uuid_transfer(leg, Extension("pages-off" if off else "pages-on", CONTEXT))),)
