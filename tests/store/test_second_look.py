"""Names that some databases take for equal: they differ in case, in an accent, or in a trailing space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

Execute = Callable[[str], sa.CursorResult[Any]]
#: For MariaDB `desk` and `desk ` are equal (PAD SPACE), and by default `désk` and `DESK` as well.
ALIKE = ["desk ", "DESK", "d\u00e9sk", "de\u017fk", "desk\u00a0", "desk\u200b", "\uff44esk", "desk\t"]


@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize("column", ["extension", "domain"])
def test_a_name_that_only_looks_like_another_cannot_be_written_by_hand(
    execute: Execute, column: str, name: str
) -> None:
    names = {"extension": "desk", "domain": "desk"} | {column: name}
    with pytest.raises(DBAPIError):
        execute("INSERT INTO users (extension, domain) VALUES ('{extension}', '{domain}')".format(**names))


def test_the_name_that_the_others_look_like_can_be_written(execute: Execute) -> None:
    assert execute("INSERT INTO users (extension, domain) VALUES ('desk', 'desk')").rowcount == 1
