"""An attempt to page that another controller has taken, until it is known what became of it."""

from __future__ import annotations

from controller.domain.record import Ending
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.paging.intercom import IntercomCall
from controller.paging.page import WhisperPage
from controller.switch.steps import Order


class Attempt:
    """A whisper page that another controller is making, or did not come to make: its pager's leg is followed.

    It becomes a WhisperPage when the page is up. If it never is, who makes it knows why; to us it is lost.
    """

    def __init__(self, pager_leg: str) -> None:
        self.pager_leg = pager_leg
        self.ending: Ending | None = None
        self.cause = ""

    @property
    def legs(self) -> tuple[str, ...]:
        """The uuids of the legs whose events it must see."""
        return (self.pager_leg,)

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End it."""
        if self.ending:
            return ()
        self.ending = ending
        return (api.uuid_kill(self.pager_leg),)

    def observe(self, event: Event) -> tuple[Order, ...]:
        """An event of its leg."""
        if event.name == "CHANNEL_HANGUP":
            self.ending = self.ending or Ending.LOST
            self.cause = event.get("Hangup-Cause", "")
        return ()


#: Whatever the board follows.
Course = WhisperPage | IntercomCall | Attempt
