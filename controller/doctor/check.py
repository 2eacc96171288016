"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `fix` is what to do if it is not right.

    `switch` is the switch's address, empty for what is none's.
    """

    what: str
    right: bool
    found: str
    fix: str = ""
    switch: str = ""
