"""Queries of the history do not become slower as it grows; and the deletion of old attempts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import gevent
import pytest
import sqlalchemy as sa

from controller.domain.names import UserFilter, UserName
from controller.store import pages, policy, retention, unended
from controller.store.gateway import StoreGateway
from controller.store.models import Page
from controller.store.session import Store

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)
ROWS = 6000


def row(number: int, **changes: object) -> dict[str, object]:
    started = NOON - timedelta(minutes=number)
    values = {
        "page_id": f"00000000-0000-0000-0000-{number:012}",
        "switch": "pbx:8021",
        "pager": f"{1000 + number % 500}@pbx",
        "target": f"{1000 + number % 499}@pbx",
        "treatment": "whisper",
        "started_at": started,
        "ended_at": started,
        "ending": "pager_hung_up",
    }
    if number % 100 == 0:
        values |= {"treatment": "refused", "reason": "oneself"}
    return values | changes


def fill(store: Store, count: int = ROWS, **changes: object) -> None:
    with store.unit() as unit:
        rows = [{"reason": None, **row(number, **changes)} for number in range(count)]
        unit.session.execute(sa.insert(Page), rows)
        unit.commit()


def size(store: Store) -> int:
    with store.reading() as reading:
        return reading.session.scalar(sa.text("SELECT count(*) FROM pages")) or 0


def plan(store: Store, ask: Callable[[Any], object]) -> str:
    """The database's own plan for a query."""
    asked: list[tuple[str, Any]] = []

    def seen(_: Any, __: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(store.engine, "before_cursor_execute", seen)
    with store.reading() as reading:
        ask(reading)
    sa.event.remove(store.engine, "before_cursor_execute", seen)
    explain = "EXPLAIN QUERY PLAN" if store.kind == "sqlite" else "EXPLAIN"
    with store.engine.connect() as connection:
        return "\n".join(
            str(line)
            for statement, parameters in asked
            for line in connection.exec_driver_sql(f"{explain} {statement}", parameters)
        )


def reads_all(plan: str) -> bool:
    """Whether a plan reads all rows of `pages`; each database has its own words for that."""
    words = (
        r"SCAN pages(?! USING INDEX ix_pages_started_at)|Seq Scan on pages|'pages', 'ALL'|'pages', 'index'"
    )
    return re.search(words, plan) is not None


@pytest.fixture(scope="module")
def filled_once(
    upgraded: Callable[[str, Path], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Store]]:
    """A function that returns the store of a kind with a full history, for tests that only read it."""
    stores: dict[str, Store] = {}

    def give(kind: str) -> Store:
        if kind not in stores:
            store = stores[kind] = Store(upgraded(kind, tmp_path_factory.mktemp(kind)))
            fill(store)
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(sa.text("ANALYZE TABLE pages" if store.kind == "mysql" else "ANALYZE"))
        return stores[kind]

    yield give
    for store in stores.values():
        store.close()


@pytest.fixture
def filled(kind: str, filled_once: Callable[[str], Store]) -> Store:
    return filled_once(kind)


@pytest.mark.parametrize(
    "only",
    [
        {"user": UserFilter("1002")},
        {"user": UserFilter("1002", "pbx")},
        {"refused": True},
        {"user": UserFilter("1002"), "refused": True},
        {"since": NOON - timedelta(minutes=50)},
    ],
    ids=str,
)
def test_queries_of_the_history_use_an_index(filled: Store, only: dict[str, Any]) -> None:
    found = plan(filled, lambda reading: list(pages.history(reading, limit=100, **only)))
    assert "ix_pages_" in found
    assert not reads_all(found)


def test_a_plan_that_reads_all_rows_is_recognised(filled: Store) -> None:
    assert reads_all(plan(filled, lambda reading: reading.session.execute(sa.select(Page.cause)).all()))


def test_a_decision_does_not_query_the_history(filled: Store) -> None:
    found = plan(filled, lambda reading: policy.decide(reading, UserName("1", "pbx"), UserName("2", "pbx")))
    assert "pages" not in found.replace("pages_off", "")


def test_the_pages_that_are_up_are_found_by_an_index(filled: Store) -> None:
    found = plan(filled, lambda reading: unended.open_pages(reading, "pbx:8021"))
    assert "ix_pages_switch_ended_at" in found
    assert not reads_all(found)


def test_a_user_is_found_in_order_on_both_sides_and_once(filled: Store) -> None:
    with filled.reading() as reading:
        found = list(pages.history(reading, user=UserFilter("1000"), limit=5))
        everything = list(pages.history(reading))
    wanted = [record for record in everything if UserName("1000", "pbx") in (record.pager, record.target)]
    assert found == wanted[:5]
    assert found[0].pager == found[0].target


def test_what_is_old_is_deleted_in_pieces_and_the_rest_stays(store: Store) -> None:
    fill(store, 2500)
    pieces: list[int] = []
    before = NOON - timedelta(minutes=99)
    with store.reading() as reading:
        assert retention.count(reading, before) == 2400
    assert retention.prune(store, before, pieces.append) == 2400
    assert pieces == [1000, 1000, 400]
    with store.reading() as reading:
        assert min(record.started_at for record in pages.history(reading)) == before
    assert size(store) == 100


def test_each_piece_is_kept_when_the_next_is_broken_off(store: Store) -> None:
    fill(store, 1500)

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retention.prune(store, NOON + timedelta(days=1), stop)
    with store.reading() as reading:
        left = [record.started_at for record in pages.history(reading)]
    assert left == [NOON - timedelta(minutes=number) for number in range(500)]


def test_a_page_that_is_up_is_not_deleted(store: Store) -> None:
    fill(store, 100, ended_at=None, ending=None, treatment="whisper", reason=None)
    assert retention.prune(store, NOON + timedelta(days=1), lambda _: None) == 0
    assert size(store) == 100


def test_between_two_pieces_others_may_write(store: Store, url: str) -> None:
    fill(store, 2000)
    other = Store(url)

    def write(_: int) -> None:
        with other.unit() as unit:
            unit.session.execute(sa.text("UPDATE settings_groups SET whisper_accept = 'all'"))
            unit.commit()

    assert retention.prune(store, NOON + timedelta(days=1), write) == 2000
    other.close()


def test_the_oldest_go_first_where_only_a_piece_is_asked_for(store: Store) -> None:
    fill(store, 30)
    policies = StoreGateway(store, deadline=5)
    assert policies.write(retention.prune_piece, NOON, 10) == 10
    with store.reading() as reading:
        left = [record.started_at for record in pages.history(reading)]
    assert left == [NOON - timedelta(minutes=number) for number in range(20)]
    assert policies.write(retention.prune_piece, NOON - timedelta(days=1), 10) == 0


def test_two_controllers_may_prune_at_once(store: Store, url: str) -> None:
    fill(store, 400)
    other = Store(url)
    before = NOON + timedelta(days=1)
    stores = [StoreGateway(each, deadline=5) for each in (store, other)]

    def prune(policies: StoreGateway) -> int:
        pieces = 0
        while piece := policies.write(retention.prune_piece, before, 20):
            pieces += piece
        return pieces

    greenlets = [gevent.spawn(prune, policies) for policies in stores]
    for greenlet in greenlets:
        greenlet.get(timeout=60)
    assert size(store) == 0
    other.close()
