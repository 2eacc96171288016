"""The recorded events of a FreeSWITCH 1.10.12: of calls, transfers, conferences, pages and others.

`data/events.json.esl.xz` has 674 events of 6.5 kB, as sent after `event json ALL` with some custom
subclasses: headers, a blank line, and the body.
"""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path
from urllib.parse import quote

from controller.eventsocket.events import EVENT_TYPES, Event
from controller.eventsocket.framing import Framer

FILE = Path(__file__).parent / "data/events.json.esl.xz"


@cache
def payloads() -> tuple[bytes, ...]:
    """The events' JSON, in the order in which the switch sent it."""
    framer = Framer()
    framer.receive_data(lzma.decompress(FILE.read_bytes()))
    return tuple(bytes(frame.body) for frame in iter(framer.next_frame, None))


def read(payload: bytes) -> Event:
    """An event from its JSON."""
    return EVENT_TYPES["text/event-json"](payload)


def json_frame(payload: bytes) -> bytes:
    """An event as `event json` sends it, from its JSON."""
    return _frame("json", payload)


def plain_frame(payload: bytes) -> bytes:
    """The same event as `event plain` sends it (switch_event_serialize, switch_event.c)."""
    headers = dict(read(payload).headers)
    body = headers.pop("_body", "")
    lines = "".join(f"{name}: {quote(value)}\n" for name, value in headers.items())
    return _frame("plain", f"{lines}\n{body}".encode())


def _frame(form: str, payload: bytes) -> bytes:
    return b"Content-Length: %d\nContent-Type: text/event-%b\n\n%b" % (len(payload), form.encode(), payload)
