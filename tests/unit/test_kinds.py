"""No code asks for the kind of a page: all live pages and calls have one protocol."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "controller"
KINDS = {"Attempt", "IntercomCall", "WhisperPage"}


def asked(source: str) -> Iterator[str]:
    """The kinds of pages that a module asks for, by `isinstance` or by `match`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            yield from map(named, ast.walk(node.args[1]))
        elif isinstance(node, ast.MatchClass):
            yield named(node.cls)


def named(node: ast.AST) -> str:
    """The last name of `Name` or `module.Name`; empty for anything else."""
    return getattr(node, "attr", "") or getattr(node, "id", "")


@pytest.mark.parametrize("room", ["app.py", "cli", "doctor", "paging", "station.py", "visit.py", "web"])
def test_no_module_asks_for_the_kind_of_a_page(room: str) -> None:
    path = PACKAGE / room
    for module in [path] if path.is_file() else path.rglob("*.py"):
        assert not KINDS & set(asked(module.read_text())), module


@pytest.mark.parametrize(
    "source",
    [
        "isinstance(a, WhisperPage)",
        "isinstance(a, (int, Attempt))",
        "isinstance(a, page.WhisperPage)",
        "match a:\n case call.IntercomCall():\n  pass",
        "match a:\n case IntercomCall():\n  pass",
    ],
)
def test_a_module_that_asked_would_be_seen(source: str) -> None:
    assert KINDS & set(asked(source))
