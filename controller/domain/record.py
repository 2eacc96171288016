"""An attempt to page, as the history keeps it: what was made of it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.domain.names import UserName
from controller.errors import InvalidValue


class Treatment(StrEnum):
    """What was made of an attempt, as the history keeps it."""

    WHISPER = "whisper"
    INTERCOM = "intercom"
    CALL = "call"
    REFUSED = "refused"


class Ending(StrEnum):
    """How a page came to its end, by the codes that the history keeps."""

    PAGER_HUNG_UP = "pager_hung_up"
    TARGET_HUNG_UP = "target_hung_up"
    CALL_ENDED = "call_ended"
    HELD = "held"
    PARKED = "parked"
    TRANSFERRED = "transferred"
    JOINED = "joined"
    CONFERENCE = "conference"
    UNANSWERED = "unanswered"
    STOPPED = "stopped"
    BLOCKED = "blocked"
    LOST = "lost"
    FAILED = "failed"


@dataclass(frozen=True)
class PageRecord:
    """One attempt in the history. Times are aware datetimes; `pager` is None if nobody was authenticated.

    `reason` is the code of a refusal, there exactly when `treatment` is REFUSED. `cause` is the SIP or hangup
    cause. `ending` is a code that tells how the page ended, there exactly when `ended_at` is. `attempts` is
    how many it stands for: more than one only where a pager that was refused for trying too often went on.
    """

    page_id: str
    switch: str
    pager: str | None
    target: str
    treatment: Treatment
    started_at: datetime
    reason: str | None = None
    cause: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ending: str | None = None
    attempts: int = 1

    @property
    def paging(self) -> UserName | None:
        """The pager as a user; None if it is none."""
        return _user(self.pager or "")

    @property
    def paged(self) -> UserName | None:
        """The target as a user; None if what was dialled is none."""
        return _user(self.target)


def _user(text: str) -> UserName | None:
    try:
        return UserName.parse(text)
    except InvalidValue:
        return None
