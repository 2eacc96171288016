"""Nobody asks of what kind a page is: whatever is going on answers by one protocol."""

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
            yield from (each.id for each in ast.walk(node.args[1]) if isinstance(each, ast.Name))
        elif isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name):
            yield node.cls.id


@pytest.mark.parametrize("room", ["app.py", "cli", "doctor", "paging", "web"])
def test_no_module_asks_for_the_kind_of_a_page(room: str) -> None:
    path = PACKAGE / room
    for module in [path] if path.is_file() else path.rglob("*.py"):
        assert not KINDS & set(asked(module.read_text())), module


@pytest.mark.parametrize(
    "source",
    [
        "isinstance(a, WhisperPage)",
        "isinstance(a, (int, Attempt))",
        "match a:\n case IntercomCall():\n  pass",
    ],
)
def test_a_module_that_asked_would_be_seen(source: str) -> None:
    assert KINDS & set(asked(source))
