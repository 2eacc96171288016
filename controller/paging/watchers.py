"""The phones that watch lamps, and those that may not: a phone of another domain.

mod_sofia notifies every phone that has subscribed to a lamp, whatever its domain is. Once a phone of another
domain has, the lamp is told to those of its own domain one by one.
"""

from __future__ import annotations

from controller.domain.names import UserName
from controller.switch.lamps import Lamp, Probe

#: Subscriptions to one lamp that are kept, the newest.
KEPT = 100


class Watchers:
    """The subscriptions that the switch has asked for; what phones asked before that is not known."""

    def __init__(self) -> None:
        self._own: dict[tuple[Lamp, UserName], dict[str, None]] = {}
        self._strangers: set[tuple[Lamp, UserName]] = set()

    def admit(self, asked: Probe, *, stranger: bool) -> bool:
        """Note a phone that asks for a lamp; whether it may see it, which a `stranger` may not."""
        lamp = asked.lamp, asked.user
        if stranger:
            self._strangers.add(lamp)
            return False
        own = self._own.setdefault(lamp, {})
        own.pop(asked.subscription, None)
        own[asked.subscription] = None
        while len(own) > KEPT:
            del own[next(iter(own))]
        return True

    def told_alone(self, lamp: Lamp, user: UserName) -> tuple[str, ...] | None:
        """The subscriptions that are to be told one by one; None if every phone may be told."""
        if (lamp, user) not in self._strangers:
            return None
        return tuple(self._own.get((lamp, user), ()))
