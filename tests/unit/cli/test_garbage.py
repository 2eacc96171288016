"""The garbage collector of a controller looks at nothing that was there when it had started."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from controller.cli import garbage


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


class Circle:
    def __init__(self) -> None:
        self.itself = self


def test_what_is_there_at_the_start_is_in_no_collection() -> None:
    there = Circle()
    garbage.settle()
    assert not any(each is there for each in gc.get_objects())
    assert gc.get_threshold() == garbage.THRESHOLDS


def test_what_comes_later_is_collected() -> None:
    garbage.settle()
    later = Circle()
    assert any(each is later for each in gc.get_objects())
    del later
    assert gc.collect() >= 1


def test_what_was_garbage_at_the_start_is_not_kept() -> None:
    circle = Circle()
    garbage_there = weakref.ref(circle)
    del circle
    garbage.settle()
    assert garbage_there() is None
