"""What many open consoles cost: CPU, memory, how late a page sees a call, and what a decision then takes.

    python -m benchmarks.console [--consoles 200] [--users 2000] [--rate 200] [--seconds 30]

The controller is the real command in a process of its own, and so is its switch, which is played: it has all
users with a phone and a name, and sends the events of calls by which so many users a second change their
state. Each event has the size of a recorded one. This process opens the consoles, each logged in by a link of
its own. A console follows the stream of events as the script does. At one in ten somebody sits: it asks
for the verdicts of those of 25 colleagues in view whose state has changed, every 2 s.

The delay is that from the switch's sending of an event to the end of its reading by a console. A decision is
an attempt over HTTP that is decided in full, and refused because the target has no phone. It is measured
beside the same events without consoles, too.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.busy_switch import DOMAIN, FIRST, play_switch
from benchmarks.consoles import TOKEN, Measured, OpenConsole, decisions
from benchmarks.peer import PASSWORD, listen
from controller.domain.console import Role
from controller.domain.names import UserName
from controller.store import bulk, console
from controller.store.everybody import open_to_all
from controller.store.session import Store

#: Seconds before a measurement, and loads of each kind.
WARM_UP, LOADS = 8.0, 30
#: The targets: per cent of a core, MB, seconds of delay for 99 %, milliseconds of a load.
CPU, MEMORY, DELAY, LOAD = 25.0, 150.0, 0.5, 50.0


@dataclass(frozen=True)
class Result:
    """All figures, in seconds and bytes, and per cent of a core."""

    named: float
    loads: dict[str, list[float]]
    sizes: dict[str, int]
    quiet: list[float]
    busy: list[float]
    measured: Measured
    per_cent: float
    memory: int


async def measure(
    port: int, pid: int, secrets: list[str], loaded: object, arguments: argparse.Namespace
) -> Result:
    """Open the consoles and measure."""
    measured, users = Measured(), arguments.users
    consoles = [OpenConsole(port, secret, users, number, measured) for number, secret in enumerate(secrets)]
    began = time.monotonic()
    first = consoles[0]
    await first.enter()
    while b'"name":""' in gzip.decompress((await first.get("/console/roll"))[1]).replace(b" ", b""):
        await asyncio.sleep(0.1)
    named = time.monotonic() - began
    loads: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    for name, path in (("page", "/"), ("roll", "/console/roll"), ("states", "/console/colleagues")):
        answers = [await first.get(path) for _ in range(LOADS)]
        loads[name] = [took for took, _ in answers]
        sizes[name] = len(answers[0][1])
    loads["40 verdicts, asked first"] = []
    for begin in range(0, 40 * LOADS, 40):
        query = "&".join(f"ext={FIRST + each % users}" for each in range(begin, begin + 40))
        loads["40 verdicts, asked first"].append((await first.get(f"/console/verdicts?{query}"))[0])
    loaded.set()  # type: ignore[attr-defined]
    await asyncio.sleep(WARM_UP)
    quiet = await decisions(port, arguments.seconds / 2, users)
    for each in consoles[1:]:
        await each.enter()
    work = [each.follow() for each in consoles] + [each.wonder() for each in consoles if each.asks]
    tasks = list(map(asyncio.create_task, work))
    await asyncio.sleep(WARM_UP)
    measured.on = True
    spent, since = machine.cpu(pid), time.monotonic()
    busy = await decisions(port, arguments.seconds, users)
    per_cent = 100 * (machine.cpu(pid) - spent) / (time.monotonic() - since)
    measured.on = False
    memory = machine.rss(pid)
    failed = [each for each in tasks if each.done() and each.exception()]
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for each in failed:
        raise RuntimeError("a console has failed") from each.exception()
    return Result(named, loads, sizes, quiet, busy, measured, per_cent, memory)


@contextmanager
def controller(arguments: argparse.Namespace) -> Iterator[tuple[int, int, list[str], object]]:
    """`whisperpage serve` with its switch: its port, its process, links, and what lets the events begin."""
    listener, switch_port = listen()
    spare, port = listen()
    spare.close()
    with tempfile.TemporaryDirectory() as folder, listener:
        url = f"sqlite:///{folder}/console.db"
        secrets = _settle(url, arguments)
        loaded = multiprocessing.Event()
        switch = multiprocessing.Process(
            target=play_switch, args=(listener, arguments.users, arguments.rate, loaded)
        )
        switch.start()
        environment = os.environ | {
            "WHISPERPAGE_DATABASE_URL": url,
            "WHISPERPAGE_SWITCH_URL": f"esl://:{PASSWORD}@127.0.0.1:{switch_port}",
            "WHISPERPAGE_HTTP_LISTEN": f"127.0.0.1:{port}",
            "WHISPERPAGE_API_TOKEN": TOKEN,
            "WHISPERPAGE_STATUS_SOCKET": "",
            "WHISPERPAGE_PAGER_LIMIT": "0",
            "WHISPERPAGE_TARGET_LIMIT": "0",
        }
        log = Path(folder) / "controller.log"
        command = [str(Path(sys.executable).parent / "whisperpage"), "serve"]
        with (
            log.open("wb") as out,
            subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process,
        ):
            while b"switch.up" not in log.read_bytes():
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
            try:
                yield port, process.pid, secrets, loaded
            finally:
                process.terminate()
        switch.join(5)


def _settle(url: str, arguments: argparse.Namespace) -> list[str]:
    """Make the users, who all may page one another, and the secrets of the links."""
    store = Store(url)
    open_to_all(store)
    with store.unit() as unit:
        names = [UserName(str(FIRST + each), DOMAIN) for each in range(arguments.users)]
        bulk.put(unit, {name: {} for name in names}, lambda _: None)
        secrets = [console.invite(unit, name, Role.USER)[1] for name in names[: arguments.consoles]]
        unit.commit()
    store.close()
    return secrets


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--consoles", type=int, default=200)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    with controller(arguments) as (port, pid, secrets, loaded):
        result = asyncio.run(measure(port, pid, secrets, loaded, arguments))
    machine.show()
    show(result, arguments)


def show(result: Result, arguments: argparse.Namespace) -> None:
    title = f"{arguments.consoles} consoles, {arguments.users} users, {arguments.rate:g} changes a second"
    table = Table("", "measured", "wanted", title=title)
    delays = result.measured.delays

    def row(name: str, value: float, unit: str, limit: float | None = None) -> None:
        cell = f"{value:.1f} {unit}"
        missed = limit is not None and value > limit
        table.add_row(name, f"[red]{cell}[/red]" if missed else cell, f"<= {limit:g}" if limit else "")

    row("controller, CPU", result.per_cent, "% of a core", CPU)
    row("controller, memory", result.memory / 1e6, "MB", MEMORY)
    row(f"event in the page, median of {len(delays)}", 1000 * statistics.median(delays), "ms")
    row("event in the page, 99 %", 1000 * _99(delays), "ms", 1000 * DELAY)
    row("streams that were lost", result.measured.lost, "")
    for name, took in (("without consoles", result.quiet), ("beside consoles", result.busy)):
        row(f"a decision {name}, median of {len(took)}", 1000 * statistics.median(took), "ms")
        row(f"a decision {name}, 99 %", 1000 * _99(took), "ms")
    for name, took in result.loads.items():
        row(f"{name}, median of {len(took)}", 1000 * statistics.median(took), "ms", LOAD)
        row(f"{name}, slowest", 1000 * max(took), "ms")
    for name, size in result.sizes.items():
        row(f"{name}, as sent", size / 1000, "kB")
    asked = result.measured.verdicts
    row(f"verdicts beside the load, median of {len(asked)}", 1000 * statistics.median(asked), "ms")
    row("verdicts beside the load, 99 %", 1000 * _99(asked), "ms")
    row("all names known after", result.named, "s")
    Console().print(table)


def _99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[-1]


if __name__ == "__main__":
    main()
