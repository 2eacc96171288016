"""A wish to change something that is on or off."""

from __future__ import annotations

from enum import StrEnum


class Toggle(StrEnum):
    """Switch on, switch off, or change to the other state."""

    ON = "on"
    OFF = "off"
    FLIP = "flip"

    def after(self, now: bool) -> bool:
        """The new state, if the present state is `now`."""
        return not now if self is Toggle.FLIP else self is Toggle.ON
