"""The CPU time of `whisperpage serve` while 5,000 calls are up, calls come and go, and nobody pages.

    python -m benchmarks.idle [--calls 5000] [--seconds 20] [--rates 0 500 2000]

The controller is the real command in a process of its own. This process plays the switch: it has the calls in
`show channels`, and sends recorded events of calls that come and go, each call with its own uuids, every 20
ms like mod_event_socket. It sends and counts only events to which the controller has subscribed. The CPU time
is that of the whole process with its threads.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import machine, recordings
from benchmarks.peer import PASSWORD, Peer, listen

#: Seconds between two looks of the switch at its queue of events (listener_run, mod_event_socket.c).
POLL = 0.02
#: Our target: the per cent of one core at this rate in events a second.
JUDGED, LIMIT = 500, 5.0
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Result:
    """The result at one rate: the events sent in a second, and the per cent of one core that they took."""

    rate: float
    per_cent: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rates", type=int, nargs="+", default=[0, JUDGED, 2000])
    arguments = parser.parse_args()
    results = []
    with controller(0) as (empty, _):
        without = machine.rss(empty)
    with controller(arguments.calls) as (pid, peer):
        for rate in track(arguments.rates, description="idle", transient=True):
            results.append(measure(pid, peer, rate, arguments.seconds))
        memory = machine.rss(pid)
    machine.show()
    show(results, arguments.calls)
    legs = 2 * arguments.calls
    Console().print(
        f"memory of the process with {legs} legs: {memory / 1e6:.1f} MB; {without / 1e6:.1f} MB with none: "
        f"{(memory - without) / legs:.0f} bytes a leg, the rows of `show channels` included"
    )


@contextmanager
def controller(calls: int) -> Iterator[tuple[int, Peer]]:
    """`whisperpage serve`, connected to a switch with so many calls: its process id and our socket's side."""
    listener, port = listen()
    with tempfile.TemporaryDirectory() as folder, listener:
        environment = os.environ | {
            "WHISPERPAGE_DATABASE_URL": f"sqlite:///{folder}/idle.db",
            "WHISPERPAGE_SWITCH_URL": f"esl://:{PASSWORD}@127.0.0.1:{port}",
            "WHISPERPAGE_HTTP_LISTEN": "",
        }
        log = Path(folder) / "controller.log"
        command = [str(Path(sys.executable).parent / "whisperpage"), "serve"]
        with (
            log.open("wb") as out,
            subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process,
        ):
            peer = Peer(listener, Switch(calls).answer)
            answering = threading.Thread(target=keep_answering, args=(peer,))
            answering.start()
            while b"switch.up" not in log.read_bytes():
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
            time.sleep(1)
            yield process.pid, peer
            process.terminate()
            answering.join()


def keep_answering(peer: Peer) -> None:
    with suppress(EOFError, OSError):
        while True:
            peer.answer()


class Switch:
    """A switch with calls of two legs each; `show channels` has some 0.9 kB for each row."""

    def __init__(self, calls: int) -> None:
        row = {
            "direction": "outbound",
            "name": "sofia/internal/1002@pbx.test",
            "state": "CS_EXECUTE",
            "callstate": "ACTIVE",
            "context": "default",
            "padding": "x" * 650,
        }
        legs = [
            {"uuid": f"59a5244a-5783-4895-8621-{leg:012d}", "presence_id": f"{leg}@pbx.test"}
            | row
            | {"created_epoch": str(1_700_000_000 + leg)}
            for leg in range(2 * calls)
        ]
        told = {"row_count": len(legs)} | ({"rows": legs} if legs else {})
        self._channels = json.dumps(told, separators=(",", ":"))

    def answer(self, text: str) -> str:
        """The output of a command."""
        return self._channels if text.startswith("show channels") else "+OK"


def measure(pid: int, peer: Peer, rate: int, seconds: float) -> Result:
    """Send so many events in a second, for so many seconds."""
    stream = events(wanted(peer.subscription))
    sent, began, spent = 0, time.monotonic(), machine.cpu(pid)
    while (elapsed := time.monotonic() - began) < seconds:
        due = round(elapsed * rate) - sent
        if due:
            peer.play(b"".join(itertools.islice(stream, due)))
            sent += due
        time.sleep(POLL)
    took = time.monotonic() - began
    return Result(rate=sent / took, per_cent=100 * (machine.cpu(pid) - spent) / took)


def wanted(subscription: Sequence[str]) -> list[bytes]:
    """The recorded events that this subscription lets through (`event json NAME... CUSTOM SUBCLASS...`)."""
    names = set(subscription[1:])
    return [payload for payload in recordings.payloads() if recordings.read(payload).key in names]


def events(payloads: Sequence[bytes]) -> Iterator[bytes]:
    """Endless frames; in each repetition the calls have new uuids."""
    for turn in itertools.count():

        def renamed(match: re.Match[bytes], turn: int = turn) -> bytes:
            return match[0][:-8] + b"%08x" % ((int(match[0][-8:], 16) + turn) & 0xFFFFFFFF)

        for payload in payloads:
            yield recordings.json_frame(_UUID.sub(renamed, payload))


def show(results: Sequence[Result], calls: int) -> None:
    table = Table(title=f"`whisperpage serve` with {calls} calls up and no page")
    for column in ("events a second", "% of one core", "wanted", "CPU µs an event"):
        table.add_column(column, justify="right")
    floor = results[0].per_cent if results[0].rate == 0 else 0.0
    for each in results:
        judged = abs(each.rate - JUDGED) < JUDGED / 10
        missed = judged and each.per_cent >= LIMIT
        cell = f"{each.per_cent:.2f}"
        table.add_row(
            f"{each.rate:.0f}",
            f"[red]{cell}[/red]" if missed else cell,
            f"< {LIMIT:g}" if judged else "",
            f"{1e4 * (each.per_cent - floor) / each.rate:.1f}" if each.rate else "",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
