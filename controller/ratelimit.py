"""How often something may happen: so many times within so many seconds for each key, by no clock that jumps.

The clock on the wall may be set an hour ahead or back, and that must neither lift a limit nor lock anybody
out for an hour. So it counts by `time.monotonic`.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class RateLimit:
    """`times` within any `seconds`; both more than 0."""

    times: int
    seconds: float

    def __post_init__(self) -> None:
        if self.times < 1 or self.seconds <= 0:
            raise ValueError(
                f"{self.times} times in {self.seconds:g} s is no limit: use 1 or more, and more than 0 s"
            )


class Limiter:
    """Counts what happens for each key, under any number of limits.

    It remembers `keys` keys at most, and forgets the one of the oldest hit first: so its memory has a bound,
    that many times the largest limit's `times`. `clock` tells seconds and never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, keys: int = 10_000) -> None:
        self._clock = clock
        self._keys = keys
        self._hits: OrderedDict[tuple[Hashable, ...], deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._hits)

    def hit(self, limit: RateLimit, *key: Hashable) -> bool:
        """It happens once more for a key: count it and say True, or say False where it is once too many.

        What is too many is not counted: whoever goes on is let through again as soon as there is room.
        """
        hits = self._lately(limit, key)
        if len(hits) >= limit.times:
            return False
        hits.append(self._clock())
        self._hits[limit, *key] = hits
        self._hits.move_to_end((limit, *key))
        if len(self._hits) > self._keys:
            self._hits.popitem(last=False)
        return True

    def test(self, limit: RateLimit, *key: Hashable) -> bool:
        """Whether a hit would count now; counts nothing."""
        return len(self._lately(limit, key)) < limit.times

    def retry_after(self, limit: RateLimit, *key: Hashable) -> float:
        """Seconds until a hit will count; 0.0 if it would now."""
        hits = self._lately(limit, key)
        if len(hits) < limit.times:
            return 0.0
        return max(0.0, hits[0] + limit.seconds - self._clock())

    def _lately(self, limit: RateLimit, key: tuple[Hashable, ...]) -> deque[float]:
        """The moments of the hits that still count, the oldest first."""
        hits = self._hits.get((limit, *key))
        if hits is None:
            return deque(maxlen=limit.times)
        begin = self._clock() - limit.seconds
        while hits and hits[0] <= begin:
            hits.popleft()
        if not hits:
            del self._hits[limit, *key]
        return hits
