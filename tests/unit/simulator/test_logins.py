"""Logins with limited rights, also with the controller's own client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.simulator.logins import Login
from controller.simulator.office import Office
from tests.contract.wire import Wire

LOGIN = Login("secret", frozenset({"status", "eval", "bgapi"}), frozenset({"CHANNEL_CREATE", "a::b"}))


@pytest.fixture
def wire(office: Office) -> Iterator[Wire]:
    """A connection that is logged in with limited rights."""
    office.switch.configuration.logins["esl@pbx.test"] = LOGIN
    wire = Wire(office.socket.port, login=False, clock=office.clock)
    frame = wire.command("userauth esl@pbx.test:secret")
    assert frame.reply == "+OK accepted"
    assert frame.headers["Allowed-API"] == "bgapi eval status"
    yield wire
    wire.close()


@pytest.mark.parametrize(
    ("name", "argument", "allowed"),
    [
        ("status", "", True),
        ("uuid_kill", "x", False),
        ("bgapi", "status", True),
        ("bgapi", "uuid_kill x", False),
        ("eval", "bgapi uuid_kill x", False),
    ],
)
def test_call_is_allowed_with_what_it_calls(name: str, argument: str, allowed: bool) -> None:
    assert LOGIN.may_call(name, argument) is allowed
    assert Login("").may_call(name, argument)


def test_allowed_call_is_answered_and_another_denied(wire: Wire) -> None:
    assert wire.command("api status").kind == "api/response"
    frame = wire.command("api uuid_kill x")
    assert (frame.kind, frame.reply) == ("command/reply", "-ERR permission denied")


@pytest.mark.parametrize(
    ("events", "reply"),
    [
        ("json CHANNEL_CREATE CUSTOM a::b", "+OK event listener enabled json"),
        ("json CHANNEL_ANSWER", "-ERR permission denied"),
        ("json CUSTOM c::d", "-ERR permission denied"),
    ],
)
def test_allowed_events_are_subscribed(wire: Wire, events: str, reply: str) -> None:
    assert wire.command(f"event {events}").reply == reply


@pytest.mark.parametrize("login", ["esl@pbx.test:wrong", "nobody@pbx.test:secret"])
def test_wrong_login_is_refused(office: Office, login: str) -> None:
    office.switch.configuration.logins["esl@pbx.test"] = LOGIN
    wire = Wire(office.socket.port, login=False, clock=office.clock)
    assert wire.command(f"userauth {login}").reply == "-ERR invalid"
    wire.close()
