"""Events as FreeSWITCH writes them: an ordered list of headers, as JSON or plain text.

JSON (switch_event_serialize_json, switch_event.c; print_string_ptr, cJSON.c) is one flat object without
blanks. A header that occurs twice is written twice. Bytes of 0x80 and above are written unchanged, UTF-8 or
not. Plain (switch_event_serialize; switch_url_encode, switch_utils.c) has names unchanged and values with
%XX. A `%41` that the value already contains is not encoded, so its reader cannot distinguish the two. Text
that is not UTF-8 is kept with Python's surrogateescape.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache

Value = str | tuple[str, ...]

_UNSAFE = frozenset(b'\r\n #%&+:;<=>?@[\\]^`{|}"')
_encode = json.JSONEncoder(ensure_ascii=False).encode
_HEX = frozenset(b"0123456789ABCDEF")


class SwitchEvent:
    """One event. Headers keep the order of their addition; `body` follows them."""

    __slots__ = ("_encoded", "body", "headers", "name", "subclass")

    def __init__(self, name: str, headers: Iterable[tuple[str, Value]] = (), subclass: str = "") -> None:
        self.name = name
        self.subclass = subclass
        first = (("Event-Subclass", subclass),) if subclass else ()  # switch_event_dup puts it first
        self.headers: list[tuple[str, Value]] = [*first, ("Event-Name", name), *headers]
        self.body = ""
        self._encoded: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"<{self.subclass or self.name} {self.get('Channel-Name')} {self.get('Unique-ID')}>"

    def __iter__(self) -> Iterator[tuple[str, Value]]:
        return iter(self.headers)

    def add(self, name: str, value: Value) -> None:
        """Add a header at the end, unless its value is empty (switch_event_add_header_string)."""
        if value:
            self.headers.append((name, value))

    def get(self, name: str, default: str = "") -> str:
        """The first header with this name, like for FreeSWITCH's own readers."""
        for each, value in self.headers:
            if each == name:
                return one(value)
        return default

    def json(self) -> bytes:
        """The event as `event json` sends it; also the answer to `uuid_dump UUID json`."""
        if "json" not in self._encoded:
            self._encoded["json"] = to_json(self._whole())
        return self._encoded["json"]

    def plain(self) -> bytes:
        """The event as `event plain` sends it, with the body after the blank line."""
        if "plain" not in self._encoded:
            self._encoded["plain"] = self._plain()
        return self._encoded["plain"]

    def _whole(self) -> Iterator[tuple[str, Value]]:
        yield from self.headers
        if self.body:
            yield "Content-Length", str(len(_bytes(self.body)))
            yield "_body", self.body

    def _plain(self) -> bytes:
        lines = [b"%b: %b\n" % (_bytes(name), url_encode(one(value))) for name, value in self.headers]
        if not self.body:
            return b"".join([*lines, b"\n"])
        body = _bytes(self.body)
        return b"".join([*lines, b"Content-Length: %d\n\n" % len(body), body])


def one(value: Value) -> str:
    """Group values as one text, joined like in switch_event_base_add_header."""
    return value if isinstance(value, str) else "ARRAY::" + "|:".join(value)


def to_json(headers: Iterable[tuple[str, Value]]) -> bytes:
    """Headers as one JSON object, duplicates included."""
    return b"{%b}" % b",".join(b"%b:%b" % (_string(name), _value(value)) for name, value in headers)


def url_encode(value: str) -> bytes:
    """switch_url_encode: an uppercase %XX that already exists is not encoded again."""
    data, out = _bytes(value), bytearray()
    for at, byte in enumerate(data):
        escaped = byte == 0x25 and len(data) - at > 2 and set(data[at + 1 : at + 3]) <= _HEX
        if not escaped and (not 0x20 <= byte <= 0x7E or byte in _UNSAFE):
            out += b"%%%02X" % byte
        else:
            out.append(byte)
    return bytes(out)


def _value(value: Value) -> bytes:
    return _string(value) if isinstance(value, str) else b"[%b]" % b",".join(map(_string, value))


@lru_cache(maxsize=8192)  # the names, and most values, come again in the next event
def _string(text: str) -> bytes:
    return _bytes(_encode(text))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
