"""Splits the event socket's bytes into frames, without IO.

The rules (`read_packet`, `listener_run` and `send_disconnect` of mod_event_socket.c):

- A frame is header lines, a blank line, and a body of Content-Length bytes; without Content-Length, no body.
- A header line is `Name: value` and a line feed. Values are not encoded. Of several headers with one name,
  the first counts.
- Blank lines before a frame are skipped: the text of a reply may end in one.
- The header block and the body have a maximum size, and Content-Length is a plain number. Otherwise the
  stream is not that of an event socket, or is out of step, and cannot be used any more: ProtocolError.
- The end of the stream in the middle of a frame is a ProtocolError, too.
- One frame has no blank line: the switch writes the reply to `userauth` into 512 bytes. The reply to a login
  with many `esl-allowed-*` rights is cut off there (`parse_command`), and the whole frame has 538 bytes.

However the stream is split, the bytes of a body are joined once; only a header block, which is small, is
searched again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, TypeVar

from controller.errors import ProtocolError

MAX_HEADER_BYTES = 16 * 1024
#: `show channels as json` has 0.9 kB for each leg.
MAX_BODY_BYTES = 32 * 1024 * 1024

#: The headers of nearly all frames, as read_packet writes them before an event. A length of 7 digits is
#: within the maximum.
_EVENT_HEADERS = re.compile(rb"Content-Length: ([0-9]{1,7})\nContent-Type: (text/event-[a-z]+)\n\n")
_LOGIN_REPLY = b"Content-Type: command/reply\nReply-Text: +OK accepted\n"
_CUT_LOGIN_REPLY = 538
#: The bytes of a body that is not left in the buffer after it was read.
_LARGE = 1024 * 1024


T = TypeVar("T")


class Frame(NamedTuple):
    """One frame."""

    headers: Mapping[str, str]
    body: bytes


class Framer(Generic[T]):
    """Reads the stream in pieces of any size and returns its frames."""

    def __init__(self, event: Callable[[bytes, bytes, int, int], T | None] | None = None) -> None:
        """Create the framer; `event` converts the frame of an event to the value that `next_frame` returns.

        Its arguments are the frame's Content-Type, the received bytes, and the start and end of the frame's
        body in them. If it returns None, the frame is skipped.
        """
        self._event = event
        self._buffer = b""
        self._start = 0  # of the next frame in _buffer
        self._pieces: list[bytes] = []  # received after _buffer
        self._missing = 0  # the number of bytes that the next frame still needs at least
        self._headers: Mapping[str, str] | None = None  # of the frame whose body has not come yet
        self._length = 0

    def receive_data(self, data: bytes) -> None:
        """Take the next bytes of the stream; then call `next_frame` until it returns None."""
        self._pieces.append(data)
        self._missing -= len(data)

    def receive_eof(self) -> None:
        """Note the end of the stream; raises ProtocolError in the middle of a frame."""
        self._join()
        if self._headers is not None or self._buffer.strip(b"\n"):
            raise ProtocolError("The switch closed the connection in the middle of a message.")

    def next_frame(self) -> Frame | T | None:
        """The next whole frame, or None until more bytes come; raises ProtocolError."""
        while self._missing <= 0:
            if self._pieces:
                self._join()
            if self._headers or not (usual := _EVENT_HEADERS.match(self._buffer, self._start)):
                return self._next_unusual()
            start = usual.end()
            end = start + int(usual[1])
            if end > len(self._buffer):
                self._missing = end - len(self._buffer)
                break
            self._start = end
            if self._event is None:
                headers = {"Content-Length": usual[1].decode(), "Content-Type": usual[2].decode()}
                return Frame(headers, self._buffer[start:end])
            if (event := self._event(usual[2], self._buffer, start, end)) is not None:
                return event
        return None

    def _next_unusual(self) -> Frame | None:
        if self._headers is None:
            self._headers = self._take_headers()
            if self._headers is None:
                self._missing = 1
                return None
        end = self._start + self._length
        if end > len(self._buffer):
            self._missing = end - len(self._buffer)
            return None
        frame = Frame(self._headers, self._buffer[self._start : end])
        self._headers = None
        self._start = end
        if self._length > _LARGE:  # it would stay here until more bytes come
            self._buffer, self._start = self._buffer[end:], 0
        return frame

    def _join(self) -> None:
        self._buffer = b"".join((self._buffer[self._start :], *self._pieces))
        self._pieces.clear()
        self._start = 0

    def _take_headers(self) -> Mapping[str, str] | None:
        block = self._take_header_block()
        if block is None:
            return None
        headers = _headers(block)
        self._length = _body_length(headers)
        return headers

    def _take_header_block(self) -> bytes | None:
        while self._buffer.startswith(b"\n", self._start):
            self._start += 1
        start, blank = self._start, self._buffer.find(b"\n\n", self._start)
        if not start <= blank <= start + _CUT_LOGIN_REPLY - 2 and self._starts_with_cut_login_reply():
            self._start += _CUT_LOGIN_REPLY
            return self._buffer[start : self._start].rpartition(b"\n")[0]
        if (blank if blank >= 0 else len(self._buffer)) - start > MAX_HEADER_BYTES:
            raise ProtocolError(f"The switch sent {MAX_HEADER_BYTES} bytes without an end of headers.")
        if blank < 0:
            return None
        self._start = blank + 2
        return self._buffer[start:blank]

    def _starts_with_cut_login_reply(self) -> bool:
        waiting = len(self._buffer) - self._start
        return waiting >= _CUT_LOGIN_REPLY and self._buffer.startswith(_LOGIN_REPLY, self._start)


def _headers(block: bytes) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\n"):
        name, separator, value = line.partition(": ")
        if not separator:
            raise ProtocolError(f"The switch sent {line[:80]!r} where a header should be: check the port.")
        headers.setdefault(name, value)
    return headers


def _body_length(headers: Mapping[str, str]) -> int:
    length = headers.get("Content-Length", "0")
    if not (length.isascii() and length.isdigit() and len(length) <= 10 and int(length) <= MAX_BODY_BYTES):
        raise ProtocolError(f"The switch sent a Content-Length of {length[:20]!r}.")
    return int(length)
