"""The result of one check of the doctor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """The result of a check: `what` was checked, what was `found`, and the remedy `fix` if it is not right.

    `switch` is the address of the switch, empty if the check is not about a switch. `needed` is False if
    pages work without it.
    """

    what: str
    right: bool
    found: str
    fix: str = ""
    switch: str = ""
    needed: bool = True

    @property
    def fails(self) -> bool:
        """Whether this keeps pages from working."""
        return self.needed and not self.right
