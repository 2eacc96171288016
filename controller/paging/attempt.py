"""An attempt to page that another controller has claimed, until its result is known."""

from __future__ import annotations

from controller.domain.record import Ending
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.paging.ongoing import Ongoing
from controller.switch.steps import Order


class Attempt(Ongoing):
    """A whisper page that another controller is making, or has failed to make; we follow its pager's leg.

    When the page comes up, a WhisperPage replaces this. If it never comes up, the other controller knows why;
    here its ending is LOST.
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
        """Always false: once the page is up, a WhisperPage replaces this."""
        return False

    @property
    def over(self) -> bool:
        """Whether the pager has hung up."""
        return self._over

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End the attempt: hang up the pager."""
        if self.ending:
            return ()
        self.ending = ending
        return (api.uuid_kill(self.pager_leg),)

    def observe(self, event: Event) -> tuple[Order, ...]:
        """Take an event of its leg."""
        if event.name == "CHANNEL_HANGUP":
            self.ending = self.ending or Ending.LOST
            self.cause, self._over = event.get("Hangup-Cause", ""), True
        return ()
