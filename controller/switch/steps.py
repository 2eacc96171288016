"""Commands for a switch as values, which a CommandRunner sends."""

from __future__ import annotations

from dataclasses import dataclass

from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command


@dataclass(frozen=True)
class IfFirst:
    """A command that one controller alone sends: the one whose `claim` has deleted a task of the switch.

    The switch deletes a task once (switch_scheduler_del_task_group, switch_scheduler.c).
    """

    claim: ApiCall
    then: Command


#: A command for the switch: a call of its API, or another command of the event socket.
Order = ApiCall | Command | IfFirst


@dataclass(frozen=True)
class Step:
    """One call of a sequence.

    `slow`: the call runs in the background. `answer`: a text that a successful answer must contain; an
    originate whose uuid is already taken succeeds with another uuid. `claims`: the step takes the relay's
    uuid, so after its failure that uuid may belong to another page. `looks`: the dialplan checks the target's
    call once more, so a failure means that the call has changed. `patience`: for so many seconds a refusal,
    or a variable that is not set, is no failure, and the call is repeated.
    """

    name: str
    call: ApiCall
    slow: bool = False
    answer: str = ""
    claims: bool = False
    looks: bool = False
    patience: float = 0.0
