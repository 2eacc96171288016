"""CPU time per event, from received bytes to a handler that reads headers, beside greenswitch.

    python -m benchmarks.events [FILE.esl]

FILE.esl holds frames as the event socket sends them (default: the recorded call of the unit tests). We read
its events as JSON, which is what `Link` asks for, and greenswitch reads the same events as plain, all that it
knows. Times are the least of some runs, by the process's own CPU clock, so other programs do not count.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import gevent
from greenswitch import InboundESL
from rich.console import Console
from rich.table import Table

from controller.eventsocket.dispatcher import Dispatcher
from controller.eventsocket.events import EVENT_TYPES, Event, JsonEvent, PlainEvent
from controller.eventsocket.framing import Framer
from controller.eventsocket.protocol import Protocol

RECORDING = Path(__file__).parent.parent / "tests/unit/eventsocket/data/call.json.esl"
RUNS = 7
EVENTS_A_RUN = 2400
PIECE = 65536

#: What handlers look at. The last three are on few events: looking for what is not there costs most.
HEADERS = (
    "Unique-ID",
    "Channel-Presence-ID",
    "Channel-Call-State",
    "Answer-State",
    "variable_sip_user_agent",
    "Other-Leg-Unique-ID",
    "Old-Unique-ID",
    "Hangup-Cause",
)


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU time per event, beside greenswitch.")
    parser.add_argument("file", nargs="?", type=Path, default=RECORDING)
    events = _payloads(parser.parse_args().file)
    repeat = max(1, EVENTS_A_RUN // len(events))
    count = repeat * len(events)
    stream = b"".join(_frame("json", _as_json(event, payload)) for event, payload in events) * repeat
    plain = b"".join(_frame("plain", _as_plain(event, payload)) for event, payload in events) * repeat
    kb = len(stream) / count / 1000

    table = Table(title=f"CPU µs per event ({len(events)} kinds of {kb:.1f} kB, {count} a run)")
    table.add_column("what a handler does")
    for column in ("ours", "greenswitch", "times less"):
        table.add_column(column, justify="right")
    for what, headers in (
        ("nobody wants the event", None),
        ("takes it", ()),
        ("reads 4 headers", HEADERS[:4]),
        ("reads 8 headers", HEADERS),
    ):
        ours = _least(lambda headers=headers: _ours(stream, count, headers)) / count * 1e6
        theirs = _least(lambda headers=headers: _greenswitch(plain, count, headers)) / count * 1e6
        table.add_row(what, f"{ours:.1f}", f"{theirs:.1f}", f"{theirs / ours:.1f}")
    Console().print(table)


def _least(run: Callable[[], float]) -> float:
    return min(run() for _ in range(RUNS))


def _ours(stream: bytes, count: int, headers: Sequence[str] | None) -> float:
    """Seconds for what the reader and the dispatcher of a connection do."""
    handled = 0

    def handle(event: Event) -> None:
        nonlocal handled
        for name in headers or ():
            event.get(name)
        handled += 1

    protocol = Protocol(wanted=lambda key: headers is not None)
    dispatcher = Dispatcher(lambda key: (handle,))
    dispatcher.start()
    pieces = [stream[i : i + PIECE] for i in range(0, len(stream), PIECE)]
    start = time.process_time()
    for piece in pieces:
        protocol.receive_data(piece)
        while message := protocol.next_message():
            dispatcher.put(message)
        gevent.sleep(0)
    spent = time.process_time() - start
    dispatcher.stop()
    dispatcher.join()
    assert handled == (0 if headers is None else count)
    return spent


def _greenswitch(stream: bytes, count: int, headers: Sequence[str] | None) -> float:
    """Seconds for what greenswitch's reader and dispatcher do."""
    esl, handled = InboundESL("", 0, ""), 0

    def handle(event: object) -> None:
        nonlocal handled
        for name in headers or ():
            event.headers.get(name)
        handled += 1
        esl._run = handled < count

    if headers is not None:
        esl.register_handle("*", handle)
    esl.sock_file = io.BytesIO(stream)
    start = time.process_time()
    esl.receive_events()
    if headers is not None:
        esl.process_events()
    return time.process_time() - start


def _payloads(path: Path) -> list[tuple[Event, bytes]]:
    framer = Framer()
    framer.receive_data(path.read_bytes())
    frames = [(frame.headers["Content-Type"], bytes(frame.body)) for frame in iter(framer.next_frame, None)]
    return [(EVENT_TYPES[kind](payload), payload) for kind, payload in frames if kind in EVENT_TYPES]


def _frame(kind: str, payload: bytes) -> bytes:
    return b"Content-Length: %d\nContent-Type: text/event-%b\n\n%b" % (len(payload), kind.encode(), payload)


def _as_json(event: Event, payload: bytes) -> bytes:
    if isinstance(event, JsonEvent):
        return payload
    return json.dumps(dict(event.headers), separators=(",", ":"), ensure_ascii=False).encode()


def _as_plain(event: Event, payload: bytes) -> bytes:
    if isinstance(event, PlainEvent):
        return payload
    lines = (f"{name}: {quote(value)}\n" for name, value in event.headers.items() if name != "_body")
    return ("".join(lines) + "\n").encode()


if __name__ == "__main__":
    main()
