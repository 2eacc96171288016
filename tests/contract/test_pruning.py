"""A controller at work deletes what is older than the settings keep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.paging import pruner
from controller.store import pages
from tests.contract.office import SimulatedOffice


def test_attempts_of_more_than_90_days_ago_go_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruner, "FIRST", 0.5)
    office = SimulatedOffice(tmp_path)
    for age in (91, 89):
        with office.store.unit() as unit:
            began = datetime.now(UTC) - timedelta(days=age)
            name = f"00000000-0000-0000-0000-{age:012}"
            refused = PageRecord(
                name, "pbx", UserName("1", "a"), UserName("2", "a"), Treatment.REFUSED, began, "oneself"
            )
            pages.save(unit, refused)
            unit.commit()
    office.wait(lambda: len(office.attempts()) == 1, "the older one to be gone")
    office.close()
