"""An attempt to page that another controller has taken, until it is known what became of it."""

from __future__ import annotations

from controller.domain.record import Ending
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.paging.ongoing import Ongoing
from controller.switch.steps import Order


class Attempt(Ongoing):
    """A whisper page that another controller is making, or did not come to make: its pager's leg is followed.

    When the page is up, it is followed as a page in place of this. If it never is, who makes it knows why; to
    us it is lost.
    """

    witnessed = False

    def __init__(self, pager_leg: str) -> None:
        self.pager_leg = pager_leg
        self._over = False

    @property
    def legs(self) -> tuple[str, ...]:
        """The pager's leg."""
        return (self.pager_leg,)

    @property
    def up(self) -> bool:
        """Never: then it is a whisper page."""
        return False

    @property
    def over(self) -> bool:
        """Whether the pager has hung up."""
        return self._over

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
            self.cause, self._over = event.get("Hangup-Cause", ""), True
        return ()
