"""Tables in docs/: every name of the code is in its table, and every name of a table is in the code.

The tables of metrics and of refusals are checked in the tests of metrics and of refusals.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from controller.domain.record import Ending, Treatment

TOP = Path(__file__).parents[2]
LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error"}


def section(page: str, heading: str) -> str:
    """The text under a heading of the second level in a page of docs/."""
    [found] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", (TOP / "docs" / page).read_text(), re.M | re.S)
    return str(found)


def rows(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """For each row of the tables in a text: the names in its first cell, and its other cells."""
    for line in text.splitlines():
        first, *others = line.strip("| ").split(" | ")
        if line.startswith("| `"):
            yield re.findall(r"`([^`]+)`", first), others


def logged() -> Iterator[tuple[str, str]]:
    """Every event that the program logs, with its level."""
    for file in (TOP / "controller").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="_log" | "log"), attr=level),
                    args=[ast.Constant(value=str(event)), *_],
                ) if level in LEVELS:
                    yield event, LEVELS[level]


def test_the_events_of_the_log_are_in_the_table_with_their_level() -> None:
    table = rows(section("monitoring.md", "The log"))
    told = [(name, level) for names, cells in table for name in names for level in cells[0].split(", ")]
    assert sorted(told) == sorted(set(logged()))


def test_every_entry_of_the_log_is_looked_at() -> None:
    """Each entry has its name as a literal, else it could not be compared with the table."""
    calls = re.compile(rf"\b_?log\.({'|'.join(LEVELS)})\(")
    files = (TOP / "controller").rglob("*.py")
    written = sum(len(calls.findall(file.read_text(encoding="utf-8"))) for file in files)
    assert written == len(list(logged()))


def test_the_endings_are_in_the_table() -> None:
    told = [name for names, _ in rows(section("refusals.md", "Endings")) for name in names]
    assert sorted(told) == sorted(Ending)
    assert "`refused`" in section("refusals.md", "Endings")


def test_an_ending_is_told_of_what_can_end_so() -> None:
    kinds = {"page": Treatment.WHISPER, "intercom": Treatment.INTERCOM, "call": Treatment.CALL} | {
        "group": Treatment.GROUP
    }
    for names, cells in rows(section("refusals.md", "Endings")):
        assert set(cells[-1].rstrip(" |").split(", ")) <= kinds.keys(), names
