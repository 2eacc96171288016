"""The life of an intercom or ordinary call, which the switch runs by itself."""

from __future__ import annotations

from collections.abc import Iterator

from controller.domain.record import Ending
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.paging.page import bridged
from controller.switch.steps import Order, Step


class IntercomCall:
    """An intercom or ordinary call, followed for the history."""

    def __init__(self, pager_leg: str, page: str, steps: tuple[Step, ...]) -> None:
        self.pager_leg = pager_leg
        self.page = page
        self.answered = False
        self.ending: Ending | None = None
        self.cause = ""
        self._steps = steps
        self._target_leg = ""
        self._left = False

    @property
    def legs(self) -> tuple[str, ...]:
        """The uuids of the legs whose events it must see."""
        return tuple(filter(None, (self.pager_leg, self._target_leg)))

    def steps(self) -> Iterator[Step]:
        """What starts the call."""
        yield from self._steps

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End it."""
        if self.ending:
            return ()
        self.ending = ending
        return (api.uuid_kill(self.pager_leg),)

    def go_on(self, target_leg: str) -> None:
        """The target has answered, on this leg."""
        self.answered, self._target_leg = True, target_leg

    def observe(self, event: Event) -> tuple[Order, ...]:
        """An event of one of its legs.

        That a leg hangs up is told before its bridge is undone (switch_channel_perform_hangup in
        switch_channel.c, then audio_bridge_thread in switch_ivr_bridge.c). So if that is undone while the
        pager's leg is up, the target has left: also one whose leg nobody here knew when it hung up.
        """
        if event.name == "CHANNEL_BRIDGE" and (others := bridged(event) - {self.pager_leg}):
            self._left = False
            self.go_on(min(others))
        elif event.name == "CHANNEL_UNBRIDGE" and self.pager_leg in (pair := bridged(event)):
            self._left = True
            self.go_on(min(pair - {self.pager_leg}))
        elif event.name == "CHANNEL_HANGUP":
            self._hung_up(event.get("Unique-ID", ""), event.get("Hangup-Cause", ""))
        return ()

    def _hung_up(self, uuid: str, cause: str) -> None:
        self.cause = cause
        if self.ending is None:
            by_target = uuid == self._target_leg or self._left
            self.ending = Ending.TARGET_HUNG_UP if by_target else Ending.PAGER_HUNG_UP
            if not self.answered:
                self.ending = Ending.UNANSWERED
