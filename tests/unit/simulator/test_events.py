"""Events are written exactly like FreeSWITCH's, and the project's reader reads them back."""

from __future__ import annotations

import pytest

from controller.eventsocket.events import JsonEvent, PlainEvent
from controller.simulator.events import SwitchEvent, url_encode


def test_json_is_one_flat_object_without_blanks() -> None:
    event = SwitchEvent("CHANNEL_CREATE", [("Unique-ID", "a"), ("many", ("x", "y"))])
    assert event.json() == b'{"Event-Name":"CHANNEL_CREATE","Unique-ID":"a","many":["x","y"]}'


def test_subclass_stands_before_the_name() -> None:
    assert SwitchEvent("CUSTOM", subclass="a::b").json() == b'{"Event-Subclass":"a::b","Event-Name":"CUSTOM"}'


def test_header_that_stands_twice_stands_twice_and_the_first_counts() -> None:
    event = SwitchEvent("X", [("a", "1"), ("a", "2")])
    assert event.json() == b'{"Event-Name":"X","a":"1","a":"2"}'
    assert event.get("a") == "1"


def test_bytes_that_are_no_utf8_go_out_as_they_are() -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert b'"caf\xe9"' in SwitchEvent("X", [("name", name)]).json()


def test_empty_value_is_no_header() -> None:
    event = SwitchEvent("X")
    event.add("a", "")
    assert event.json() == b'{"Event-Name":"X"}'


@pytest.mark.parametrize(
    ("value", "encoded"),
    [("a b", b"a%20b"), ("x%41", b"x%41"), ("x%4a", b"x%254a"), ("100%", b"100%25"), ("a,b(c)", b"a,b(c)")],
)
def test_plain_leaves_uppercase_escapes_as_they_are(value: str, encoded: bytes) -> None:
    assert url_encode(value) == encoded


def test_plain_has_its_body_after_the_blank_line() -> None:
    event = SwitchEvent("BACKGROUND_JOB", [("Job-UUID", "1")])
    event.body = "+OK x\n"
    assert event.plain() == b"Event-Name: BACKGROUND_JOB\nJob-UUID: 1\nContent-Length: 6\n\n+OK x\n"
    assert PlainEvent(event.plain()).body == "+OK x\n"


def test_controller_reads_what_was_written() -> None:
    hostile = 'x"\n,"Unique-ID":"evil'
    event = SwitchEvent("CHANNEL_ANSWER", [("Caller-Caller-ID-Name", hostile), ("Unique-ID", "real")])
    event.body = "text"
    read = JsonEvent(event.json())
    assert (read.name, read["Unique-ID"], read["Caller-Caller-ID-Name"], read.body) == (
        "CHANNEL_ANSWER", "real", hostile, "text",
    )  # fmt: skip
