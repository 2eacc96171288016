"""How long to wait before the next try."""

from __future__ import annotations

import random
import time
from collections.abc import Callable


class Backoff:
    """Waits that double from `first` to `longest` seconds, each shortened at random by up to a half.

    They begin anew after a success that has lasted as long as the wait would be: a switch that takes a
    connection and drops it at once is not hammered, and a connection that is cut now and then is made again
    soon. While nobody answers they are `away` seconds at most: such tries cost a switch nothing, and when it
    has been restarted somebody pages within seconds. The randomness keeps many controllers from coming back
    to a restarted switch in step.
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
        """A try has worked."""
        self._up_since = self._clock()

    def failed(self, *, away: bool = False) -> float:
        """A try has failed, or what had worked has ended; gives the seconds to wait before the next.

        `away` is whether nobody answered, or who answered has gone.
        """
        longest = self._away if away else self._longest
        if self._up_since is not None and self._clock() - self._up_since >= min(longest, self._next):
            self._next = self._first
        self._up_since = None
        wait = min(longest, self._next)
        if self._next < longest:
            self._next *= 2
        return wait * (1 - self._chance() / 2)
