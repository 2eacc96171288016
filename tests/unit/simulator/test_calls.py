"""Actions on a leg, and the order of their effects."""

from __future__ import annotations

import pytest

from controller.simulator import calls
from controller.simulator.channel import Answer, State
from controller.simulator.office import CUSTOMER, Office
from controller.simulator.phones import PhoneCall


@pytest.fixture
def call(office: Office) -> PhoneCall:
    """1002 talks with the customer."""
    call = office.dial(1002, "9555")
    office.settle(lambda: office.hears(CUSTOMER), "the call")
    return call


def test_first_cause_of_a_hang_up_counts(office: Office, call: PhoneCall) -> None:
    calls.hang_up(office.switch, call.leg, "USER_BUSY")
    calls.hang_up(office.switch, call.leg, "CALL_REJECTED")
    assert (call.leg.cause, call.leg.answer) == ("USER_BUSY", Answer.HANGUP)


def test_leg_that_is_hung_up_is_not_located_and_still_listed(office: Office, call: PhoneCall) -> None:
    calls.hang_up(office.switch, call.leg)
    assert office.switch.locate(call.leg.uuid) is None
    assert office.switch.call("uuid_exists", call.leg.uuid) == "false"
    assert call.leg.uuid in office.switch.call("show", "channels as json")


def test_leg_that_is_hung_up_goes_nowhere(office: Office, call: PhoneCall) -> None:
    calls.hang_up(office.switch, call.leg)
    calls.send(call.leg, State.ROUTING)
    assert call.leg.wanted is None


def test_answer_is_reported_once(office: Office, call: PhoneCall) -> None:
    told: list[str] = []
    office.switch.listen(lambda event: told.append(event.name))
    calls.answer(office.switch, call.leg)
    calls.mark_answered(office.switch, call.leg)
    assert told == []


def test_transfer_without_a_context_stays_in_the_legs_own(office: Office, call: PhoneCall) -> None:
    calls.transfer(office.switch, call.leg, "3001")
    assert (call.leg.profile.context, call.leg.profile.rdnis) == ("default", "9555")
    office.settle(lambda: call.leg.conference, "the conference")


def test_call_to_nowhere_has_no_route(office: Office) -> None:
    call = office.dial(CUSTOMER, "*191002")
    office.settle(lambda: call.over, "the refusal")
    assert call.cause == "NO_ROUTE_DESTINATION"


def test_leg_is_destroyed_only_when_its_eavesdropper_has_let_go(office: Office, call: PhoneCall) -> None:
    told: list[tuple[str, str]] = []
    spy = office.dial(1003, f"spy-{call.leg.uuid}")
    office.settle(lambda: call.leg.bugs, "the eavesdropper")
    office.switch.listen(lambda event: told.append((event.name, event.get("Unique-ID"))))
    call.hang_up()
    office.settle(lambda: call.leg.uuid not in office.switch.channels, "the end")
    of_the_leg = [name for name, uuid in told if uuid == call.leg.uuid]
    assert of_the_leg.index("MEDIA_BUG_STOP") < of_the_leg.index("CHANNEL_DESTROY")
    office.settle(lambda: spy.over, "the eavesdropper's end")
