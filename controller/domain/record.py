"""An attempt to page as a record of the history: its treatment and its ending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.domain.names import UserName


class Treatment(StrEnum):
    """The treatment of an attempt, by the codes in the history.

    REVERSE: the pager is on a call, and speaks privately to an idle target.
    """

    WHISPER = "whisper"
    REVERSE = "reverse"
    INTERCOM = "intercom"
    CALL = "call"
    GROUP = "group"
    REFUSED = "refused"

    @property
    def whispers(self) -> bool:
        """Whether one of the two is on a call, whose far party does not hear the other."""
        return self in (Treatment.WHISPER, Treatment.REVERSE)


class Ending(StrEnum):
    """The ending of a page, by the codes in the history."""

    PAGER_HUNG_UP = "pager_hung_up"
    TARGET_HUNG_UP = "target_hung_up"
    CALL_ENDED = "call_ended"
    HELD = "held"
    PARKED = "parked"
    TRANSFERRED = "transferred"
    JOINED = "joined"
    CONFERENCE = "conference"
    UNANSWERED = "unanswered"
    REPLIED = "replied"
    DECLINED = "declined"
    HEARD = "heard"
    STOPPED = "stopped"
    BLOCKED = "blocked"
    LOST = "lost"
    FAILED = "failed"


#: What the end of a leg means in a reverse page, where the legs are those of the others.
_REVERSED = {
    Ending.PAGER_HUNG_UP: Ending.TARGET_HUNG_UP,
    Ending.TARGET_HUNG_UP: Ending.PAGER_HUNG_UP,
}


def ending_in(treatment: Treatment, ending: Ending) -> Ending:
    """The ending for the history, from that of the legs.

    A page is made of the leg of somebody on a call and of another leg, the target's and the pager's. In a
    reverse page it is the pager who is on a call.
    """
    return _REVERSED.get(ending, ending) if treatment is Treatment.REVERSE else ending


def seen_by(pager: UserName | None, target: UserName | None) -> tuple[UserName | None, ...]:
    """The users on whose side an attempt is seen: both; or the pager alone, if they are of two domains.

    Such an attempt is always refused, and nobody is to learn anything of another domain by it.
    """
    if pager and target and pager.domain != target.domain:
        return (pager,)
    return pager, target


@dataclass(frozen=True)
class PageRecord:
    """One attempt in the history. Times are aware datetimes; `pager` is None if nobody was authenticated.

    `target` is None if the dialled number is not a user's; `dialled` is then that number, and else empty.
    `reason` is the code of a refusal, set exactly if `treatment` is REFUSED. `cause` is the SIP or hang-up
    cause. `ending` is the code of the ending, set exactly if `ended_at` is. `attempts` is the number of
    attempts in this record; it is more than one only if a pager was refused for too many attempts and went
    on. `reply` has the words of the target's reply; None if it has given none, or none with words.
    `message` is the name of a message in place of a pager's voice: None if there is none, and empty if it is
    not known.

    A page to a page group has the treatment GROUP, and the group's extension as its target; each member has
    a record of its own, whose `part_of` is the id of that page.
    """

    page_id: str
    switch: str
    pager: UserName | None
    target: UserName | None
    treatment: Treatment
    started_at: datetime
    reason: str | None = None
    cause: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ending: str | None = None
    attempts: int = 1
    dialled: str = ""
    reply: str | None = None
    part_of: str | None = None
    message: str | None = None

    @property
    def state(self) -> str:
        """How far it has come, in a word: refused, calling, up or ended."""
        if self.treatment is Treatment.REFUSED:
            return "refused"
        if self.ended_at:
            return "ended"
        return "up" if self.answered_at else "calling"

    @property
    def seen_by(self) -> tuple[UserName | None, ...]:
        """The users on whose side the attempt is seen."""
        return seen_by(self.pager, self.target)

    @property
    def on_call(self) -> UserName | None:
        """The user into whose call a page comes: the target, or the pager of a reverse page."""
        return self.pager if self.treatment is Treatment.REVERSE else self.target

    @property
    def called(self) -> str:
        """The target, or what was dialled, as people and programs see it."""
        return str(self.target) if self.target else self.dialled
