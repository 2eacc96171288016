"""A histogram of durations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


class Histogram:
    """Durations in seconds: their number, their sum, and the numbers up to each bound."""

    __slots__ = ("_counts", "bounds", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self._counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count a duration."""
        self._counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds

    @property
    def counts(self) -> tuple[int, ...]:
        """The number between the previous bound and each bound; the last is the number beyond all bounds."""
        return tuple(self._counts)

    @property
    def count(self) -> int:
        """The number of all durations."""
        return sum(self._counts)
