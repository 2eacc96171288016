"""What can be asked of a switch, as data: somebody else runs it, in its order, as long as each succeeds."""

from __future__ import annotations

from dataclasses import dataclass

from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command

#: What can be asked of the switch: a call of its API, or another command.
Order = ApiCall | Command


@dataclass(frozen=True)
class Step:
    """One call of a sequence.

    `slow` asks for it to run in the background. `answer`, where given, is what a success must say: an
    originate that could not have the uuid it asked for succeeds with another. `claims`: it takes the page's
    own uuid, so if it fails, that uuid may be another page's. `looks`: the dialplan looks at the target's
    call once more, so if it fails, the call has changed.
    """

    name: str
    call: ApiCall
    slow: bool = False
    answer: str = ""
    claims: bool = False
    looks: bool = False
