"""Two controllers claim one attempt at the same moment: one gets it, the other is rejected."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from controller.store import pages
from controller.store.session import Store
from tests.store.test_pages import BEGUN

#: The default isolation level of each server, and the one that MariaDB is often configured with.
LEVELS = [
    ("mariadb", "REPEATABLE READ"),
    ("mariadb", "READ COMMITTED"),
    ("postgresql", "READ COMMITTED"),
]


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database on which the test runs, from its parameter."""
    return str(request.param)


@pytest.fixture
def inserting(store: Store) -> Iterator[Event]:
    """An event that is set before a row is inserted; its transaction has read the table by then."""
    event, engine = Event(), store.engine

    def told(*execution: Any) -> None:
        if str(execution[2]).startswith("INSERT"):
            event.set()

    sa.event.listen(engine, "before_cursor_execute", told)
    yield event
    sa.event.remove(engine, "before_cursor_execute", told)


@pytest.mark.parametrize(("kind", "isolation"), LEVELS, indirect=["kind"])
def test_of_two_claims_at_the_same_moment_the_second_is_rejected(
    store: Store, inserting: Event, isolation: str
) -> None:
    store.engine = store.engine.execution_options(isolation_level=isolation)

    def claim() -> bool:
        with store.unit() as unit:
            return pages.claim(unit, BEGUN)

    with ThreadPoolExecutor(1) as pool, store.unit() as unit:
        assert pages.claim(unit, BEGUN)
        inserting.clear()
        second = pool.submit(claim)
        assert inserting.wait(60)
        unit.commit()
        assert second.result(10) is False
