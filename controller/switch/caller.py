"""What is done with the leg of a caller: who wants a page, a call, or pages to itself switched off.

Each is a way into an extension of dialplan/whisperpage.xml.
"""

from __future__ import annotations

from controller.eventsocket import api
from controller.eventsocket.api import ApiCall, Extension
from controller.switch.pagelegs import CONTEXT, PREFIX
from controller.switch.steps import Step


def refuse(leg: str, cause: str) -> tuple[Step, ...]:
    """Reorder tone for the caller, then a hang-up with this cause."""
    return (
        Step("cause", api.uuid_setvar(leg, PREFIX + "cause", cause)),
        Step("refuse", api.uuid_transfer(leg, Extension("refuse", CONTEXT))),
    )


def call(leg: str, page: str, dial: str) -> tuple[Step, ...]:
    """An intercom or ordinary call from the caller's leg by this dial string."""
    return (
        Step("dial", api.uuid_setvar(leg, PREFIX + "dial", dial)),
        Step("mark", api.uuid_setvar(leg, PREFIX + "page", page)),
        Step("call", api.uuid_transfer(leg, Extension("intercom", CONTEXT))),
    )


def over(leg: str) -> ApiCall:
    """Send a pager where it hears that its page is over, and then nowhere else."""
    return api.uuid_transfer(leg, Extension("over", CONTEXT))


def first(leg: str) -> ApiCall:
    """Take the task away that waits for a controller to take this call; the answer tells how many there were.

    The switch takes a task away once (switch_scheduler_del_task_group, switch_scheduler.c): of several
    controllers one is first, and only one may switch something to the other of two states.
    """
    return api.call("sched_del", f"whisperpage-pages-{leg}")


def confirm(leg: str, *, off: bool) -> tuple[Step, ...]:
    """Have a caller hear that pages to it are off, or on again, and hang up."""
    return (Step("confirm", api.uuid_transfer(leg, Extension("pages-off" if off else "pages-on", CONTEXT))),)
