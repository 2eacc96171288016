"""One controller with many switches: its CPU time and memory while calls come and go on all of them.

    python -m benchmarks.cluster [--switches 20] [--calls 5000] [--rates 0 2000 10000] [--seconds 20]

As `benchmarks.idle`, with so many calls on each switch; the events are spread over the switches. The time of
a decision meanwhile is measured by `benchmarks.decisions --switches 20 --events 10000`.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.idle import POLL, Result, Switch, events, keep_answering, wanted
from benchmarks.peer import PASSWORD, Peer, listen

#: How often the recorded calls are sent with uuids of their own.
TURNS = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--switches", type=int, default=20)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rates", type=int, nargs="+", default=[0, 2000, 10_000])
    arguments = parser.parse_args()
    with controller(arguments.switches, 0) as (empty, _):
        without = machine.rss(empty)
    with controller(arguments.switches, arguments.calls) as (pid, peers):
        results = [measure(pid, peers, rate, arguments.seconds) for rate in arguments.rates]
        memory, peak = machine.rss(pid), machine.peak(pid)
    machine.show()
    table = Table(title=f"{arguments.switches} switches with {arguments.calls} calls each")
    for column in ("events a second", "% of one core"):
        table.add_column(column, justify="right")
    for each in results:
        table.add_row(f"{each.rate:.0f}", f"{each.per_cent:.1f}")
    Console().print(table)
    Console().print(
        f"memory of the process: {memory / 1e6:.0f} MB, {peak / 1e6:.0f} at its peak; "
        f"{without / 1e6:.0f} MB without legs"
    )


@contextmanager
def controller(switches: int, calls: int) -> Iterator[tuple[int, Mapping[int, Peer]]]:
    """`whisperpage serve`, connected to so many switches: its process id and our sockets' sides."""
    listeners = [listen() for _ in range(switches)]
    lines = (
        f"s{at} esl://:{PASSWORD}@127.0.0.1:{port} sofia/x/whisperpage@10.0.0.{at}"
        for at, (_, port) in enumerate(listeners)
    )
    switch = Switch(calls)
    peers: dict[int, Peer] = {}

    def serve(at: int) -> None:
        listener = listeners[at][0]
        while listener.fileno() >= 0:  # a controller that the other lists kept too long connects once more
            with suppress(EOFError, OSError):
                peers[at] = Peer(listener, switch.answer, f"s{at}")
                keep_answering(peers[at])

    threads = [threading.Thread(target=serve, args=(at,), daemon=True) for at in range(switches)]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "WHISPERPAGE_DATABASE_URL": f"sqlite:///{folder}/cluster.db",
            "WHISPERPAGE_SWITCHES": "\n".join(lines),
            "WHISPERPAGE_HTTP_LISTEN": "",
            "WHISPERPAGE_STATUS_SOCKET": "",
        }
        log = Path(folder) / "controller.log"
        program = str(Path(sys.executable).parent / "whisperpage")
        # in its own process: a controller of many switches has PostgreSQL, and upgrades no database itself
        subprocess.run([program, "db", "upgrade"], env=environment, capture_output=True, check=True)
        command = [program, "serve"]
        with (
            log.open("wb") as out,
            subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process,
        ):
            try:
                for thread in threads:
                    thread.start()
                while log.read_bytes().count(b"switch.up") < switches:
                    assert process.poll() is None, log.read_text()
                    time.sleep(0.1)
                time.sleep(1)
                yield process.pid, peers
            except OSError as error:
                lost = [line for line in log.read_text().splitlines() if "switch.down" in line]
                raise SystemExit("\n".join(["A connection to a switch was lost:", *lost])) from error
            finally:
                process.terminate()
    for listener, _ in listeners:
        listener.close()


class Stream:
    """Frames that were made before, so that they cost little to send; after TURNS they come again."""

    def __init__(self, payloads: Sequence[bytes]) -> None:
        frames = list(itertools.islice(events(payloads), TURNS * len(payloads)))
        self._ends = [0, *itertools.accumulate(map(len, frames))]
        self._bytes = memoryview(b"".join(frames))

    def take(self, place: int, count: int) -> Iterator[memoryview]:
        """So many frames from a place on, in as few parts as possible."""
        many = len(self._ends) - 1
        while count:
            start = place % many
            end = min(start + count, many)
            yield self._bytes[self._ends[start] : self._ends[end]]
            place, count = place + end - start, count - (end - start)


def measure(pid: int, peers: Mapping[int, Peer], rate: int, seconds: float) -> Result:
    """Send so many events in a second to all together, for so many seconds."""
    stream = Stream(wanted(peers[0].subscription))
    places = [0] * len(peers)
    sent, began, spent = 0, time.monotonic(), machine.cpu(pid)
    while (elapsed := time.monotonic() - began) < seconds:
        due = round(elapsed * rate) - sent
        share = -(-due // len(peers))
        for at, peer in peers.items() if due else ():
            count = min(share, due)
            for part in stream.take(places[at], count):
                peer.play(part)
            places[at] += count
            sent += count
            due -= count
        time.sleep(POLL)
    took = time.monotonic() - began
    return Result(rate=sent / took, per_cent=100 * (machine.cpu(pid) - spent) / took)


if __name__ == "__main__":
    main()
