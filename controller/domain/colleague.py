"""A user as its colleagues see it: nothing of its calls but that there are some."""

from __future__ import annotations

from dataclasses import dataclass

from controller.domain.names import DEFAULT_GROUP, UserName


@dataclass(frozen=True)
class Colleague:
    """A user, its settings group without the domain, the name that phones show for it, or an empty one.

    `registered`: it has a phone at one of the switches.
    """

    user: UserName
    group: str = DEFAULT_GROUP
    name: str = ""
    registered: bool = False
