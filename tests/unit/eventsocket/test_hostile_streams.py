"""Any bytes end a connection with one of our errors and in bounded memory, and no other connection ends."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import gevent
import pytest
from structlog.testing import capture_logs

from controller.errors import SwitchError
from controller.eventsocket import api
from controller.eventsocket.connection import Connection
from tests.unit.eventsocket.conftest import HALF_A_FRAME, FakeSwitch, event
from tests.unit.eventsocket.hostile import STREAMS

#: The memory in bytes that one connection may use, including its largest body.
BOUND = 80_000_000


def memory() -> int:
    """The memory of this process in bytes."""
    return 1024 * int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0])


@pytest.fixture
def unhandled(monkeypatch):
    """The errors that have ended greenlets."""
    died = []
    hub = gevent.get_hub()
    monkeypatch.setattr(hub, "print_exception", lambda context, kind, value, trace: died.append(value))
    return died


@pytest.fixture
def other(within):
    """Another connection, to another switch."""
    switch = FakeSwitch()
    connection = Connection(switch.address)
    connection.connect()
    connection.dispatch()
    yield connection
    connection.stop()
    switch.stop()


def survived(connection: Connection, other: Connection, unhandled: list[object], before: int) -> None:
    assert connection.closed.wait(60)
    assert isinstance(connection.error, SwitchError)
    assert unhandled == []
    assert memory() - before < BOUND
    assert other.api(api.status(), 5).text == "UP 0 years"


def test_there_are_79_of_them():
    assert len(STREAMS) == 79


@pytest.mark.parametrize("name", STREAMS)
def test_stream_in_the_middle_of_a_connection_ends_only_that(name, switch, other, unhandled, eventually):
    before = memory()
    connection, seen = Connection(switch.address), []
    connection.connect()
    connection.register_handle("*", lambda e: seen.append((e.get("Number"), e.get("Unique-ID"), e.headers)))
    connection.dispatch()
    with capture_logs():
        switch.say(event("A", {"Number": "1"}))
        eventually(lambda: seen)
        with suppress(OSError):  # the connection may be closed already
            switch.say(STREAMS[name])
            switch.hang_up()
        survived(connection, other, unhandled, before)
        connection.stop()
    assert seen[:1] == [("1", None, {"Event-Name": "A", "Number": "1"})]
    assert not [each for each in seen if each[0] == "forged" or each[1] == "evil"]


@pytest.mark.parametrize("name", STREAMS)
def test_stream_in_place_of_a_greeting_ends_the_login(name, switch, other, unhandled):
    before = memory()
    switch.greeting = STREAMS[name] + HALF_A_FRAME
    connection = Connection(switch.address, timeout=0.2)
    with pytest.raises(SwitchError):
        connection.connect()
    survived(connection, other, unhandled, before)
