"""Histograms of durations."""

from __future__ import annotations

import pytest

from controller.histogram import Histogram


@pytest.mark.parametrize(
    ("seconds", "counts"),
    [(0.0, (1, 0, 0)), (0.1, (1, 0, 0)), (0.11, (0, 1, 0)), (1.0, (0, 1, 0)), (1.1, (0, 0, 1))],
)
def test_a_duration_counts_for_the_least_bound_that_it_is_within(
    seconds: float, counts: tuple[int, ...]
) -> None:
    distribution = Histogram((0.1, 1.0))
    distribution.observe(seconds)
    assert distribution.counts == counts


def test_durations_are_counted_and_added_up() -> None:
    distribution = Histogram((0.1, 1.0))
    for seconds in (0.05, 0.5, 5.0):
        distribution.observe(seconds)
    assert (distribution.count, distribution.sum) == (3, 5.55)
