"""The state that a killed program (kill -9) leaves in every kind of database."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path

import pytest
import sqlalchemy as sa

from controller.domain.names import UserName
from controller.domain.policy import Accept
from controller.store import bulk, schema
from controller.store.models import VIEWS, Base
from controller.store.session import Store
from controller.store.settings import UserChanges

WRITES = ("CREATE", "INSERT", "UPDATE", "DELETE", "DROP")
#: The steps between the statements after which to kill: with one transaction for all, some are enough.
EACH = {"sqlite": 24, "postgresql": 48, "mariadb": 8}


def killed(work: Callable[[], None]) -> bool:
    """Run the work in another process; return whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def upgrade_and_die(url: str, after: int) -> None:
    """Upgrade, with a kill after so many statements that write."""
    store = Store(url)
    numbers = count(1)

    def done(*event: str) -> None:
        if event[2].lstrip().startswith(WRITES) and next(numbers) == after:
            die()

    sa.event.listen(store.engine, "after_cursor_execute", done)
    schema.upgrade(store)


def tables(store: Store) -> set[str]:
    found = sa.inspect(store.engine)
    return {*found.get_table_names(), *found.get_view_names()}


def number(store: Store, table: str) -> int:
    with store.reading() as reading:
        return reading.session.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0


@pytest.fixture
def databases(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """One empty database after another."""
    if kind == "sqlite":
        return (f"sqlite:///{tmp_path / str(number)}.db" for number in count())
    server = request.getfixturevalue(kind)
    return (server.database()[1] for _ in count())


def test_a_killed_upgrade_leaves_all_or_nothing_or_can_be_continued(
    kind: str, databases: Iterator[str], upgraded: Callable[[str, Path], str], tmp_path: Path
) -> None:
    whole = Store(upgraded(kind, tmp_path))
    for url, after in zip(databases, count(1, EACH[kind]), strict=False):
        died = killed(lambda url=url, after=after: upgrade_and_die(url, after))
        store = Store(url)
        if kind != "mariadb":
            assert tables(store) == (set() if died else tables(whole))
        schema.upgrade(store)
        assert schema.state(store).up_to_date
        assert tables(store) == {*Base.metadata.tables, *VIEWS.tables, "alembic_version"}
        for table in Base.metadata.tables:
            assert number(store, table) == number(whole, table)
        store.close()
        if not died:
            break
    assert after > 20
    whole.close()


def test_a_killed_upgrade_keeps_the_old_rows(databases: Iterator[str]) -> None:
    for url, after in zip(islice(databases, 3), (1, 3, 6), strict=True):
        store = Store(url)
        schema.migrate(store, "0001")
        with store.transaction() as connection:
            connection.execute(sa.text("INSERT INTO users (extension, domain) VALUES ('1002', 'pbx')"))
        store.close()
        assert killed(lambda url=url, after=after: upgrade_and_die(url, after))
        assert number(store, "users") == 1
        schema.upgrade(store)
        assert number(store, "users") == 1
        store.close()


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["mariadb"], indirect=True)
def test_a_killed_downgrade_can_be_continued(url: str) -> None:
    def down() -> None:
        store = Store(url)
        sa.event.listen(
            store.engine,
            "after_cursor_execute",
            lambda *event: die() if event[2].startswith("DROP TABLE IF EXISTS users") else None,
        )
        schema.migrate(store, "base")

    assert killed(down)
    store = Store(url)
    schema.migrate(store, "base")
    assert tables(store) == {"alembic_version"}
    store.close()


def test_a_killed_import_changes_nothing(url: str) -> None:
    store = Store(url)
    names = [UserName(str(1000 + at), "pbx") for at in range(2 * bulk.BATCH)]
    before: dict[UserName, UserChanges] = {names[0]: {"whisper_accept": Accept.LISTED}}
    after: dict[UserName, UserChanges] = {name: {"whisper_accept": Accept.ALL} for name in names}

    def put(wanted: dict[UserName, UserChanges], progress: Callable[[int], None]) -> None:
        own = Store(url)
        with own.unit() as unit:
            bulk.put(unit, wanted, progress)
            unit.commit()
        own.close()

    put(before, lambda _: None)
    for at in (1, 2, 3):
        steps = count(1)
        assert killed(lambda at=at, steps=steps: put(after, lambda _: die() if next(steps) == at else None))
        with store.reading() as reading:
            own = list(bulk.own_settings(reading))
        assert [(name, settings["whisper_accept"]) for name, settings in own] == [(names[0], "listed")]
    put(after, lambda _: None)
    assert number(store, "users") == len(names)
    store.close()
