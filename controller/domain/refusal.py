"""The reasons for refusals: the code in the history, the hang-up cause, and the sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The reasons, by the codes in the history."""

    NOT_AUTHENTICATED = "not_authenticated"
    MALFORMED = "malformed"
    ONESELF = "oneself"
    OTHER_DOMAIN = "other_domain"
    UNKNOWN_PAGER = "unknown_pager"
    NOT_PERMITTED = "not_permitted"
    NOT_ACCEPTED = "not_accepted"
    PAGES_OFF = "pages_off"
    UNKNOWN_TARGET = "unknown_target"
    NOT_REGISTERED = "not_registered"
    CONFERENCE = "conference"
    JOINED = "joined"
    ALREADY_PAGED = "already_paged"
    PAGING = "paging"
    SEVERAL_CALLS = "several_calls"
    FAX = "fax"
    MEDIA_ELSEWHERE = "media_elsewhere"
    NOT_UNDERSTOOD = "not_understood"
    CALL_CHANGED = "call_changed"
    UNAVAILABLE = "unavailable"
    PAGER_NOT_REGISTERED = "pager_not_registered"
    PAGER_RINGING = "pager_ringing"
    PAGER_ON_CALL = "pager_on_call"
    PAGER_UNANSWERED = "pager_unanswered"
    CANCELLED = "cancelled"
    SWITCH_TROUBLE = "switch_trouble"
    STORE_TROUBLE = "store_trouble"
    TOO_OFTEN = "too_often"
    PAGED_TOO_OFTEN = "paged_too_often"
    SWITCH_AWAY = "switch_away"
    NOT_ARRIVED = "not_arrived"
    NOT_HANDED_OVER = "not_handed_over"
    NO_MESSAGE = "no_message"
    NOT_SPOKEN = "not_spoken"
    PAGER_IDLE = "pager_idle"
    PAGER_CONFERENCE = "pager_conference"
    PAGER_JOINED = "pager_joined"
    PAGER_PAGED = "pager_paged"
    PAGER_SEVERAL_CALLS = "pager_several_calls"
    PAGER_UNFIT = "pager_unfit"
    PAGER_CALL_CHANGED = "pager_call_changed"
    TARGET_ON_CALL = "target_on_call"
    NO_AUTO_ANSWER = "no_auto_answer"
    TARGET_UNANSWERED = "target_unanswered"
    NOT_AUTOMATIC = "not_automatic"
    GROUP_FULL = "group_full"
    NOBODY_REACHED = "nobody_reached"


#: Seconds for which every controller refuses a pager that has asked too often (TOO_OFTEN).
SHUT_OUT = 60.0


@dataclass(frozen=True)
class Meaning:
    """The meaning of a reason; `cause` is a hang-up cause (switch_types.h), which gives the SIP status."""

    cause: str
    sentence: str


