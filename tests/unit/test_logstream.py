"""The stream of the log: whatever happens to its output, nobody waits and nobody gets an error."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import pytest

from controller import logstream
from controller.logstream import ROOM, LogStream


class Pipe:
    """A pipe; the stream has one end and the test the other."""

    def __init__(self) -> None:
        self.out, end = os.pipe()
        self.into = os.fdopen(end, "w")
        self.open = True

    def read(self, size: int = 65536) -> str:
        return os.read(self.out, size).decode()

    def close(self) -> None:
        """Close the reading end."""
        if self.open:
            os.close(self.out)
            self.open = False


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close()
    pipe.into.close()


@pytest.fixture
def stream(pipe: Pipe) -> Iterator[LogStream]:
    stream = LogStream(pipe.into)
    yield stream
    pipe.close()
    stream.drain(5)


def wait(until: Callable[[], object]) -> None:
    ends = time.monotonic() + 5
    while not until():
        assert time.monotonic() < ends, "waited 5 s in vain"
        time.sleep(0.001)


def full() -> TextIO:
    return Path("/dev/full").open("w")


def test_what_is_written_is_passed_on_in_order(stream: LogStream, pipe: Pipe) -> None:
    for number in range(100):
        stream.write(f"{number}\n")
    stream.drain(5)
    assert pipe.read().split() == [str(number) for number in range(100)]
    assert (stream.lost, stream.trouble, stream.broke) == (0, "", False)


def test_a_reader_that_dies_raises_nothing_and_what_is_lost_is_counted(stream: LogStream, pipe: Pipe) -> None:
    stream.write("a\n")
    assert pipe.read() == "a\n"
    pipe.close()
    for number in range(10):
        stream.write(f"{number}\n")
    wait(lambda: stream.lost == 10)
    assert stream.trouble == "The log cannot be written (Broken pipe); 10 entries are lost."
    assert stream.broke


def test_a_stream_that_never_worked_is_no_broken_one(stream: LogStream, pipe: Pipe) -> None:
    pipe.close()
    stream.write("a\n")
    wait(lambda: stream.trouble)
    assert not stream.broke


def test_a_full_disk_raises_nothing_and_is_no_broken_stream() -> None:
    with full() as disk:
        stream = LogStream(disk)
        stream.write("a\n")
        wait(lambda: stream.lost == 1)
        assert stream.trouble == "The log cannot be written (No space left on device); 1 entries are lost."
        assert not stream.broke
        stream.drain(5)


def test_a_disk_that_has_room_again_is_written_again(tmp_path: Path) -> None:
    with full() as disk, (tmp_path / "log").open("w") as good:
        stream = LogStream(disk)
        stream.write("a\n")
        wait(lambda: stream.lost == 1)
        os.dup2(good.fileno(), disk.fileno())
        stream.write("b\n")
        stream.drain(5)
        assert (stream.lost, stream.trouble) == (1, "")
    assert (tmp_path / "log").read_text() == "b\n"


def test_an_entry_after_one_that_was_cut_begins_on_a_line_of_its_own(
    stream: LogStream, pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, left = os.write, [1]

    def cut(file: int, data: bytes) -> int:
        if left:
            return write(file, data[: left.pop()])
        monkeypatch.setattr(os, "write", write)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", cut)
    stream.write("first\n")
    wait(lambda: stream.lost == 1)
    stream.write("second\n")
    stream.write("third\n")
    stream.drain(5)
    assert pipe.read() == "f\nsecond\nthird\n"


def test_a_pipe_that_nobody_reads_makes_nobody_wait_and_no_memory_full(
    stream: LogStream, pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logstream, "PATIENCE", 0.05)
    entry, began = "x" * 999 + "\n", time.process_time()
    for _ in range(2 * ROOM // len(entry)):
        stream.write(entry)
    assert time.process_time() - began < 2
    assert ROOM // len(entry) - 200 < stream.lost <= ROOM // len(entry) + 1
    wait(lambda: "has taken nothing for" in stream.trouble)
    assert not stream.broke


def test_a_pipe_that_is_read_again_gets_what_waits_and_what_is_new(stream: LogStream, pipe: Pipe) -> None:
    for number in range(20_000):  # more than a pipe holds
        stream.write(f"{number:09d}\n")
    read = ""
    while not read.endswith("000019999\n"):
        read += pipe.read()
    assert len(read) == 200_000
    stream.write("new\n")
    assert pipe.read() == "new\n"


def test_a_pipe_that_another_program_has_made_not_to_wait_is_waited_for(
    stream: LogStream, pipe: Pipe
) -> None:
    flags = fcntl.fcntl(pipe.into, fcntl.F_GETFL)
    fcntl.fcntl(pipe.into, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    stream.write("x" * 199_999 + "\n")  # more than a pipe holds
    read = ""
    while not stream.lost and not read.endswith("\n"):
        read += pipe.read()
    assert (len(read), stream.lost) == (200_000, 0)


def test_the_end_waits_for_a_pipe_that_nobody_reads_no_longer_than_it_may(
    stream: LogStream, pipe: Pipe
) -> None:
    for _ in range(200):
        stream.write("x" * 1000)
    began = time.monotonic()
    stream.drain(0.1)
    assert 0.1 <= time.monotonic() - began < 30
    before = stream.lost
    stream.write("too late")
    assert stream.lost == before + 1


def test_without_a_file_all_is_lost_and_counted() -> None:
    with Path(os.devnull).open("w") as closed:
        pass
    for target in (None, closed):
        stream = LogStream(target)
        stream.write("a\n")
        wait(lambda stream=stream: stream.lost == 1)  # type: ignore[misc]
        assert "Bad file descriptor" in stream.trouble
        stream.drain(5)


def test_what_is_no_unicode_is_written_with_escapes(stream: LogStream, pipe: Pipe) -> None:
    stream.write("half \ud800, whole ü\n")
    assert pipe.read() == "half \\ud800, whole ü\n"
