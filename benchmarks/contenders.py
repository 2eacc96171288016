"""Readers of events, each in a process of its own: ours, and other libraries.

    python -m benchmarks.contenders NAME PORT HEADERS

It logs in at PORT, subscribes, and prints as JSON the CPU time and the wall time from the event START to the
event END. A handler reads the first HEADERS of HEADERS from each event in between; with 0, no handler is
registered for these events.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import Callable

from benchmarks.peer import PASSWORD

#: Subclasses of the CUSTOM events around those that are measured.
START, END = "benchmark::start", "benchmark::end"
#: The headers that handlers read; nearly all events have each of them.
HEADERS = ("Unique-ID", "Channel-Presence-ID", "Channel-Call-State", "Answer-State")


class Count:
    """The measurement, which is printed when the last event is handled."""

    def __init__(self, headers: int) -> None:
        self.headers = HEADERS[:headers]
        self._handled = 0
        self._cpu = 0.0

    def start(self) -> None:
        """Start to measure."""
        self._handled, self._cpu = 0, time.process_time()

    def handle(self, get: Callable[[str], object]) -> None:
        """Handle an event."""
        for name in self.headers:
            get(name)
        self._handled += 1

    def end(self) -> None:
        """Print the measured times."""
        cpu, until = time.process_time() - self._cpu, time.monotonic()
        print(json.dumps({"cpu": cpu, "until": until, "handled": self._handled}), flush=True)


def whisperpage(port: int, count: Count) -> None:
    """The controller's own connection."""
    from controller.eventsocket import commands
    from controller.eventsocket.connection import Connection
    from controller.switch_address import SwitchAddress

    connection = Connection(SwitchAddress("127.0.0.1", port, PASSWORD))
    if count.headers:
        connection.register_handle("*", lambda event: count.handle(event.get))
    connection.register_handle(START, lambda event: count.start())
    connection.register_handle(END, lambda event: count.end())
    connection.connect()
    connection.dispatch()
    connection.send(commands.subscribe(("ALL",)), 5)
    connection.closed.wait()


def greenswitch(port: int, count: Count) -> None:
    """The library on which our connection is based, unchanged."""
    import gevent
    from greenswitch import InboundESL

    esl = InboundESL("127.0.0.1", port, PASSWORD)
    if count.headers:
        esl.register_handle("*", lambda event: count.handle(event.headers.get))
    esl.register_handle(START, lambda event: count.start())
    esl.register_handle(END, lambda event: count.end())
    esl.connect()
    esl.send("event plain ALL")
    while esl.connected:
        gevent.sleep(0.1)


def genesis(port: int, count: Count) -> None:
    """An asyncio library."""
    from genesis import Inbound

    async def read() -> None:
        async def start(event: object) -> None:
            count.start()

        async def end(event: object) -> None:
            count.end()

        async def handle(event: dict[str, str]) -> None:
            if event.get("Event-Subclass") not in (START, END):
                count.handle(event.get)

        async with Inbound("127.0.0.1", port, PASSWORD) as client:
            if count.headers:
                client.on("*", handle)
            client.on(START, start)
            client.on(END, end)
            await client.send("events plain ALL")
            await client._closed.wait()

    asyncio.run(read())


def bare(port: int, count: Count) -> None:
    """The minimum, without any features: it receives bytes, and decodes each event with orjson."""
    import orjson

    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(f"auth {PASSWORD}\n\nevent json ALL\n\n".encode())
        buffer = b""
        while data := sock.recv(65536):
            buffer += data
            start = 0
            while (end := buffer.find(b"\n\n", start)) >= 0:
                head = buffer[start:end]
                length = int(head[16 : head.index(b"\n")]) if head.startswith(b"Content-Length: ") else 0
                if end + 2 + length > len(buffer):
                    break
                start = end + 2 + length
                if length:
                    event = orjson.loads(buffer[end + 2 : start])
                    subclass = event.get("Event-Subclass")
                    if subclass == START:
                        count.start()
                    elif subclass == END:
                        count.end()
                    elif count.headers:
                        count.handle(event.get)
            buffer = buffer[start:]


CONTENDERS: dict[str, Callable[[int, Count], None]] = {
    "whisperpage": whisperpage,
    "greenswitch": greenswitch,
    "genesis": genesis,
    "bare": bare,
}


if __name__ == "__main__":
    CONTENDERS[sys.argv[1]](int(sys.argv[2]), Count(int(sys.argv[3])))
