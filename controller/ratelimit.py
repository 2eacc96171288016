"""Rate limits: for each key, so many times within so many seconds.

They use `time.monotonic`: the wall clock may be set an hour ahead or back, which must neither lift a limit
nor lock anybody out for an hour.
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
    """Counts hits for each key, under any number of limits.

    It remembers at most `keys` keys, and forgets the one with the oldest hit first. So its memory is bounded
    by that number times the largest limit's `times`. `clock` returns seconds and never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, keys: int = 10_000) -> None:
        self._clock = clock
        self._keys = keys
        self._hits: OrderedDict[tuple[Hashable, ...], deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._hits)

    def hit(self, limit: RateLimit, *key: Hashable) -> bool:
        """Count a hit for a key and return True, or return False if it is beyond the limit.

        A hit beyond the limit is not counted, so a later one succeeds as soon as the limit allows it.
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
        """Whether a hit would be within the limit now; it counts nothing."""
        return len(self._lately(limit, key)) < limit.times

    def retry_after(self, limit: RateLimit, *key: Hashable) -> float:
        """Seconds until a hit will be within the limit; 0.0 if it would be now."""
        hits = self._lately(limit, key)
        if len(hits) < limit.times:
            return 0.0
        return max(0.0, hits[0] + limit.seconds - self._clock())

    def _lately(self, limit: RateLimit, key: tuple[Hashable, ...]) -> deque[float]:
        """The times of the hits that still count, the oldest first."""
        hits = self._hits.get((limit, *key))
        if hits is None:
            return deque(maxlen=limit.times)
        begin = self._clock() - limit.seconds
        while hits and hits[0] <= begin:
            hits.popleft()
        if not hits:
            del self._hits[limit, *key]
        return hits
