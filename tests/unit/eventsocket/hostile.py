"""79 hostile streams of bytes, each with a name, as a misused switch or an impostor might send them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.unit.eventsocket.conftest import event, frame

JSON = b"Content-Type: text/event-json\n"
PLAIN = b"Content-Type: text/event-plain\n"
OK = frame("command/reply", Reply_Text="+OK")


def _body(kind: bytes, body: bytes) -> bytes:
    return b"Content-Length: %d\n%b\n%b" % (len(body), kind, body)


def _lengths() -> Iterator[tuple[str, bytes]]:
    """Bodies with an invalid or wrong length."""
    for text in (
        "-1",
        "-99999",
        "+5",
        "0x10",
        "1e3",
        "5.0",
        "5 ",
        " 5",
        "",
        "five",
        "\u0665",
        "²",
        "NaN",
        "1_0",
        "00",
    ):
        yield f"length {text!r}", b"Content-Length: %b\n%b\n{}" % (text.encode(), JSON)
    for power in (25, 31, 32, 63, 64, 1000):
        yield f"length 2^{power}", b"Content-Length: %d\n%b\n{}" % (2**power, JSON)
    yield "length of 5000 digits", b"Content-Length: " + b"9" * 5000 + b"\n" + JSON + b"\n"
    yield "length too short", b"Content-Length: 4\n" + JSON + b'\n{"Event-Name":"A"}'
    yield "length too long by one", b"Content-Length: 19\n" + JSON + b'\n{"Event-Name":"A"}' + OK
    yield "two lengths", b"Content-Length: 2\nContent-Length: 9000000\n" + JSON + b"\n{}"
    yield "two lengths, the second right", b"Content-Length: 9000000\nContent-Length: 2\n" + JSON + b"\n{}"
    yield "length in small letters", b"content-length: 18\n" + JSON + b'\n{"Event-Name":"A"}'


def _frames() -> Iterator[tuple[str, bytes]]:
    """Header blocks that are invalid or have no end."""
    yield "no header at all", b"\n" * 100_000
    yield "header without a colon", b"Content-Type\n\n"
    yield "header without a blank", b"Content-Type:auth/request\n\n"
    yield "header without a name", b": value\n\n"
    yield "carriage returns", b"Content-Type: auth/request\r\n\r\n"
    yield "carriage returns alone", b"Content-Type: auth/request\r\r"
    yield "no Content-Type", b"Reply-Text: +OK\n\n"
    yield "unknown Content-Type", frame("text/evil", b"{}") * 1000
    yield "Content-Type that is no text", b"Content-Type: \xff\xfe\x00\n\n"
    yield "null bytes", b"\0" * 1000 + b"\n\n"
    yield "header without an end", b"A: " + b"x" * 1_000_000
    yield "header lines without an end", b"A: x\n" * 1_000_000
    yield "many header lines", b"A: x\n" * 3000 + b"Content-Type: auth/request\n\n"
    yield "line separators", "Content-Type: command/reply\u2028Reply-Text: +OK\n\n".encode()
    yield "other line ends", "Content-Type: command/reply\x0b\x0c\x1c\x85\u2029Reply-Text: +OK\n\n".encode()
    yield "another protocol", b"SSH-2.0-OpenSSH_9.2\r\n"
    yield "a web server", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nhello"
    yield "TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256))
    yield "a frame within a header", b"X: " + OK + event("A")
    yield "half a header", b"Content-Ty"
    yield "half a body", b"Content-Length: 100\n" + JSON + b"\nhalf"
    yield "half of a large body", b"Content-Length: 30000000\n" + JSON + b"\n" + b"x" * 8_000_000
    yield "all bytes there are", bytes(range(256)) * 100


def _answers() -> Iterator[tuple[str, bytes]]:
    """Answers without a command, and early ends."""
    yield "answer to nothing", OK
    yield "output for nothing", frame("api/response", b"+OK")
    yield "a thousand answers", OK * 1000
    yield "login asked for again", frame("auth/request") * 1000
    yield "rejection", frame("text/rude-rejection", b"Access Denied, go away.\n")
    yield "goodbye", frame("text/disconnect-notice", b"Disconnected, goodbye.\n")
    yield "goodbye without a word", frame("text/disconnect-notice")
    yield "goodbye that is no text", _body(b"Content-Type: text/disconnect-notice\n", b"\xff\xfe" * 1000)
    yield "login reply that is cut", (b"Content-Type: command/reply\nReply-Text: +OK accepted\n" + b"A" * 600)
    yield "log lines", frame("log/data", b"x" * 1000) * 1000


def _events() -> Iterator[tuple[str, bytes]]:
    """Events with forged headers, and unreadable ones."""
    for name, body in {
        "nothing": b"",
        "no object": b"[]",
        "a number": b"7",
        "half": b'{"Event-Name":"A","X":"',
        "a name that is a list": b'{"Event-Name":["A","B"]}',
        "a name that is a number": b'{"Event-Name":7}',
        "a name that is empty": b'{"Event-Name":""}',
        "no name": b'{"X":"Y"}',
        "no UTF-8": b'{"Event-Name":"A","Number":"\xff\xfe"}',
        "half a character": b'{"Event-Name":"A","Number":"\\ud800"}',
        "an escape that is none": b'{"Event-Name":"A","Number":"\\x"}',
        "a forged header": b'{"Event-Name":"A","X":"\\",\\"Number\\":\\"forged","Number":"true"}',
        "a name twice": b'{"Event-Name":"A","Event-Name":"B","Number":"1","Number":"2"}',
        "100,000 brackets": b'{"Event-Name":"A","Number":' + b"[" * 100_000 + b"}",
        "a number as an object": b'{"Event-Name":"A","Number":{"a":"b"}}',
        "line ends": b'{"Event-Name":"A","Number":"\\r\\n\\r\\nContent-Type: auth/request\\n\\n"}',
    }.items():
        yield f"event: {name}", _body(JSON, body)
    yield (
        "plain event: a forged header",
        _body(PLAIN, b"Event-Name: A\nNumber: x%0AUnique-ID: evil\nUnique-ID: true\n\n"),
    )
    yield "plain event: nothing", _body(PLAIN, b"\n\n")
    yield "an event for ever", event("A") * 3 + b"Content-Length: 20\n" + JSON + b"\n{"


STREAMS: Mapping[str, bytes] = dict([*_lengths(), *_frames(), *_answers(), *_events()])