MEANINGS: dict[Reason, Meaning] = {
    Reason.NOT_AUTHENTICATED: Meaning(
        "CALL_REJECTED", "nobody is paging: the call was not authenticated, or another phone sent it here"
    ),
    Reason.MALFORMED: Meaning("INVALID_NUMBER_FORMAT", "what was dialled after the code is not an extension"),
    Reason.ONESELF: Meaning("CALL_REJECTED", "pager and target are the same user"),
    Reason.OTHER_DOMAIN: Meaning("CALL_REJECTED", "pager and target are of two domains"),
    Reason.UNKNOWN_PAGER: Meaning("CALL_REJECTED", "the switch's directory has no such pager"),
    Reason.NOT_PERMITTED: Meaning("CALL_REJECTED", "the pager may not initiate this"),
    Reason.NOT_ACCEPTED: Meaning("CALL_REJECTED", "the target does not accept this from the pager"),
    Reason.PAGES_OFF: Meaning("CALL_REJECTED", "the target has switched pages to itself off"),
    Reason.UNKNOWN_TARGET: Meaning("UNALLOCATED_NUMBER", "the switch's directory has no such user"),
    Reason.NOT_REGISTERED: Meaning("USER_NOT_REGISTERED", "the target has no phone registered"),
    Reason.CONFERENCE: Meaning("USER_BUSY", "the target is in a conference"),
    Reason.JOINED: Meaning("USER_BUSY", "somebody has joined the target's call, or listens in on it"),
    Reason.ALREADY_PAGED: Meaning("USER_BUSY", "the target is being paged by somebody else"),
    Reason.PAGING: Meaning("USER_BUSY", "the target is itself paging somebody"),
    Reason.SEVERAL_CALLS: Meaning("USER_BUSY", "the target is in several calls at once"),
    Reason.FAX: Meaning("USER_BUSY", "the target's call is a fax"),
    Reason.MEDIA_ELSEWHERE: Meaning(
        "USER_BUSY", "the media of the target's call cannot be brought back through the switch"
    ),
    Reason.NOT_UNDERSTOOD: Meaning("USER_BUSY", "the target's call is in a state that a page does not know"),
    Reason.CALL_CHANGED: Meaning("USER_BUSY", "the target's call changed while the page was being made"),
    Reason.UNAVAILABLE: Meaning("USER_BUSY", "the target cannot be paged now"),
    Reason.PAGER_NOT_REGISTERED: Meaning("USER_NOT_REGISTERED", "the pager has no phone registered"),
    Reason.PAGER_RINGING: Meaning("USER_BUSY", "the pager's phone is ringing for another page"),
    Reason.PAGER_ON_CALL: Meaning(
        "USER_BUSY", "the pager is on a call by now, or a switch on which it may be cannot be reached"
    ),
    Reason.PAGER_UNANSWERED: Meaning("NO_ANSWER", "the pager's own phone was not answered"),
    Reason.CANCELLED: Meaning("ORIGINATOR_CANCEL", "it was called off while the pager's own phone rang"),
    Reason.SWITCH_TROUBLE: Meaning("NORMAL_TEMPORARY_FAILURE", "the switch did not do what the page needs"),
    Reason.STORE_TROUBLE: Meaning("NORMAL_TEMPORARY_FAILURE", "the database did not answer in time"),
    Reason.TOO_OFTEN: Meaning("CALL_REJECTED", "the pager has asked for too many pages in a short time"),
    Reason.PAGED_TOO_OFTEN: Meaning("USER_BUSY", "the target has been paged too often in a short time"),
    Reason.SWITCH_AWAY: Meaning(
        "NORMAL_TEMPORARY_FAILURE", "a switch on which the target may be cannot be reached"
    ),
    Reason.NOT_ARRIVED: Meaning(
        "NORMAL_TEMPORARY_FAILURE", "the pager's call did not arrive at the switch of the target"
    ),
    Reason.NOT_HANDED_OVER: Meaning(
        "CALL_REJECTED", "no switch has handed this call over: its token is unknown, used or too old"
    ),
    Reason.NO_MESSAGE: Meaning("UNALLOCATED_NUMBER", "there is no message of this name or number"),
    Reason.NOT_SPOKEN: Meaning(
        "NORMAL_TEMPORARY_FAILURE", "the text of the message could not be spoken in time"
    ),
    Reason.PAGER_IDLE: Meaning("CALL_REJECTED", "the pager is on no call, or alone in it"),
    Reason.PAGER_CONFERENCE: Meaning("CALL_REJECTED", "the pager is in a conference"),
    Reason.PAGER_JOINED: Meaning(
        "CALL_REJECTED", "somebody has joined the pager's call, or listens in on it"
    ),
    Reason.PAGER_PAGED: Meaning("USER_BUSY", "the pager is in a page already"),
    Reason.PAGER_SEVERAL_CALLS: Meaning("CALL_REJECTED", "the pager is in several calls at once"),
    Reason.PAGER_UNFIT: Meaning(
        "CALL_REJECTED", "the pager's call is a fax, or its media cannot be brought back through the switch"
    ),
    Reason.PAGER_CALL_CHANGED: Meaning(
        "CALL_REJECTED", "the pager's call changed while the page was being made"
    ),
    Reason.TARGET_ON_CALL: Meaning("USER_BUSY", "the target is on a call"),
    Reason.NO_AUTO_ANSWER: Meaning("USER_BUSY", "no phone of the target answers by itself"),
    Reason.TARGET_UNANSWERED: Meaning("NO_ANSWER", "no phone of the target has answered by itself"),
    Reason.NOT_AUTOMATIC: Meaning("USER_BUSY", "no phone of the group's member answers by itself now"),
    Reason.GROUP_FULL: Meaning("USER_BUSY", "the page group has more members than one page reaches"),
    Reason.NOBODY_REACHED: Meaning("USER_BUSY", "no member of the page group can be paged now"),
}

