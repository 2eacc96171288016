"""The event socket beyond the contract's cases for both switches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.simulator.office import CUSTOMER, Office
from tests.contract.wire import Wire


@pytest.fixture
def wire(office: Office) -> Iterator[Wire]:
    connection = Wire(office.socket.port, clock=office.clock)
    yield connection
    connection.close()


def test_carriage_returns_are_no_part_of_a_command(wire: Wire) -> None:
    wire.send("api module_exists mod_loopback\r\n\r\n")
    assert wire.answer().body == "true"


def test_line_with_a_blank_line_in_it_is_two_commands(wire: Wire) -> None:
    wire.send("api module_exists a\n\napi module_exists mod_loopback\n\n")
    assert [wire.answer().body for _ in range(2)] == ["false", "true"]


def test_nothing_can_be_asked_before_the_login(office: Office) -> None:
    wire = Wire(office.socket.port, login=False, clock=office.clock)
    assert wire.command("api status").reply == "-ERR command not found"
    assert wire.command("auth ClueCon").reply == "+OK accepted"
    wire.close()


@pytest.mark.parametrize("command", ["fly away", "sendlog X", "myevents"])
def test_command_that_is_not_known_is_refused_and_remembered(
    office: Office, wire: Wire, command: str
) -> None:
    assert wire.command(command).reply.startswith("-ERR")
    if command != "myevents":
        assert office.switch.unknown == [f"command {command}"]
    office.switch.unknown.clear()


def test_message_can_hang_a_leg_up(office: Office, wire: Wire) -> None:
    call = office.dial(1002, "9555")
    office.settle(lambda: office.hears(CUSTOMER), "the call")
    message = f"sendmsg {call.leg.uuid}\ncall-command: hangup\nhangup-cause: USER_BUSY"
    assert wire.command(message).reply == "+OK"
    office.settle(lambda: call.cause == "USER_BUSY", "the end")


def test_events_come_in_plain_unless_json_is_asked_for(office: Office, wire: Wire) -> None:
    assert wire.command("event plain CHANNEL_CREATE").reply == "+OK event listener enabled plain"
    office.dial(1002, "3001")
    frame = wire.frame()
    assert frame.kind == "text/event-plain"
    assert "Channel-Presence-ID: 1002%40pbx.test\n" in frame.body


def test_events_wait_while_an_api_call_is_at_work(office: Office, wire: Wire) -> None:
    wire.command("event json CHANNEL_CREATE")
    office.phone(1003).behaviour = type(office.phone(1003).behaviour)(answers=False)
    wire.send("api originate {originate_timeout=2}user/1003@pbx.test &park()\n\n")
    first = wire.frame()
    assert (first.kind, first.body) == ("api/response", "-ERR NO_ANSWER\n")
    assert wire.frame().kind == "text/event-json"
