"""The wait before the next attempt to connect."""

from __future__ import annotations

import random
import time
from collections.abc import Callable


class Backoff:
    """Waits that double from `first` to `longest` seconds; each is shortened by up to a half at random.

    After a connection that has lasted at least as long as the next wait, the waits start again at `first`. So
    a switch that accepts a connection and drops it at once is not flooded with attempts, while a connection
    that is cut now and then is soon made again. While nobody answers, the waits are `away` seconds at most:
    such attempts cost the switch nothing, and pages work again seconds after its restart. The randomness
    keeps many controllers from connecting to a restarted switch at the same moment.
    """

    def __init__(
        self,
        first: float = 0.2,
        longest: float = 10.0,
        away: float = 2.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._first, self._longest, self._away = first, longest, away
        self._clock, self._chance = clock, chance
        self._next = first
        self._up_since: float | None = None

    def succeeded(self) -> None:
        """Note that an attempt has succeeded."""
        self._up_since = self._clock()

    def failed(self, *, away: bool = False) -> float:
        """Note a failed attempt or the end of a connection; return the seconds until the next attempt.

        `away`: nobody answered, or the switch that had answered is gone.
        """
        longest = self._away if away else self._longest
        if self._up_since is not None and self._clock() - self._up_since >= min(longest, self._next):
            self._next = self._first
        self._up_since = None
        wait = min(longest, self._next)
        if self._next < longest:
            self._next *= 2
        return wait * (1 - self._chance() / 2)
