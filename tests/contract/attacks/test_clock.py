"""The machine's clock is set an hour ahead or back while a page is up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from controller.paging import following
from controller.store import pages
from tests.contract.office import SimulatedOffice


@pytest.fixture
def people(tmp_path: Path) -> Iterator[SimulatedOffice]:
    office = SimulatedOffice(tmp_path)
    yield office
    office.close()


@pytest.mark.parametrize("hours", [1, -1])
def test_setting_the_clock_leaves_the_page_up_and_its_duration_right(
    people: SimulatedOffice, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    monkeypatch.setattr(following, "SETTLED", 0.2)
    people.target_calls()
    pager = people.page()
    people.clock.set(hours * 3600)
    people.clock.sleep(0.5)
    assert people.whispering()
    people.hang_up(pager)
    people.attempt(ending="pager_hung_up")
    with people.store.reading() as reading:
        [record] = pages.history(reading)
    assert record.answered_at
    assert record.ended_at
    assert timedelta(seconds=0.4) < record.ended_at - record.answered_at < timedelta(seconds=30)
