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
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from multiprocessing.connection import Connection as PipeEnd
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import machine, recordings
from benchmarks.peer import PASSWORD, Peer, listen
from controller.domain.console import Role
from controller.domain.names import UserName
from controller.store import bulk, console
from controller.store.everybody import open_to_all
from controller.store.session import Store

DOMAIN = "pbx.test"
TOKEN = "benchmark-benchmark-token"
#: The extension of the first user; the user behind the last one has no phone.
FIRST = 10_000
#: Colleagues in view of one console, the consoles for one at which somebody sits, and the seconds between the
#: questions of that one.
VIEW, SITTING, EVERY = 25, 10, 2.0
#: Seconds before a measurement; decisions a second; loads of each kind.
WARM_UP, DECISIONS, LOADS = 8.0, 5, 30
#: The changes of one call, and how many other calls begin before it is answered and before it ends.
ANSWERED, OVER = 60, 400
#: The targets (issue 17): per cent of a core, MB, seconds of delay for 99 %, milliseconds of a load.
CPU, MEMORY, DELAY, LOAD = 25.0, 150.0, 0.5, 50.0


# -- the switch --------------------------------------------------------------------------------------------


class OnePlay(Peer):
    """The switch's side of the event socket: one thread answers, another sends events."""

    lock = threading.Lock()

    def play(self, data: bytes) -> None:
        """Send bytes; nobody else's come between them."""
        with self.lock:
            super().play(data)