#: The reasons of a reverse page, where the call is the pager's, by those of a page into a target's call.
_OF_THE_PAGER = {
    Reason.CONFERENCE: Reason.PAGER_CONFERENCE,
    Reason.JOINED: Reason.PAGER_JOINED,
    Reason.ALREADY_PAGED: Reason.PAGER_PAGED,
    Reason.PAGING: Reason.PAGER_PAGED,
    Reason.SEVERAL_CALLS: Reason.PAGER_SEVERAL_CALLS,
    Reason.FAX: Reason.PAGER_UNFIT,
    Reason.MEDIA_ELSEWHERE: Reason.PAGER_UNFIT,
    Reason.NOT_UNDERSTOOD: Reason.PAGER_UNFIT,
    Reason.CALL_CHANGED: Reason.PAGER_CALL_CHANGED,
}


def of_the_pager(reason: Reason) -> Reason:
    """The reason of a reverse page, from that of a page into the same call."""
    return _OF_THE_PAGER.get(reason, reason)


#: The reasons that would show the target's choices and calls to the pager.
_OF_THE_TARGET = frozenset(
    {
        Reason.NOT_ACCEPTED,
        Reason.PAGES_OFF,
        Reason.CONFERENCE,
        Reason.JOINED,
        Reason.ALREADY_PAGED,
        Reason.PAGING,
        Reason.SEVERAL_CALLS,
        Reason.FAX,
        Reason.MEDIA_ELSEWHERE,
        Reason.NOT_UNDERSTOOD,
        Reason.CALL_CHANGED,
        Reason.PAGED_TOO_OFTEN,
        Reason.TARGET_ON_CALL,
    }
)


#: The reasons that pass by themselves, for which a call back is offered: each comes after the pager's rights.
#: PAGES_OFF is none of them: its user has chosen not to be paged, and the pager is not told that choice.
_PASSING = frozenset(
    {
        Reason.NOT_REGISTERED,
        Reason.CONFERENCE,
        Reason.JOINED,
        Reason.ALREADY_PAGED,
        Reason.PAGING,
        Reason.SEVERAL_CALLS,
        Reason.FAX,
        Reason.MEDIA_ELSEWHERE,
        Reason.NOT_UNDERSTOOD,
        Reason.CALL_CHANGED,
        Reason.PAGED_TOO_OFTEN,
    }
)


def passes(reason: Reason) -> bool:
    """Whether a reason passes by itself, so that the pager may be called back."""
    return reason in _PASSING


def as_told(reason: Reason) -> Reason:
    """The reason that HTTP shows to a user; the history and administrators see the real one."""
    return Reason.UNAVAILABLE if reason in _OF_THE_TARGET else reason


@dataclass(frozen=True)
class Refusal:
    """A refusal; `cause` is set if the switch gave a better one than that of the reason.

    `switch` is the name of another switch, if it is the reason.
    """

    reason: Reason
    cause: str = ""
    switch: str = ""

    @property
    def hangup_cause(self) -> str:
        """The cause with which the pager's leg is hung up."""
        return self.cause or MEANINGS[self.reason].cause

    @property
    def as_told(self) -> Refusal:
        """The refusal that HTTP shows to a user."""
        told = as_told(self.reason)
        return self if told is self.reason else Refusal(told)

    def __str__(self) -> str:
        sentence = MEANINGS[self.reason].sentence
        return f"{sentence}: {self.switch}" if self.switch else sentence
