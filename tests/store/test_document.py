"""docs/schema.md, the page for people who write SQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from controller.store.document import EXAMPLES, document
from controller.store.models import VIEWS, Base

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"


def test_the_page_is_as_the_models_say() -> None:
    assert PAGE.read_text() == document(), "run: python -m controller.store.document > docs/schema.md"


def test_every_column_is_explained() -> None:
    tables = (*Base.metadata.tables.values(), *VIEWS.tables.values())
    assert [str(column) for table in tables for column in table.columns if not column.comment] == []


@pytest.mark.parametrize("last", range(len(EXAMPLES)))
def test_every_example_works_after_those_before_it(execute: Callable[[str], Any], last: int) -> None:
    for _, script in EXAMPLES[: last + 1]:
        for statement in script.removesuffix(";").split(";\n"):
            result = execute(statement)
    assert result.returns_rows or result.rowcount == 1
