"""Consoles that are open, and decisions beside them, for a controller in another process."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import time
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from multiprocessing.connection import Connection as PipeEnd

from benchmarks.busy_switch import DOMAIN, FIRST

TOKEN = "benchmark-benchmark-token"
#: Colleagues in view of one console, the consoles for one at which somebody sits, and the seconds between the
#: questions of that one.
VIEW, SITTING, EVERY = 25, 10, 2.0
#: Decisions a second.
DECISIONS = 5


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
        assert answer.get("reason") == "not_registered", answer
        time.sleep(1 / DECISIONS)
    told.send(took)


async def decisions(port: int, seconds: float, users: int) -> list[float]:
    """The seconds of each decision that the process makes."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=decide, args=(port, seconds, users, theirs))
    process.start()
    theirs.close()  # so that the end of the process is seen
    took: list[float] = await asyncio.to_thread(ours.recv)
    process.join()
    return took
