"""The store at the size of a large company: the queries of a decision, and the commands of administrators.

    python -m benchmarks.store [--users 100000] [--groups 1000] [--pages 1000000] [--only sqlite]

Each number is compared with a minimal operation in the same run: a query of one row by its primary key, or a
command that prints one group. PostgreSQL is started for this, like in the tests.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from controller.cli.main import run
from controller.domain.names import UserName
from controller.store import phone_rules, policy, schema, unended
from controller.store.session import ReadSession, Store
from tests.store import servers

DECISIONS = 2000
ROUNDS = 3
FIRST = 100_000

#: The UUID and the time of attempt i in each database's SQL: one attempt in eight seconds, backwards from
#: now.
UUID = {
    "sqlite": "printf('00000000-0000-0000-0000-%012d', i)",
    "postgresql": "'00000000-0000-0000-0000-' || lpad(CAST(i AS TEXT), 12, '0')",
}
TIME = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now', (-8 * i) || ' seconds')",
    "postgresql": "now() - i * interval '8 seconds'",
}


@dataclass(frozen=True)
class Size:
    users: int
    groups: int
    pages: int


@dataclass(frozen=True)
class Result:
    """One line of the table. `seconds` should be below `limit`; `peer` is the operation for comparison."""

    what: str
    seconds: float
    peer: str
    peer_seconds: float
    limit: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, default in (("users", 100_000), ("groups", 1000), ("pages", 1_000_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--only", choices=list(UUID))
    arguments = parser.parse_args()
    size = Size(arguments.users, arguments.groups, arguments.pages)
    machine.show()
    with servers.short_folder() as folder:
        for kind in [arguments.only] if arguments.only else UUID:
            with database(kind, folder) as url:
                show(kind, size, list(measure(url, size, folder)))


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'store.db'}"
    else:
        with servers.postgresql(folder) as server:
            yield server.database()[1]


def measure(url: str, size: Size, folder: Path) -> Iterator[Result]:
    os.environ["WHISPERPAGE_DATABASE_URL"] = url
    store = Store(url)
    schema.upgrade(store)
    make_groups(store, size)
    floor = command("groups", "show", "default")
    imported = command("users", "import", sheet(size, folder))
    yield Result(f"users import of {size.users}, the command", imported, "groups show", floor, 20)
    make_history(store, size)
    yield from decisions(store, size)
    query = least(lambda: looked_up(store))
    printed = least(lambda: inside("pages", "--since", "1d"))
    yield Result("pages --since 1d, without Python's start", printed, "lookup", query, 0.2)
    printed = least(lambda: inside("pages", "--since", "1d", "--limit", "10000000"))
    yield Result("... --limit 10000000, all of the day", printed, "lookup", query)
    for arguments in (["--user", str(FIRST)], ["--user", str(FIRST), "--refused"], ["--refused"]):
        printed = least(lambda arguments=arguments: inside("pages", *arguments))
        yield Result(f"pages {' '.join(arguments)}", printed, "lookup", query, 0.2)
    floor = least(lambda: command("groups", "show", "default"))
    yield Result(
        "pages --since 1d, the command",
        least(lambda: command("pages", "--since", "1d")),
        "groups show",
        floor,
    )
    yield Result(
        "users list | head, the command",
        least(lambda: command("users", "list", head=True)),
        "groups show",
        floor,
    )
    store.close()


def make_groups(store: Store, size: Size) -> None:
    """Make groups: a third denies, a third accepts all, a third accepts the members of another group."""
    rows = [
        {"name": f"group-{at}", "initiate": at % 3 > 0, "accept": ("none", "all", "listed")[at % 3]}
        for at in range(size.groups)
    ]
    with store.transaction() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO settings_groups (name, whisper_initiate, whisper_accept, intercom_accept) "
                "VALUES (:name, :initiate, :accept, :accept)"
            ),
            rows,
        )
        connection.execute(
            sa.text(
                "INSERT INTO accept_entries (feature, owner_group_id, allowed_group_id) SELECT 'whisper', "
                "a.id, b.id FROM settings_groups a JOIN settings_groups b ON b.id = a.id - 1"
            )
        )


def sheet(size: Size, folder: Path) -> str:
    """A CSV file of the users."""
    path = folder / "users.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "group", "whisper_initiate"])
        for at in range(size.users):
            writer.writerow(
                [f"{FIRST + at}@pbx", f"group-{at % size.groups}", "true" if at % 10 == 0 else ""]
            )
    return str(path)


def make_history(store: Store, size: Size) -> None:
    """Make attempts: all have ended, and one in twenty was refused."""
    refused = "i % 20 = 0"
    sql = f"""
        WITH RECURSIVE
        n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {size.pages}),
        attempts AS (SELECT i, {UUID[store.kind]} AS page_id, {TIME[store.kind]} AS moment FROM n)
        INSERT INTO pages (page_id, switch, pager, target, treatment, reason, started_at, ended_at, ending)
        SELECT page_id, 'pbx:8021',
            ({FIRST} + i * 7919 % {size.users}) || '@pbx', ({FIRST} + i * 7907 % {size.users}) || '@pbx',
            CASE WHEN {refused} THEN 'refused' ELSE 'whisper' END,
            CASE WHEN {refused} THEN 'not_accepted' END, moment, moment, 'pager_hung_up'
        FROM attempts"""
    with store.transaction() as connection:
        # a percent sign stands for a parameter to psycopg unless it is doubled
        connection.exec_driver_sql(sql if store.kind == "sqlite" else sql.replace("%", "%%"))
    # maintenance that a database has already done if it was not filled a second ago
    settle = ("ANALYZE",) if store.kind == "sqlite" else ("VACUUM ANALYZE", "CHECKPOINT")
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in settle:
            connection.exec_driver_sql(statement)
    store.close()  # SQLite's last connection moves its log into the file


def decisions(store: Store, size: Size) -> Iterator[Result]:
    """The controller's queries for a page: the median and the 99th percentile of their time."""
    chance = random.Random(1)
    pairs = [
        [UserName(str(FIRST + chance.randrange(size.users)), "pbx") for _ in "ab"] for _ in range(DECISIONS)
    ]

    def decide(reading: ReadSession, at: int) -> None:
        policy.decide(reading, *pairs[at])
        phone_rules.all_rules(reading)

    def look_up(reading: ReadSession, at: int) -> None:
        reading.session.execute(sa.text("SELECT extension FROM users WHERE id = :id"), {"id": at + 1}).one()

    asked, looked = percentiles(store, decide), percentiles(store, look_up)
    yield Result("a decision's queries, median", asked[49], "lookup", looked[49])
    yield Result("a decision's queries, 99 %", asked[98], "lookup", looked[98], 0.002)
    with store.reading() as reading:
        up = least(lambda: timed(lambda: unended.open_pages(reading, "pbx:8021")))
    yield Result("the pages that are up", up, "lookup", looked[49])


