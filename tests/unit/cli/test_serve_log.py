"""A log that cannot be written: pages go on, and the fault is reported."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import gevent
import pytest

from controller.simulator.office import CUSTOMER, Office
from tests.unit.cli.serving import SECRETS, Serving

Start = Callable[..., Serving]


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(password=SECRETS["switch"], tempo=5) as office:
        yield office


@pytest.fixture
def start(office: Office, tmp_path: Path) -> Iterator[Start]:
    """Starts a controller that logs to a file, and waits until it is ready for pages."""
    all_of_them: list[Serving] = []

    def begin(stderr: IO[Any], **changes: str) -> Serving:
        serving = Serving(office, tmp_path, stderr, **changes)
        all_of_them.append(serving)
        serving.supervisor_hears("READY=1")
        serving.wait(lambda: serving.get("/readyz")[0] == 200)
        return serving

    yield begin
    for serving in all_of_them:
        serving.close()


@pytest.fixture
def pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The reading and the writing end of a pipe."""
    out, into = os.pipe()
    with os.fdopen(out, "rb", buffering=0) as reader, os.fdopen(into, "wb", buffering=0) as writer:
        yield reader, writer


def page(office: Office, serving: Serving) -> None:
    """Make a page, end it, and return its record in the history."""
    before = serving.metric("whisperpage_endings_total")
    client = office.dial(CUSTOMER, "1002")
    page = office.dial("1001", "*191002")
    office.settle(lambda: page.leg.link, "the page")
    page.hang_up()
    serving.wait(lambda: serving.metric("whisperpage_endings_total") == before + 1)
    client.hang_up()
    office.settle(lambda: not office.switch.channels, "the end of all calls")


def part(serving: Serving, path: str, name: str) -> dict[str, Any]:
    (found,) = (each for each in json.loads(serving.get(path)[1])["parts"] if each["part"] == name)
    return dict(found)


def test_pages_go_on_after_the_reader_of_the_log_dies_and_a_restart_is_requested(
    office: Office, start: Start, pipe: tuple[IO[bytes], IO[bytes]]
) -> None:
    reader, writer = pipe
    serving = start(writer)
    writer.close()  # the process has its own
    page(office, serving)
    assert b"page.taken" in reader.read(1 << 20)
    assert serving.get("/healthz")[0] == 200
    reader.close()
    for _ in range(3):
        page(office, serving)
    assert serving.metric("whisperpage_log_lost_total") >= 6
    assert serving.get("/readyz")[0] == 200
    assert serving.get("/healthz")[0] == 503
    assert "Broken pipe" in part(serving, "/healthz", "log")["trouble"]
    serving.process.terminate()
    assert serving.process.wait(60) == 0


def test_a_log_on_a_full_disk_stops_nothing_and_is_reported_without_a_restart(
    office: Office, start: Start
) -> None:
    with Path("/dev/full").open("wb") as disk:
        serving = start(disk)
    for _ in range(3):
        page(office, serving)
    assert serving.metric("whisperpage_history_waiting") == 0
    assert serving.metric("whisperpage_log_lost_total") >= 6
    assert "No space left on device" in part(serving, "/readyz", "log")["trouble"]
    assert (serving.get("/readyz")[0], serving.get("/healthz")[0]) == (200, 200)
    serving.process.terminate()
    assert serving.process.wait(60) == 0


def test_a_full_pipe_that_nobody_reads_stops_nothing(
    office: Office, start: Start, pipe: tuple[IO[bytes], IO[bytes]]
) -> None:
    _, writer = pipe
    os.set_blocking(writer.fileno(), False)
    with suppress(BlockingIOError):
        while os.write(writer.fileno(), b"x" * 4096):
            pass
    os.set_blocking(writer.fileno(), True)
    serving = start(writer)
    for _ in range(3):
        page(office, serving)
    assert serving.get("/healthz")[0] == 200
    serving.process.terminate()
    with gevent.Timeout(60):
        assert serving.process.wait() == 0
