"""A log that cannot be written: pages go on, and it is told."""

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
    """Starts one that writes its log to a file, and is ready for pages."""
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
    """The end of a pipe that is read, and the one that is written."""
    out, into = os.pipe()
    with os.fdopen(out, "rb", buffering=0) as reader, os.fdopen(into, "wb", buffering=0) as writer:
        yield reader, writer


def page(office: Office, serving: Serving) -> None:
    """A page from its code to its end, as the history has it."""
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


def test_pages_go_on_when_what_reads_the_log_dies_and_a_supervisor_is_to_start_it_anew(
    office: Office, start: Start, pipe: tuple[IO[bytes], IO[bytes]]
) -> None:
    reader, writer = pipe
    serving = start(writer)
    writer.close()  # it has its own
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


def test_a_log_on_a_full_disk_stops_nothing_and_is_told_without_a_new_start(
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


def test_a_pipe_that_is_full_and_that_nobody_reads_stops_nothing(
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