def percentiles(store: Store, ask: Callable[[ReadSession, int], None]) -> list[float]:
    """The percentiles of the seconds of a query, each time with a connection from the pool.

    For each percentile the lowest of several rounds counts, so that other programs have little influence.
    """

    def once(at: int) -> None:
        with store.reading() as reading:
            ask(reading, at)

    once(0)
    rounds = [
        statistics.quantiles((timed(lambda at=at: once(at)) for at in range(DECISIONS)), n=100)
        for _ in range(ROUNDS)
    ]
    return [min(each) for each in zip(*rounds, strict=True)]


def looked_up(store: Store) -> float:
    def look() -> None:
        with store.reading() as reading:
            reading.session.execute(sa.text("SELECT extension FROM users WHERE id = 1")).one()

    return timed(look)


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def least(measured: Callable[[], float]) -> float:
    return min(measured() for _ in range(ROUNDS))


def inside(*arguments: str) -> float:
    """Seconds for a command in this process: to connect, to query and to print."""
    with redirect_stdout(io.StringIO()):
        return timed(lambda: run(arguments))


def command(*arguments: str, head: bool = False) -> float:
    """Seconds for a command from its start to its end, or until ten lines of it are read."""
    begun = time.perf_counter()
    code = "from controller.cli.main import main; main()"
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _, _line in zip(range(10 if head else sys.maxsize), process.stdout, strict=False):
            pass
        process.stdout.close()
    assert process.returncode == 0 or head, f"{arguments} failed"
    return time.perf_counter() - begun


def show(kind: str, size: Size, results: list[Result]) -> None:
    table = Table(title=f"{kind}: {size.users} users, {size.groups} groups, {size.pages} pages (ms)")
    table.add_column("what")
    for column in ("ms", "wanted", "beside it", "ms", "times"):
        table.add_column(column, justify="right")
    for each in results:
        bad = each.limit is not None and each.seconds >= each.limit
        table.add_row(
            each.what,
            f"[red]{each.seconds * 1e3:.2f}[/red]" if bad else f"{each.seconds * 1e3:.2f}",
            "" if each.limit is None else f"< {each.limit * 1e3:.0f}",
            each.peer,
            f"{each.peer_seconds * 1e3:.2f}",
            f"{each.seconds / each.peer_seconds:.1f}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
