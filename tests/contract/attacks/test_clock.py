"""The machine's clock is set an hour ahead or back while a page is up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gevent
import pytest

from controller.paging import following, live
from controller.store import pages
from tests.contract.office import SimulatedOffice


@pytest.fixture
def people(tmp_path: Path) -> Iterator[SimulatedOffice]:
    office = SimulatedOffice(tmp_path)
    yield office
    office.close()


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_set_leaves_the_page_up_and_its_length_true(
    people: SimulatedOffice, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    monkeypatch.setattr(following, "SETTLED", 0.2)
    people.target_calls()
    pager = people.page()
    for module in (live, following):
        monkeypatch.setattr(module, "now", lambda: datetime.now(UTC) + timedelta(hours=hours))
    gevent.sleep(0.5)
    assert people.whispering()
    people.hang_up(pager)
    people.attempt(ending="pager_hung_up")
    with people.store.reading() as reading:
        [record] = pages.history(reading)
    assert record.answered_at
    assert record.ended_at
    assert timedelta(seconds=0.4) < record.ended_at - record.answered_at < timedelta(seconds=30)
