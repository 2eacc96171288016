"""Whether the target of a page is muted to the far party: by our orders, and by what the switch reports."""

from __future__ import annotations

from collections import deque

from controller.eventsocket.events import Event

#: The media bug that mutes (switch_ivr_session_audio, switch_ivr_async.c).
_BUG = "audio"


class Mute:
    """The mute on the write stream of the far party's leg; `on`: whether it is there."""

    def __init__(self, far_leg: str, *, on: bool) -> None:
        self._far_leg = far_leg
        self.on = on
        # the events that are still to come for our own orders: an older event does not undo a newer order
        self._awaited: deque[bool] = deque()

    def order(self, *, on: bool) -> None:
        """Note that the switch is ordered to mute or to unmute; it counts at once."""
        self.on = on
        self._awaited.append(on)

    def observe(self, event: Event) -> None:
        """Take an event of any leg; only those of this mute count."""
        ours = event.get("Media-Bug-Function") == _BUG and event.get("Unique-ID", "") == self._far_leg
        if not ours or event.name not in ("MEDIA_BUG_START", "MEDIA_BUG_STOP"):
            return
        said = event.name == "MEDIA_BUG_START"
        if self._awaited and self._awaited[0] is said:
            self._awaited.popleft()
        else:  # somebody else did it
            self._awaited.clear()
        self.on = self._awaited[-1] if self._awaited else said
