"""Faults on request, as a client of the event socket sees them."""

from __future__ import annotations

from dataclasses import replace

import gevent
import pytest

from controller.simulator import calls
from controller.simulator.office import Office
from tests.contract.wire import Wire


@pytest.fixture
def wire(office: Office) -> Wire:
    return Wire(office.socket.port, clock=office.clock)


def test_connection_is_cut_after_so_many_bytes(office: Office, wire: Wire) -> None:
    office.socket.faults.cut_after = 120  # some 100 bytes have already been sent
    with pytest.raises(EOFError):
        wire.api("status")
    wire.close()


def test_stalled_socket_answers_nothing_until_it_is_healed(office: Office, wire: Wire) -> None:
    office.socket.faults.stalled = True
    wire.send("api version\n\n")
    assert wire.none_comes(0.1)
    office.socket.faults.heal()
    assert wire.answer().body.startswith("FreeSWITCH Version")
    wire.close()


def test_stalled_socket_sends_no_events(office: Office, wire: Wire) -> None:
    wire.command("event json CHANNEL_CREATE")
    office.socket.faults.stalled = True
    office.dial(1002, "9555")
    assert wire.none_comes(0.1)
    wire.close()


def test_late_answer_comes_late(office: Office, wire: Wire) -> None:
    office.socket.faults.delay = 0.1
    wire.send("api version\n\n")
    assert wire.none_comes(0.05)
    assert wire.answer().kind == "api/response"
    wire.close()


@pytest.mark.parametrize("verb", ["api", "bgapi"])
def test_denied_call_is_refused_by_a_command_reply(office: Office, wire: Wire, verb: str) -> None:
    office.socket.faults.denied.add("uuid_kill")
    frame = wire.command(f"{verb} uuid_kill x")
    assert (frame.kind, frame.reply) == ("command/reply", "-ERR permission denied")
    wire.close()


def test_dropped_event_is_lost_and_the_others_come(office: Office, wire: Wire) -> None:
    office.socket.faults.drops = lambda event: event.name == "CHANNEL_CREATE"
    wire.command("event json CHANNEL_CREATE CHANNEL_ANSWER")
    office.dial(1002, "9555")
    assert wire.event(lambda event: True)["Event-Name"] == "CHANNEL_ANSWER"
    wire.close()


def test_address_outside_the_acl_is_sent_away(office: Office) -> None:
    office.socket.faults.refused = True
    wire = Wire(office.socket.port, login=False, clock=office.clock)
    assert wire.greeting.kind == "text/rude-rejection"
    assert wire.greeting.body == "Access Denied, go away.\n"
    with pytest.raises(EOFError):
        wire.frame()
    wire.close()


@pytest.mark.parametrize(("keep", "calls"), [(True, 2), (False, 0)])
def test_restart_cuts_every_client_and_keeps_the_calls_or_not(office: Office, keep: bool, calls: int) -> None:
    wire = Wire(office.socket.port, clock=office.clock)
    office.dial(1002, "9555")
    office.settle(lambda: office.hears(1002), "the call")
    office.restart(keep_calls=keep)
    with pytest.raises((EOFError, ConnectionError)):
        wire.api("status")
    wire.close()
    again = Wire(office.socket.port, clock=office.clock)
    assert again.api("show channels count").strip() == f"{calls} total."
    again.close()


def test_restarted_switch_has_its_phones_and_takes_calls(office: Office) -> None:
    office.restart()
    office.dial(1002, "1003")
    office.settle(lambda: office.hears(1003), "the call")


def test_eavesdrop_on_media_that_bypasses_the_switch_freezes_it(office: Office) -> None:
    call = office.dial(1002, "8555")
    office.settle(lambda: call.leg.state == "CS_HIBERNATE", "the bypass")
    wire = Wire(office.socket.port, clock=office.clock)
    office.dial(1003, f"spy-{call.leg.uuid}")
    office.settle(lambda: office.switch.frozen, "the freeze")
    wire.send("api version\n\n")
    assert wire.none_comes(0.1)
    wire.close()


def test_native_eavesdrop_of_packets_that_are_smaller_than_its_own_stops_the_switch(office: Office) -> None:
    call, spy = office.dial(1002, "9555"), office.dial(1003, "3001")
    office.settle(lambda: spy.leg.conference and call.leg.codec, "both calls")
    assert call.leg.codec
    spy.leg.codec = replace(call.leg.codec, rate=2 * call.leg.codec.rate)
    calls.queue(spy.leg, "native_eavesdrop", f"{call.leg.uuid} read")
    office.settle(lambda: office.switch.frozen, "the freeze")


def test_client_that_leaves_leaves_no_connection(office: Office) -> None:
    wire = Wire(office.socket.port, clock=office.clock)
    assert office.socket.connections == 1
    wire.close()
    office.settle(lambda: office.socket.connections == 0, "the end")
    gevent.sleep(0)


@pytest.mark.parametrize(("when", "mute"), [("before", ""), ("after", "true")])
def test_connection_is_ended_at_a_command_before_it_is_run_or_after(
    office: Office, wire: Wire, when: str, mute: str
) -> None:
    call = office.dial(1002, "9555")

    def cut(line: str, client: int) -> None:
        assert client == 1
        raise ConnectionAbortedError

    setattr(office.socket.faults, when, cut)
    with pytest.raises(EOFError):
        wire.api(f"uuid_setvar {call.leg.uuid} mute true")
    assert call.leg.text("mute") == mute
    office.socket.faults.heal()
    wire.close()


def test_events_of_a_stall_come_when_it_is_over(office: Office, wire: Wire) -> None:
    wire.command("event json CHANNEL_CREATE")
    office.socket.faults.stalled = True
    office.dial(1002, "3001")
    assert wire.none_comes(0.1)
    office.socket.faults.heal()
    assert wire.event(lambda event: True)["Event-Name"] == "CHANNEL_CREATE"
    wire.close()
