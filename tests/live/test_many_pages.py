"""Many pages, one after the other, leave nothing behind on the switch or in the controller."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.machine import rss
from tests.live.office import Office
from tests.live.pair import Pair, left

PAGES, WARM = 30, 10
#: Bytes by which the controller may have grown between the tenth and the last page: memory that an allocator
#: keeps.
TOLERANCE = 2_000_000


@pytest.fixture
def pair(office: Office, tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(office.lab, tmp_path, pager=1001, target=1002)
    pair.call()
    yield pair
    pair.close()


def test_thirty_pages_leave_what_there_was_after_the_tenth(office: Office, pair: Pair) -> None:
    assert office.controller
    for _ in range(WARM):
        pair.page()
    before, memory = left(office.lab, calls=1), rss(office.controller.pid)
    for _ in range(PAGES - WARM):
        pair.page()
    assert left(office.lab, calls=1) == before
    assert rss(office.controller.pid) < memory + TOLERANCE
