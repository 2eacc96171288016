"""What everything beside one switch works with."""

from __future__ import annotations

from dataclasses import dataclass

from controller.clock import REAL, Clock
from controller.paging.decider import Decider
from controller.paging.policies import Policies
from controller.paging.survey import Survey
from controller.paging.timed import TimedSwitch


@dataclass(frozen=True)
class Post:
    """One switch, by the name that the settings give it, and who looks at it and at its rules.

    `deadline` in seconds is for each call to the switch.
    """

    name: str
    switch: TimedSwitch
    survey: Survey
    decider: Decider
    policies: Policies
    deadline: float
    clock: Clock = REAL
