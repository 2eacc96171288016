"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `fix` is what to do if it is not right.

    `switch` is the switch's address, empty for what is none's. `needed`: no page is well without it.
    """

    what: str
    right: bool
    found: str
    fix: str = ""
    switch: str = ""
    needed: bool = True

    @property
    def fails(self) -> bool:
        """Whether pages are not well because of this."""
        return self.needed and not self.right
