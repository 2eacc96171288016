"""Durations, counted by how long they were."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


class Histogram:
    """Durations in seconds: how many, their sum, and how many were no longer than each bound."""

    __slots__ = ("_counts", "bounds", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self._counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one more."""
        self._counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds

    @property
    def counts(self) -> tuple[int, ...]:
        """How many were longer than the bound before and no longer than this one; then those beyond all."""
        return tuple(self._counts)

    @property
    def count(self) -> int:
        """How many in all."""
        return sum(self._counts)