class Switch:
    """A switch on which users have a name and a desk phone each, and are in calls."""

    def __init__(self, users: int) -> None:
        self.users = users
        self._legs: dict[str, dict[str, str]] = {}
        self._known = {
            name: _template(name) for name in ("CHANNEL_CREATE", "CHANNEL_ANSWER", "CHANNEL_DESTROY")
        }
        rows = [{"reg_user": str(FIRST + number), "realm": DOMAIN} for number in range(users)]
        self._registrations = json.dumps({"row_count": users, "rows": rows})

    def answer(self, text: str) -> str:
        """The output of a command."""
        words = text.split()
        match words:
            case ["show", "registrations", *_]:
                return self._registrations
            case ["show", *_]:
                return '{"row_count":0}'
            case ["user_data", user, "attr", "id"]:
                return user.partition("@")[0]
            case ["user_data", user, "var", "effective_caller_id_name"]:
                return f"Person {user.partition('@')[0]}"
            case ["sofia_contact", user]:
                name = user.removeprefix("*/")
                there = int(name.partition("@")[0]) < FIRST + self.users
                return f"sofia/internal/sip:{name}@10.0.0.9:5060" if there else "error/user_not_registered"
            case ["sofia", "xmlstatus", *_]:
                return (
                    f"<p><registration><contact>&lt;sip:{words[-1]}@10.0.0.9:5060&gt;</contact>"
                    "<agent>Yealink SIP-T46S 66.85.0.5</agent></registration></p>"
                )
            case ["uuid_dump", uuid, *_]:
                leg = self._legs.get(uuid.removeprefix("far-"))
                if leg is None:
                    return "-ERR No such channel!"
                far = {"Unique-ID": uuid, "variable_bridge_to": leg["Unique-ID"], "Channel-Presence-ID": ""}
                return _json({**leg, **far} if uuid.startswith("far-") else leg)
            case ["uuid_buglist", *_]:
                return "<media-bugs></media-bugs>"
        return ""

    def run(self, peer: Peer, rate: float, going: threading.Event) -> None:
        """Send events by which so many users a second change their state, until `going` is cleared."""
        began, calls = time.monotonic(), 0
        ringing: deque[str] = deque()
        talking: deque[str] = deque()
        while going.is_set():
            while calls < (time.monotonic() - began) * rate / 3:
                user = str(FIRST + calls * 7 % self.users)
                ringing.append(f"{calls:08x}-{user}")
                peer.play(self._event("CHANNEL_CREATE", ringing[-1], user))
                if len(ringing) > ANSWERED:
                    uuid = ringing.popleft()
                    talking.append(uuid)
                    peer.play(self._event("CHANNEL_ANSWER", uuid, uuid.partition("-")[2]))
                if len(talking) > OVER:
                    uuid = talking.popleft()
                    peer.play(self._event("CHANNEL_DESTROY", uuid, uuid.partition("-")[2]))
                    del self._legs[uuid]
                calls += 1
            time.sleep(0.002)

    def _event(self, name: str, uuid: str, user: str) -> bytes:
        now = str(time.time_ns() // 1000)
        answered = name == "CHANNEL_ANSWER"
        leg = {
            **self._known[name],
            "Unique-ID": uuid,
            "Channel-Name": f"sofia/internal/{user}@10.0.0.9:5060",
            "Channel-Presence-ID": f"{user}@{DOMAIN}",
            "Call-Direction": "outbound",
            "Channel-Call-State": "ACTIVE" if answered else "RINGING",
            "Answer-State": "answered" if answered else "ringing",
            "Caller-Channel-Created-Time": now,
            "Caller-Channel-Answered-Time": now if answered else "0",
            "Event-Date-Timestamp": now,
            "variable_bridge_to": f"far-{uuid}" if answered else "",
            "variable_sip_user_agent": "Yealink SIP-T46S 66.85.0.5",
        }
        self._legs[uuid] = leg
        return recordings.json_frame(_json(leg).encode())


def _json(leg: dict[str, str]) -> str:
    """As the switch writes it."""
    return json.dumps(leg, separators=(",", ":"))


def _template(name: str) -> dict[str, str]:
    """A recorded event of an outbound leg, with everything that such an event has."""
    for payload in recordings.payloads():
        event: dict[str, str] = json.loads(payload)
        if event["Event-Name"] == name and event.get("Call-Direction") == "outbound":
            return event
    raise LookupError(name)


def play_switch(listener: object, users: int, rate: float, loaded: object) -> None:
    """A process: the switch, which begins to send events when `loaded` is set."""
    switch = Switch(users)
    peer = OnePlay(listener, switch.answer)  # type: ignore[arg-type]
    going = threading.Event()
    going.set()

    def send() -> None:
        loaded.wait()  # type: ignore[attr-defined]
        with suppress(OSError):
            switch.run(peer, rate, going)

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    with suppress(EOFError, OSError):
        while True:
            peer.answer()
    going.clear()


# -- the consoles ------------------------------------------------------------------------------------------


class Connection:
    """One HTTP connection, which is kept for as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, headers: dict[str, str], body: str = ""
    ) -> tuple[int, dict[str, str], bytes]:
        """The status, the headers and the body of an answer."""
        if self._streams and self._streams[0].at_eof():
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        reader, writer = self._streams
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", body]).encode())
        status, told = await _head(reader)
        content = await reader.readexactly(int(told.get("content-length", "0")))
        if told.get("connection", "") == "close":
            self.close()
        return status, told, content

    def close(self) -> None:
        """End it."""
        if self._streams:
            self._streams[1].close()
            self._streams = None


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    return int(lines[0].split()[1]), {name.lower(): value for name, value in headers.items()}


@dataclass
class Measured:
    """What the consoles have seen while `on`: seconds of delay, seconds of verdicts, and lost streams."""

    on: bool = False
    delays: list[float] = field(default_factory=list)
    verdicts: list[float] = field(default_factory=list)
    lost: int = 0


class OpenConsole:
    """A console: its stream, and its questions for verdicts."""

    def __init__(self, port: int, secret: str, users: int, number: int, measured: Measured) -> None:
        chance = random.Random(number)
        self._connection = Connection(port)
        self._port = port
        self._secret = secret
        self._view = {str(FIRST + each) for each in chance.sample(range(users), VIEW)}
        self._first = chance.random() * EVERY
        #: Whether somebody sits at it.
        self.asks = number % SITTING == 0
        self._unknown: set[str] = set()
        self._measured = measured
        self.headers: dict[str, str] = {}

    async def enter(self) -> None:
        """Log in by the link, and load what a page loads."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status, told, _ = await self._connection.ask("POST", "/login", form, f"secret={self._secret}")
        assert status == 303, status
        self.headers = {"Cookie": told["set-cookie"].partition(";")[0], "Accept-Encoding": "gzip"}
        for path in ("/", "/console/roll", "/console/colleagues"):
            await self.get(path)

    async def get(self, path: str) -> tuple[float, bytes]:
        """The seconds that an answer takes, and its body as sent."""
        began = time.perf_counter()
        status, _, body = await self._connection.ask("GET", path, self.headers)
        assert status == 200, (status, path, body)
        return time.perf_counter() - began, body

    async def follow(self) -> None:
        """Follow the stream until it ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        writer.write(f"GET /console/events HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode())
        status, _ = await _head(reader)
        assert status == 200, status
        event = b""
        while line := await reader.readline():
            if line.startswith(b"event: "):
                event = line[7:].strip()
            elif line.startswith(b"data: ") and event == b"state":
                self._take(json.loads(line[6:]))
        self._measured.lost += 1

    def _take(self, states: dict[str, dict[str, str]]) -> None:
        self._unknown |= self._view & states.keys()
        if self._measured.on:
            now = time.time()
            begun = [each["since"] for each in states.values() if each.get("state") in ("ringing", "on_call")]
            if begun:
                self._measured.delays.append(now - _seconds(random.choice(begun)))

    async def wonder(self) -> None:
        """Ask for the verdicts of those in view whose state has changed, for ever."""
        await asyncio.sleep(self._first)
        while True:
            wanted, self._unknown = self._unknown, set()
            if wanted:
                took, _ = await self.get("/console/verdicts?" + "&".join(f"ext={each}" for each in wanted))
                if self._measured.on:
                    self._measured.verdicts.append(took)
            await asyncio.sleep(EVERY)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def decide(port: int, seconds: float, users: int, told: PipeEnd) -> None:
    """A process: DECISIONS a second for so many seconds; it tells how long each took, in seconds.

    A process of its own, because the one with the consoles is busy with what they are sent.
    """
    connection = HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    took: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pager, target = (f"{FIRST + each}@{DOMAIN}" for each in (len(took) % users, users))
        began = time.perf_counter()
        connection.request("POST", "/api/v1/pages", json.dumps({"pager": pager, "target": target}), headers)
        answer = json.load(connection.getresponse())
        took.append(time.perf_counter() - began)
        assert answer["reason"] == "not_registered", answer
        time.sleep(1 / DECISIONS)
    told.send(took)


async def decisions(port: int, seconds: float, users: int) -> list[float]:
    """The seconds of each decision that the process makes."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=decide, args=(port, seconds, users, theirs))
    process.start()
    took: list[float] = await asyncio.to_thread(ours.recv)
    process.join()
    return took


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
