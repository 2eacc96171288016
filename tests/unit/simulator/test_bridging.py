"""The legs of a bridge, and what they do when it ends."""

from __future__ import annotations

import gevent
import pytest

from controller.simulator.media import Quality
from controller.simulator.office import CUSTOMER, Office
from controller.simulator.phones import PhoneCall


@pytest.fixture
def call(office: Office) -> PhoneCall:
    """1002 talks with the customer."""
    call = office.dial(1002, "9555")
    office.settle(lambda: call.leg.text("bridge_to"), "the call")
    return call


def far(call: PhoneCall) -> PhoneCall:
    assert call.leg.link
    other = call.leg.link.peer.endpoint
    assert isinstance(other, PhoneCall)
    return other


@pytest.mark.parametrize("side", ["originator", "peer"])
def test_both_legs_go_when_either_hangs_up(office: Office, call: PhoneCall, side: str) -> None:
    (call if side == "originator" else far(call)).hang_up("USER_BUSY")
    office.settle(lambda: not office.switch.channels, "both legs to be gone")
    assert call.cause == "USER_BUSY"


def test_originator_goes_on_in_its_dialplan_if_it_is_not_to_hang_up(office: Office, call: PhoneCall) -> None:
    call.leg.set("hangup_after_bridge", None)
    call.leg.actions.extend(office.switch.configuration.dialplan.hunt("default", lambda field: "3001"))
    far(call).hang_up()
    office.settle(lambda: call.leg.conference == "3001", "the conference")


def test_legs_know_their_partner_while_the_bridge_lasts(office: Office, call: PhoneCall) -> None:
    other = far(call)
    assert (call.leg.text("bridge_to"), other.leg.text("bridge_to")) == (other.leg.uuid, call.leg.uuid)
    assert other.leg.call_uuid == call.leg.uuid
    office.switch.call("uuid_transfer", f"{call.leg.uuid} 3001 XML default")
    office.settle(lambda: call.leg.conference, "the conference")
    assert call.leg.text("bridge_to") == ""
    assert other.over


def test_legs_of_two_calls_are_joined_and_the_others_go(office: Office, call: PhoneCall) -> None:
    second = office.dial(1003, "9222")
    office.settle(lambda: second.leg.text("bridge_to"), "the second call")
    left = far(call), far(second)
    office.switch.call("uuid_bridge", f"{call.leg.uuid} {second.leg.uuid}")
    office.settle(lambda: office.hears(1002) == {"1003": Quality.CLEAR}, "the new bridge")
    office.settle(lambda: all(each.over for each in left), "the others to go")


def test_legs_without_media_are_not_bridged(office: Office) -> None:
    office.phone(1003).behaviour = type(office.phone(1003).behaviour)(answers=False)
    first, second = office.dial(1001, "1003"), office.dial(1002, "1003")
    office.settle(lambda: first.ringing and second.ringing, "the ringing")
    answer = office.switch.call("uuid_bridge", f"{first.leg.uuid} {second.leg.uuid}")
    assert answer == "-ERR Invalid uuid\n"


def test_bypassed_call_is_heard_past_the_switch_and_cannot_be_recorded(office: Office) -> None:
    call = office.dial(1002, "8555")
    office.settle(lambda: office.hears(CUSTOMER), "the call")
    assert call.leg.state == "CS_HIBERNATE"
    assert call.leg.codec is None
    office.switch.call("uuid_record", f"{call.leg.uuid} start /x.wav")
    assert office.switch.recordings["/x.wav"] == set()


def test_hanging_up_one_leg_of_a_bypassed_call_takes_the_other(office: Office) -> None:
    call = office.dial(1002, "8555")
    office.settle(lambda: office.hears(CUSTOMER), "the call")
    call.hang_up()
    office.settle(lambda: not office.switch.channels, "both legs to be gone")


@pytest.mark.parametrize("who", [1002, CUSTOMER])
def test_leg_that_hangs_up_during_the_change_to_bypass_media_ends_the_other(
    office: Office, who: int | str
) -> None:
    call = office.dial(1002, "8555")
    office.settle(lambda: office.hears(CUSTOMER), "the call")
    office.switch.call("uuid_media", call.leg.uuid)
    office.settle(lambda: call.leg.link, "the call with its media")
    gevent.spawn(office.switch.call, "uuid_media", f"off {call.leg.uuid}")
    with gevent.Timeout(60, AssertionError("the legs are never apart")):
        while call.leg.link:
            gevent.sleep(0)  # this state lasts only for an instant
    office.phone(who).call.hang_up()
    office.settle(lambda: not office.switch.channels, "both legs to be gone")
