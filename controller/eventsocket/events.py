"""Events as values that are read lazily: the name from the first bytes, a header when it is asked for.

An event has some 7 kB and 200 headers, of which a handler reads a few. So a header is searched for in the
bytes themselves. This is exact, and cheaper than decoding the whole event:

- FreeSWITCH copies each event before it sends it, and the copy starts with Event-Subclass if there is one
  (`switch_event_dup`, switch_event.c). Otherwise it starts with Event-Name, unless a program built the event
  by hand (`sendevent`, the `event` application). In that case the name is searched for like any other header.
- JSON (`switch_event_serialize_json`, switch_event.c; `print_string_ptr`, cJSON.c) is one flat object of
  strings and arrays of strings, without blanks. A quote within a string is always escaped. So the bytes
  `,"Unique-ID":` occur only at that header, whatever text a caller has chosen as a name.
- If a header occurs twice, the first one counts, as it does for FreeSWITCH's own readers.
- Bytes that are not UTF-8 are replaced (U+FFFD) in their header; they never make an event unreadable.
- Plain (`switch_event_serialize`) encodes values but not names: only a line feed ends a line, and the value
  is decoded after that. A `%41` that the value already contains is not encoded again, so plain is ambiguous
  where JSON is not: use JSON.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar, overload
from urllib.parse import unquote_to_bytes

import orjson

from controller.errors import ProtocolError

_SIMPLE_STRING = re.compile(rb'"([^"\\]*)"')
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_STRING_OR_ARRAY = re.compile(rb"%b|\[(?:%b(?:,%b)*)?\]" % (_STRING, _STRING, _STRING))


class Event(ABC):
    """One event; a header that it does not have reads as None, or as the given default.

    A header with several values reads as FreeSWITCH writes it elsewhere: `ARRAY::first|:second`.
    """

    __slots__ = ("_payload", "key", "name", "subclass")
    #: The usual first bytes of an event, with (1) its name or (2) the subclass of a CUSTOM event.
    _HEAD: ClassVar[re.Pattern[bytes]]

    #: The Event-Name, such as `CHANNEL_CREATE`; empty for bytes that are no event.
    name: str
    #: The Event-Subclass of a CUSTOM event, such as `conference::maintenance`; empty for others.
    subclass: str
    #: The key of its handlers: the subclass of a CUSTOM event, the name of any other.
    key: str

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        head = self._HEAD.match(payload)
        if head is None:
            self.name, self.subclass = self.get("Event-Name", ""), self.get("Event-Subclass", "")
        elif name := head[1]:
            self.name, self.subclass = name.decode(), ""
        else:
            self.name, self.subclass = "CUSTOM", head[2].decode("utf-8", "replace")
        self.key = self.subclass if self.name == "CUSTOM" else self.name

    @classmethod
    def peek(cls, received: bytes, start: int, end: int) -> str | None:
        """The `key` of the event in `received[start:end]`; None if its first bytes do not have it."""
        head = cls._HEAD.match(received, start, end)
        return head[head.lastindex or 0].decode("utf-8", "replace") if head else None

    def __repr__(self) -> str:
        return f"<Event {self.key} {self.get('Unique-ID', '')}>"

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """The header `name`, decoded."""
        value = self._find(name)
        return default if value is None else value

    def __getitem__(self, name: str) -> str:
        value = self._find(name)
        if value is None:
            raise KeyError(f"{self.key} has no {name}")
        return value

    @overload
    def variable(self, name: str) -> str | None: ...
    @overload
    def variable(self, name: str, default: str) -> str: ...
    def variable(self, name: str, default: str | None = None) -> str | None:
        """The channel variable `name`, which is the header `variable_name`."""
        value = self._find(f"variable_{name}")
        return default if value is None else value

    @property
    @abstractmethod
    def body(self) -> str:
        """The text after the headers, such as a background job's output; empty for most events."""

    @property
    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """All headers. Each use decodes the whole event: it is for showing an event, not for reading it."""

    @abstractmethod
    def _find(self, name: str) -> str | None: ...


class JsonEvent(Event):
    """An event as `event json` sends it; also the answer to `uuid_dump UUID json`."""

    __slots__ = ()
    _HEAD = re.compile(
        rb'\{"Event-(?:Name":"(?!CUSTOM")([A-Z_]+)"|Subclass":"([^"\\]+)","Event-Name":"CUSTOM")'
    )

    @property
    def body(self) -> str:
        """The header `_body`."""
        return self._find("_body") or ""

    @property
    def headers(self) -> Mapping[str, str]:
        """All headers, `_body` among them."""
        pairs = json.loads(self._payload.decode("utf-8", "replace"), object_pairs_hook=tuple)
        headers: dict[str, str] = {}
        for name, value in pairs:
            headers.setdefault(name, _one(value))
        return headers

    def _find(self, name: str) -> str | None:
        payload, key = self._payload, _key(name)
        start = payload.find(key)
        while start > 0 and payload[start - 1] not in b"{,":  # the end of a longer, escaped name
            start = payload.find(key, start + 1)
        if start < 0:
            return None
        start += len(key)
        if value := _SIMPLE_STRING.match(payload, start):
            return value[1].decode("utf-8", "replace")
        escaped = _STRING_OR_ARRAY.match(payload, start)
        try:
            return _one(orjson.loads(escaped.group().decode("utf-8", "replace") if escaped else ""))
        except orjson.JSONDecodeError:
            raise ProtocolError(f"The switch sent an event whose {name} cannot be read.") from None


class PlainEvent(Event):
    """An event as `event plain` sends it."""

    __slots__ = ()
    _HEAD = re.compile(rb"Event-(?:Name: (?!CUSTOM\n)([A-Z_]+)\n|Subclass: ([^\n%]+)\nEvent-Name: CUSTOM\n)")

    @property
    def body(self) -> str:
        """The text after the blank line."""
        return self._payload.partition(b"\n\n")[2].decode("utf-8", "replace")

    @property
    def headers(self) -> Mapping[str, str]:
        """All headers, without the body."""
        headers: dict[str, str] = {}
        for line in self._payload.partition(b"\n\n")[0].split(b"\n"):
            name, found, value = line.partition(b": ")
            if found:
                headers.setdefault(name.decode("utf-8", "replace"), _decoded(value))
        return headers

    def _find(self, name: str) -> str | None:
        payload, key = self._payload, name.encode() + b": "
        if payload.startswith(key):
            start = len(key)
        else:
            before = payload.find(b"\n" + key)
            if before < 0 or payload.find(b"\n\n", 0, before + 1) >= 0:  # not there, or in the body
                return None
            start = before + 1 + len(key)
        end = payload.find(b"\n", start)
        return _decoded(payload[start : end if end >= 0 else len(payload)])


#: The kinds of events, by the Content-Type of their frames.
EVENT_TYPES: Mapping[str, type[Event]] = {"text/event-json": JsonEvent, "text/event-plain": PlainEvent}


@lru_cache(maxsize=1024)
def _key(name: str) -> bytes:
    """A header's name as it stands in JSON."""
    return b"%b:" % orjson.dumps(name)


def _one(value: str | list[str]) -> str:
    """A header's value as one text; joined as in switch_event_base_add_header (switch_event.c)."""
    if isinstance(value, str):
        return value
    return value[0] if len(value) == 1 else "ARRAY::" + "|:".join(value)


def _decoded(value: bytes) -> str:
    return unquote_to_bytes(value).decode("utf-8", "replace")
