"""The own time of a decision while the events of a busy switch come in, and the memory of the table of legs.

    python -m benchmarks.decisions [LEGS] [--switches 1] [--events 2000]

The switch is a table of prepared answers, so only our own code is measured: the policy from a real SQLite
database, the queries and answers, and the decision. Meanwhile links read and handle recorded events, which
come from another process (benchmarks.links). Of several switches each has so many legs, and the target is on
the last one. The same decision without events, in the same run, is for comparison. So is a loop of plain
Python that takes as long, and is run in turns with the decisions: it shows what the machine itself adds.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence

import gevent
import structlog
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.links import BusySwitches
from controller.cli import garbage
from controller.cli.serve import THREAD_TURN
from controller.domain.decision import Whisper
from controller.domain.names import DEFAULT_GROUP, GroupName, UserName
from controller.domain.policy import Accept, Feature
from controller.eventsocket.api import ApiCall
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.cluster import Cluster, Place
from controller.paging.deciding import Decider
from controller.phones.values import PhoneKind
from controller.store import groups, policy, schema
from controller.store.gateway import StoreGateway
from controller.store.session import Store
from controller.switch.identity import SwitchName
from controller.switch.legs import Legs
from controller.switch.queries import SwitchQueries, channels
from controller.switch.timed import TimedSwitch

DECISIONS = 400
#: Seconds for which events come in before the first decision.
WARM_UP = 2
#: Users of whom no recorded event tells.
PAGER, TARGET = UserName("2001", "office.test"), UserName("2002", "office.test")


class Answers:
    """A switch on which 2002 talks to f1, at a desk phone."""

    def __init__(self) -> None:
        common = {"Answer-State": "answered", "Channel-State": "CS_EXECUTE", "Channel-Call-State": "ACTIVE"}
        common |= {"Channel-Read-Codec-Rate": "8000", "variable_sip_user_agent": "Yealink SIP-T46S 66.85.0.5"}
        padding = {f"variable_padding_{i}": "x" * 20 for i in range(150)}  # a real dump has some 7 kB
        self._answers = {"user_data": "2002", "uuid_buglist": "<media-bugs></media-bugs>"}
        for leg, far, user in (("t1", "f1", str(TARGET)), ("f1", "t1", "")):
            whose = {"Call-Direction": "outbound", "Channel-Presence-ID": user}
            dump = {"Unique-ID": leg} | padding | common | whose | {"variable_bridge_to": far}
            self._answers[f"uuid_dump {leg}"] = json.dumps(dump, separators=(",", ":"))
        self._answers["sofia_contact"] = "sofia/internal/sip:2002@10.0.0.2:5060"
        self._answers["sofia"] = "<profile/>"

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        """The answer after one turn of the event loop, like from a socket."""
        gevent.sleep(0)
        words = call.text.split(" ")
        return Outcome(Status.DONE, self._answers.get(" ".join(words[:2])) or self._answers.get(words[0], ""))

    bgapi = api

    def show_channels(self, rows: int) -> None:
        """Set the number of legs in `show channels as json`, with some 0.9 kB for each row."""
        row = {"name": "sofia/internal/1002@pbx.test", "state": "CS_EXECUTE", "padding": "x" * 780}
        legs = [{"uuid": f"u{i}", "presence_id": f"{i}@pbx.test"} | row for i in range(rows)]
        told = {"row_count": rows, "rows": legs}
        self._answers["show channels"] = json.dumps(told, separators=(",", ":"))


class Up:
    """The connection to a switch that can be reached."""

    state = "up"


def decisions(decider: Decider, switch: TimedSwitch, turns: int = 0) -> tuple[list[float], list[float]]:
    """The own time of each decision in milliseconds, without its waits for the switch.

    And that of a loop of so many turns, after each of them.
    """
    own, looped = [], []
    for _ in range(DECISIONS):
        began, waited = time.monotonic(), switch.waited
        judgement = decider.judge(Feature.WHISPER, PAGER, TARGET)
        own.append(1000 * (time.monotonic() - began - (switch.waited - waited)))
        assert isinstance(judgement.decision, Whisper), judgement
        gevent.sleep(0.01)
        began = time.monotonic()
        loop(turns)
        looped.append(1000 * (time.monotonic() - began))
        gevent.sleep(0.01)
    return own, looped


def loop(turns: int) -> dict[str, int]:
    """Work that waits for nothing, on some memory."""
    return {str(turn & 1023): turn for turn in range(turns)}


def turns_of(milliseconds: float) -> int:
    """How many turns the loop makes in this time, if each loop comes after a pause, as each decision does."""
    took = []
    for _ in range(50):
        began = time.monotonic()
        loop(10_000)
        took.append(1000 * (time.monotonic() - began))
        gevent.sleep(0.01)
    return round(10_000 * milliseconds / statistics.median(took))


def weigh(count: int, make: Callable[[], object]) -> float:
    """The memory in bytes for each leg in a table of `count` legs."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = make()
    size = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    del kept
    return size / count


