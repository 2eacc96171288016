"""A running controller deletes records that are older than the settings allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.paging import pruner
from controller.store import pages
from tests.contract.office import SimulatedOffice


def test_attempts_older_than_90_days_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruner, "FIRST", 0.5)
    monkeypatch.setattr(pruner, "EVERY", 0.5)  # a first look may be over before there is anything old
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
