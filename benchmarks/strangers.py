"""Whether the time of an answer tells of another domain: what is there beside what does not exist.

    python -m benchmarks.strangers [--rounds 300] [--users 2000]

One domain's administrator asks, in turns and in a random order, for what another domain has and for what
nobody has. For each pair there are both medians, and the share of pairs of requests in which the first took
longer: 0.5 means that nothing is to be learnt. What chance alone does to it is below 1.96 times the standard
error in 95 of 100 runs.

The last pair is of an event: a request right after a page of the other domain was told to all streams, and
right after nothing.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask.testing import FlaskClient
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from controller.app import Controller
from controller.cli import garbage
from controller.config import Settings
from controller.domain.console import Role
from controller.domain.names import GroupName, UserName
from controller.domain.record import PageRecord, Treatment
from controller.paging.events import PageCameUp
from controller.ratelimit import RateLimit
from controller.store import bulk, console, groups, schema
from controller.web.app import build
from controller.web.console import sessions
from controller.web.feed import Feed

OWN, OTHER = "one.test", "two.test"
FIRST = 10_000


def share(first: list[float], second: list[float]) -> float:
    """The share of pairs in which the first is the greater one; pairs that are equal count half."""
    ordered = sorted(second)
    greater = sum(bisect_left(ordered, each) + bisect_right(ordered, each) for each in first)
    return greater / 2 / len(first) / len(second)


def standard_error(count: int) -> float:
    """That of `share` for two samples of so many of the same distribution (Mann and Whitney, 1947)."""
    return float(((2 * count + 1) / (12 * count * count)) ** 0.5)


def in_turns(rounds: int, *asks: Callable[[], float]) -> list[list[float]]:
    """The seconds that each says that it took; all of them in each round, in a random order."""
    took: list[list[float]] = [[] for _ in asks]
    chance = random.Random(1)
    for _ in range(rounds):
        for number in chance.sample(range(len(asks)), len(asks)):
            took[number].append(asks[number]())
    return took


@contextmanager
def office(users: int) -> Iterator[tuple[Controller, Feed, FlaskClient]]:
    """A controller with two domains, its feed, and a browser of an administrator of one of them."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/x.db", switch_url="esl://:x@127.0.0.1:1")
        sessions.USES = RateLimit(1_000_000, 60.0)  # it asks more often than a browser may
        controller = Controller(settings)
        schema.ensure_current(controller.store, lambda _: None)
        feed = Feed(controller)
        client = build(controller, feed=feed).test_client()
        with controller.store.unit() as unit:
            for domain in (OWN, OTHER):
                names = [UserName(str(FIRST + each), domain) for each in range(users // 2)]
                bulk.put(unit, {name: {} for name in names}, lambda _: None)
            stranger = UserName("2001", OTHER)
            bulk.put(unit, {stranger: {}}, lambda _: None)
            groups.add(unit, GroupName(f"sales@{OTHER}"), {})
            _, secret = console.invite(unit, UserName(str(FIRST), OWN), Role.TENANT)
            unit.commit()
        assert client.post("/login", data={"secret": secret}).status_code == 303
        garbage.settle()
        yield controller, feed, client
        controller.stop(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--users", type=int, default=2000)
    arguments = parser.parse_args()
    rounds = arguments.rounds
    machine.show()
    limit = 1.96 * standard_error(rounds)
    title = f"{rounds} rounds; by chance alone the share is {0.5 - limit:.3f} to {0.5 + limit:.3f}"
    table = Table("", "of another domain, ms", "nowhere, ms", "share", title=title)

    def row(name: str, there: Callable[[], float], nowhere: Callable[[], float]) -> None:
        in_turns(20, there, nowhere)
        found, missing = in_turns(rounds, there, nowhere)
        medians = (f"{1000 * statistics.median(each):.3f}" for each in (found, missing))
        table.add_row(name, *medians, f"{share(found, missing):.3f}")

    with office(arguments.users) as (controller, feed, client):

        def get(path: str) -> Callable[[], float]:
            def ask() -> float:
                began = time.perf_counter()
                client.get(f"/console/{path}", headers={"Accept": "text/html"})
                return time.perf_counter() - began

            return ask

        row("a user", get("users/edit?name=2001@two.test"), get("users/edit?name=7777@two.test"))
        row("a group", get("groups/edit?name=sales@two.test"), get("groups/edit?name=nosuch@two.test"))
        row("a search", get("users?search=2001"), get("users?search=7777"))
        row("the history", get("history?user=2001@two.test"), get("history?user=7777@two.test"))
        row("a verdict", get("verdicts?ext=2001"), get("verdicts?ext=7777"))
        streams = [feed.subscribe(UserName(str(FIRST), OWN), sees=lambda _: False) for _ in range(10)]
        stranger, now = UserName("2001", OTHER), datetime.now(UTC)
        record = PageRecord("a", "pbx", stranger, stranger, Treatment.WHISPER, now, answered_at=now)
        look = get("users/edit?name=7777@two.test")

        def after_an_event() -> float:
            controller.events.publish(PageCameUp(record, None))
            return look()

        row("an event, then a user", after_an_event, look)
        assert all(each.wait(0) == [] for each in streams)
    Console().print(table)


if __name__ == "__main__":
    main()