def tracked(count: int) -> Legs:
    """A table of so many legs, with uuids and users of realistic length."""
    legs = Legs()
    for i in range(count):
        legs.learn(f"59a5244a-5783-4895-8621-{i:012d}", UserName(str(i), "pbx.example.org"))
    return legs


def open_store(folder: str) -> Store:
    """A database that permits everything to everybody."""
    store = Store(f"sqlite:///{folder}/benchmark.db")
    schema.upgrade(store)
    with store.unit() as unit:
        everything = {"whisper_initiate": True, "whisper_accept": Accept.ALL}
        groups.change(unit, GroupName(DEFAULT_GROUP), everything)  # type: ignore[arg-type]
        unit.commit()
    return store


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("legs", nargs="?", type=int, default=10_000)
    parser.add_argument("--switches", type=int, default=1)
    parser.add_argument("--events", type=int, default=2000)
    arguments = parser.parse_args()
    count = arguments.legs
    sys.setswitchinterval(THREAD_TURN)
    # as `serve` by default: commands are logged for debugging only
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    answers, tables = Answers(), [tracked(count) for _ in range(arguments.switches)]
    tables[-1].learn("t1", TARGET)
    switch, cluster = TimedSwitch(answers), Cluster()
    queries = [SwitchQueries(switch, legs, deadline=1) for legs in tables]
    for at, (survey, legs) in enumerate(zip(queries, tables, strict=True)):
        cluster.add(Place(SwitchName("", f"s{at}"), "sofia/x/whisperpage@y", survey, legs, Up()))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(folder)
        rules = StoreGateway(store, deadline=2).reader(policy.with_phone_rules)
        decider = Decider(queries[0], rules, PhoneKind.SOFT, cluster)
        garbage.settle()  # as `serve` once it has started
        first, _ = decisions(decider, switch)
        turns = turns_of(statistics.median(first))
        calm, looped = decisions(decider, switch, turns)
        busy_switches = BusySwitches(tables, arguments.events)
        gevent.sleep(WARM_UP)
        before, began = busy_switches.handled, time.monotonic()
        busy, looped_too = decisions(decider, switch, turns)
        rate = (busy_switches.handled - before) / (time.monotonic() - began)
        busy_switches.stop()
        store.close()
    answers.show_channels(count)
    began = time.monotonic()
    Legs().rebuild(channels(answers, 1))
    rebuilt = time.monotonic() - began
    machine.show()
    if arguments.switches > 1:
        Console().print(f"{arguments.switches} switches; memory {machine.rss(os.getpid()) / 1e6:.0f} MB")
    events = f"{rate:.0f} events a second"
    show(
        {"no events": calm, events: busy, "the loop, no events": looped, "the loop, with events": looped_too},
        count,
    )
    size = weigh(count, lambda: tracked(count))
    Console().print(f"{size:.0f} bytes a leg; rebuilt from `show channels as json` in {rebuilt:.3f} s")


def show(own: Mapping[str, Sequence[float]], count: int) -> None:
    calm, busy, _, looped = own.values()
    table = Table("own ms", "median", "99 %", title=f"{count} legs, {len(calm)} decisions each")
    for name, values in own.items():
        table.add_row(name, f"{statistics.median(values):.2f}", f"{_worst(values):.2f}")
    table.add_row(
        "ratio, with and without events", f"{statistics.median(busy) / statistics.median(calm):.2f}", ""
    )
    table.add_row("ratio, with events, and the loop", "", f"{_worst(busy) / _worst(looped):.2f}")
    Console().print(table)


def _worst(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[-1]


if __name__ == "__main__":
    main()
