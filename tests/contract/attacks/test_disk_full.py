"""The disk of the database is full, that of the log is not: nothing fails for good, and no record is lost."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.paging.history import History
from tests.contract.office import SimulatedOffice

SIZE = 2_000_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root may mount a small disk to fill")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def office(disk: Path) -> Iterator[SimulatedOffice]:
    office = SimulatedOffice(disk)
    yield office
    office.close()


def history(office: SimulatedOffice) -> History:
    assert office.controller
    return office.controller.history


def fill(out: io.RawIOBase) -> None:
    while True:
        out.write(bytes(4096))


@contextmanager
def full(office: SimulatedOffice, disk: Path) -> Iterator[None]:
    """Fill the disk, and SQLite's write-ahead log as well, while this is open."""
    assert office.controller
    with office.controller.store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    rest = disk / "rest"
    with rest.open("wb", buffering=0) as out, pytest.raises(OSError, match="No space left"):
        fill(out)
    yield
    rest.unlink()


def test_page_ends_as_usual_and_its_record_waits_for_room(office: SimulatedOffice, disk: Path) -> None:
    office.target_calls()
    pager = office.page()
    history(office).drain(5)
    with full(office, disk):
        office.hang_up(pager)
        office.wait(office.page_gone, "the page to be gone")
        office.wait(office.call_goes_on, "the call to go on")
        office.wait(lambda: history(office).behind > 1.5, "a second try in vain", 10)
        assert not history(office).trouble
        assert office.attempts()[0]["ending"] is None
    office.attempt(treatment="whisper", ending="pager_hung_up")


def test_pages_are_made_or_refused_and_all_are_in_the_history_once_there_is_room(
    office: SimulatedOffice, disk: Path
) -> None:
    office.target_calls()
    causes = []
    with full(office, disk):
        for _ in range(5):
            call = office.dial("1001", "*191002")
            causes.append(office.cause(call))
            office.hang_up(call)
            office.wait(office.page_gone, "the page to be gone")
        office.wait(lambda: history(office).behind > 0, "a record that waits")
        assert not history(office).trouble
    assert set(causes) <= {"", "NORMAL_TEMPORARY_FAILURE"}
    office.wait(lambda: not len(history(office)) and not history(office).behind, "the history", 10)
    assert len(office.attempts()) == 5
    assert {each["reason"] for each in office.attempts()} <= {None, "store_trouble"}
    assert history(office).lost == 0
    office.page()
