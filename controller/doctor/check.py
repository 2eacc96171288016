"""The result of one check of the doctor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """The result of a check: `what` was checked, what was `found`, and the remedy `fix` if it is not right.

    `switch` is the address of the switch, empty if the check is not about a switch.
    """

    what: str
    right: bool
    found: str
    fix: str = ""
    switch: str = ""
