"""The phones that watch lamps. Phones of another domain may not.

mod_sofia notifies every phone that has subscribed to a lamp, whatever its domain is. After a phone of another
domain has subscribed, each phone of the lamp's own domain is notified by itself.
"""

from __future__ import annotations

from controller.domain.names import UserName
from controller.switch.lamps import Lamp, Probe

#: The number of subscriptions to one lamp that are kept, the newest ones.
KEPT = 100
#: The number of lamps whose subscriptions are kept; a phone can subscribe to any number of names.
LAMPS = 10_000


class Watchers:
    """The subscriptions that the controller has seen; it does not know those from before its start."""

    def __init__(self) -> None:
        self._own: dict[tuple[Lamp, UserName], dict[str, None]] = {}
        self._strangers: set[tuple[Lamp, UserName]] = set()

    def admit(self, asked: Probe, *, stranger: bool) -> bool:
        """Note a phone that asks for a lamp; returns whether it may see the lamp: a `stranger` may not."""
        lamp = asked.lamp, asked.user
        if stranger:
            if len(self._strangers) < LAMPS:
                self._strangers.add(lamp)
            return False
        own = self._own.pop(lamp, {})
        self._own[lamp] = own
        while len(self._own) > LAMPS:
            del self._own[next(iter(self._own))]
        own.pop(asked.subscription, None)
        own[asked.subscription] = None
        while len(own) > KEPT:
            del own[next(iter(own))]
        return True

    def told_alone(self, lamp: Lamp, user: UserName) -> tuple[str, ...] | None:
        """The subscriptions to notify one by one; None if every phone may be notified.

        If strangers watch more lamps than are kept, every lamp is told one by one.
        """
        if (lamp, user) not in self._strangers and len(self._strangers) < LAMPS:
            return None
        return tuple(self._own.get((lamp, user), ()))
