"""CPU time per event from a socket to a handler, compared with greenswitch, Genesis and a bare orjson loop.

    python -m benchmarks.events [--rounds 5] [--events 3370]

Each contender is a process of its own, which reads the recorded events from a socket. Ours and the bare loop
read JSON, as `Link` does; the libraries read plain text, which is all that they support. All take turns, and
the lowest CPU time of several rounds counts, so that other programs have little influence. Genesis is
measured if it is installed: `pip install '.[benchmark]'`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import machine, recordings
from benchmarks.contenders import CONTENDERS, END, HEADERS, START
from benchmarks.peer import Peer, listen

#: Seconds within which a contender becomes idle after it has read everything.
REST = 0.3
#: Our target: CPU microseconds for an event, by the number of headers that are read.
WANTED = {0: 3.0, len(HEADERS): 12.0}
#: Our target: the rate as a multiple of greenswitch's rate.
TIMES = 5


@dataclass(frozen=True)
class Result:
    """One run: CPU microseconds for each event, and events in a second by the clock."""

    cpu: float
    rate: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=5 * len(recordings.payloads()))
    arguments = parser.parse_args()
    repeat = max(1, arguments.events // len(recordings.payloads()))
    names = [name for name in CONTENDERS if name != "genesis" or importlib.util.find_spec("genesis")]
    results: dict[tuple[str, int], list[Result]] = defaultdict(list)
    with Progress(transient=True) as progress:
        task = progress.add_task("events", total=arguments.rounds * len(names) * len(WANTED))
        for _ in range(arguments.rounds):
            for headers in WANTED:
                for name in names:
                    results[name, headers].append(run(name, headers, repeat))
                    progress.advance(task)
    machine.show()
    show(results, names)


def run(name: str, headers: int, repeat: int) -> Result:
    """Run one contender once; the events are sent once to warm up, and then `repeat` times."""
    frame = recordings.json_frame if name in ("whisperpage", "bare") else recordings.plain_frame
    once = b"".join(map(frame, recordings.payloads()))
    listener, port = listen()
    command = [sys.executable, "-m", "benchmarks.contenders", name, str(port), str(headers)]
    with listener, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        peer = Peer(listener)
        peer.play(once + _marker(START, frame))
        time.sleep(REST)
        began = time.monotonic()
        peer.play(once * repeat + _marker(END, frame))
        told = json.loads(process.stdout.readline())
        peer.close()
        process.kill()
    count = repeat * len(recordings.payloads())
    assert told["handled"] == (count if headers else 0), told
    return Result(cpu=1e6 * told["cpu"] / count, rate=count / (told["until"] - began))


def _marker(subclass: str, frame: Callable[[bytes], bytes]) -> bytes:
    return frame(
        json.dumps({"Event-Subclass": subclass, "Event-Name": "CUSTOM"}, separators=(",", ":")).encode()
    )


def show(results: dict[tuple[str, int], list[Result]], names: list[str]) -> None:
    payloads = recordings.payloads()
    kb = sum(map(len, payloads)) / len(payloads) / 1000
    rounds = len(results[names[0], 0])
    table = Table(
        title=f"{len(payloads)} recorded events of {kb:.1f} kB, from a socket to a handler",
        caption=f"CPU time: least and most of {rounds} rounds; rates: by the least CPU time / by the clock",
    )
    table.add_column("reader")
    for headers, limit in WANTED.items():
        what = f"{headers} headers read" if headers else "nobody wants it"
        table.add_column(f"{what}\nµs (ours < {limit:g})", justify="right")
        table.add_column("\nevents/s", justify="right")
        table.add_column("\ntimes ours", justify="right")
    least = {key: min(each.cpu for each in runs) for key, runs in results.items()}
    for name in names:
        cells = []
        for headers, limit in WANTED.items():
            cpu, runs = least[name, headers], results[name, headers]
            own = least["whisperpage", headers]
            spread = f"{cpu:.1f} ({max(each.cpu for each in runs):.1f})"
            short = (name == "whisperpage" and cpu > limit) or (name == "greenswitch" and cpu < TIMES * own)
            cells += [
                f"[red]{spread}[/red]" if short else spread,
                f"{1e3 / cpu:,.0f}k / {max(each.rate for each in runs) / 1e3:,.0f}k",
                f"{cpu / own:.1f}",
            ]
        table.add_row(name, *cells)
    console = Console(width=110)
    console.print(table)
    if "genesis" not in names:
        console.print("Genesis is not installed: pip install '.\\[benchmark]'")


if __name__ == "__main__":
    main()
