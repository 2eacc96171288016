"""Memory that the C library keeps is given back."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from controller import memory

#: Less than the bytes for which malloc asks the system each time (M_MMAP_THRESHOLD), so that it keeps them.
PIECE = 64 * 1024


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library is not glibc")
def test_what_lies_unused_between_memory_in_use_is_given_back() -> None:
    pieces = [bytearray(PIECE) for _ in range(1000)]
    del pieces[:-1]
    before = resident()
    memory.give_back()
    assert before - resident() > 900 * PIECE


def test_another_c_library_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    memory.give_back()
