"""What a user's phones do, without a word of whom they speak with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.domain.names import UserName


class CallState(StrEnum):
    """The state of a user; of several legs the first state in this order counts."""

    #: On a call that was answered, held or not.
    ON_CALL = "on_call"
    #: Its phone calls somebody who has not answered.
    CALLING = "calling"
    #: Its phone rings.
    RINGING = "ringing"
    #: It has no leg.
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Present:
    """A user, its state, and the aware time since when it has that state."""

    user: UserName
    state: CallState
    since: datetime
