"""How long to wait before the next try."""

from __future__ import annotations

import random
import time
from collections.abc import Callable


class Backoff:
    """Waits that double from `first` to `longest` seconds, each shortened at random by up to a half.

    They begin anew after `longest` seconds of success: a switch that takes a connection and drops it at once
    is not hammered. The randomness keeps many controllers from coming back to a restarted switch in step.
    """

    def __init__(
        self,
        first: float = 0.2,
        longest: float = 10.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._first, self._longest = first, longest
        self._clock, self._chance = clock, chance
        self._failures = 0
        self._up_since: float | None = None

    def succeeded(self) -> None:
        """A try has worked."""
        self._up_since = self._clock()

    def failed(self) -> float:
        """A try has failed, or what had worked has ended; gives the seconds to wait before the next."""
        if self._up_since is not None and self._clock() - self._up_since >= self._longest:
            self._failures = 0
        self._up_since = None
        wait = min(self._longest, self._first * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return wait * (1 - self._chance() / 2)
