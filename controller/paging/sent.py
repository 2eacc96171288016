"""A leg whose call was sent to another switch: the page is made and followed there, and is never up here."""

from __future__ import annotations

from typing import Protocol

from controller.domain.record import Ending
from controller.eventsocket.events import Event
from controller.paging.attempt import Attempt
from controller.paging.endings import CONFERENCE
from controller.paging.member_call import Happening, MemberCall
from controller.paging.ongoing import Ongoing, bridged
from controller.switch.pagelegs import PREFIX
from controller.switch.steps import Order


class Elsewhere(Ongoing, Protocol):
    """A leg that was sent. `refused` is the cause with which its call has failed; empty if it has not."""

    elsewhere: bool = True

    @property
    def refused(self) -> str:
        """The cause with which the call has failed; empty if it has not."""

    def gone(self) -> Ending:
        """Note that its leg has ended unseen; return the ending."""


class Sent(Attempt, Elsewhere):
    """A pager's leg whose call was sent, by the leg `trunk`.

    Here the leg can only hang up, and the other switch then ends the page. What somebody else does with the
    leg ends it.
    """

    def __init__(self, pager_leg: str, trunk: str = "") -> None:
        super().__init__(pager_leg)
        self._refused = ""
        self._trunk = trunk

    @property
    def refused(self) -> str:
        """The cause with which the call has failed; empty if it has not."""
        return self._refused

    def observe(self, event: Event) -> tuple[Order, ...]:
        """Take an event of its leg."""
        if event.name == "CHANNEL_HANGUP" and event.get("Unique-ID", "") == self.pager_leg:
            self._refused = event.variable(f"{PREFIX}cause", "")
            self.ending, self._over = self.ending or Ending.LOST, True
            self.cause = self._refused or event.get("Hangup-Cause", "")
        elif self._is_taken(event):
            return self.end(Ending.LOST)
        return ()

    def gone(self) -> Ending:
        """Note that its leg has ended unseen; return the ending."""
        self.ending, self._over = self.ending or Ending.LOST, True
        return self.ending

    def _is_taken(self, event: Event) -> bool:
        if event.name == "MEDIA_BUG_START":
            return event.get("Media-Bug-Function") == "eavesdrop"
        if event.name == "CHANNEL_BRIDGE":
            return bool(self._trunk) and bridged(event) != {self.pager_leg, self._trunk}
        return event.subclass == CONFERENCE and event.get("Action") == "add-member"


class SentMember(MemberCall, Elsewhere):
    """The leg that brings the pager of a page group to a member on another switch.

    It is in the room as the phone of an idle member would be. It hangs up as the page ends there, and that
    page ends with it.
    """

    def __init__(self, pager_leg: str, page: str, leg: str, *, entered: bool = False) -> None:
        super().__init__(pager_leg, page, (leg,), up=entered)

    @property
    def up(self) -> bool:
        """Always false: the page is up on the other switch."""
        return False

    @property
    def refused(self) -> str:
        """The cause with which the call has failed; empty if it has not."""
        return self.cause if self.ending is Ending.UNANSWERED else ""

    def gone(self) -> Ending:
        """Note that its leg has ended unseen; return the ending."""
        self.ending = self.ending or Ending.LOST
        self._meet(Happening.GONE)
        return self.ending
