"""What somebody wants of a thing that is on or off."""

from __future__ import annotations

from enum import StrEnum


class Toggle(StrEnum):
    """On, off, or the other of the two."""

    ON = "on"
    OFF = "off"
    FLIP = "flip"

    def after(self, now: bool) -> bool:
        """Whether it is to be on, if it is on `now`."""
        return not now if self is Toggle.FLIP else self is Toggle.ON
