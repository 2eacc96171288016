"""Phones answer, hold, transfer, press keys, refuse and vanish, and the switch reacts."""

from __future__ import annotations

import pytest

from controller.simulator import calls
from controller.simulator.behaviour import Behaviour
from controller.simulator.media import Quality
from controller.simulator.office import CUSTOMER, Office
from controller.simulator.phones import PhoneCall

CLEAR = Quality.CLEAR


def talk(office: Office, who: int = 1002, number: str = "9555", listener: int | str = CUSTOMER) -> PhoneCall:
    call = office.dial(who, number)
    office.settle(lambda: office.hears(listener), "the call")
    return call


def test_phone_rings_until_somebody_takes_it(office: Office) -> None:
    office.phone(1003).behaviour = Behaviour(answers=False)
    call = office.dial(1002, "1003")
    office.settle(lambda: call.ringing, "the ringing")
    assert office.phone(1003).call.leg.callstate == "RINGING"
    assert not office.hears(1003)
    office.phone(1003).call.answer()
    office.settle(lambda: office.hears(1003) == {"1002": CLEAR}, "the call")


def test_refusal_reaches_the_caller_with_its_cause(office: Office) -> None:
    office.phone(1003).behaviour = Behaviour(refuses="USER_BUSY")
    call = office.dial(1002, "1003")
    office.settle(lambda: call.over, "the refusal")
    assert call.cause == "USER_BUSY"


def test_caller_that_gives_up_stops_the_ringing(office: Office) -> None:
    office.phone(1003).behaviour = Behaviour(answers=False)
    call = office.dial(1002, "1003")
    office.settle(lambda: call.ringing, "the ringing")
    ringing = office.phone(1003).call
    call.hang_up("ORIGINATOR_CANCEL")
    office.settle(lambda: ringing.over, "the end")
    assert ringing.cause == "ORIGINATOR_CANCEL"


def test_phone_that_vanished_is_not_registered(office: Office) -> None:
    office.phone(1003).vanish()
    call = office.dial(1002, "1003")
    office.settle(lambda: call.over, "the refusal")
    assert call.cause == "NO_USER_RESPONSE"  # a phone's cause for SIP 480


def test_hold_silences_both_ways_until_the_call_is_resumed(office: Office) -> None:
    call = talk(office)
    call.hold()
    assert (office.hears(CUSTOMER), office.hears(1002), call.leg.callstate) == ({}, {}, "HELD")
    call.resume()
    assert (office.hears(CUSTOMER), call.leg.callstate) == ({"1002": CLEAR}, "ACTIVE")


def test_hold_has_no_effect_if_it_is_disabled(office: Office) -> None:
    call = talk(office)
    call.leg.set("rtp_disable_hold", "true")
    call.hold()
    assert office.hears(CUSTOMER) == {"1002": CLEAR}


def test_blind_transfer_moves_the_far_side(office: Office) -> None:
    call = talk(office)
    assert call.refer("1003") == "202"
    office.settle(lambda: office.hears(1003) == {CUSTOMER: CLEAR}, "the transfer")
    office.settle(lambda: call.over, "the end of the old call")


def test_a_leg_without_a_bond_has_nobody_to_transfer(office: Office) -> None:
    call = talk(office)
    call.leg.set("signal_bond", None)
    assert call.refer("1003") == "403"
    assert office.hears(CUSTOMER) == {"1002": CLEAR}


def test_forced_context_takes_a_blind_transfer(office: Office) -> None:
    call = talk(office)
    assert call.leg.link
    call.leg.link.peer.set("force_transfer_context", "whisperpage-end@switch")
    call.refer("1003")
    office.settle(lambda: not office.switch.channels, "every leg to be gone")


@pytest.mark.parametrize("denied", [True, False])
def test_attended_transfer_joins_the_far_sides_unless_it_is_denied(office: Office, denied: bool) -> None:
    first = talk(office)
    second = talk(office, number="1003", listener=1003)
    if denied:
        first.leg.set("deny_refer_requests", "true")
    assert first.refer_to(second) == ("403" if denied else "202")
    expected = {"1002": CLEAR} if denied else {"1003": CLEAR}
    office.settle(lambda: office.hears(CUSTOMER) == expected, "the transfer")


def test_key_is_heard_by_the_far_party(office: Office) -> None:
    call = talk(office)
    call.press("12")
    assert call.leg.link
    assert call.leg.link.peer.heard_keys == ["1", "2"]


def test_bound_key_runs_its_application_and_is_heard_by_nobody(office: Office) -> None:
    call = talk(office)
    calls.queue(call.leg, "bind_meta_app", "5 a si set::pressed=yes")
    office.settle(lambda: "5" in call.leg.meta, "the binding")
    call.press("*5")
    office.settle(lambda: call.leg.text("pressed") == "yes", "the application")
    assert call.leg.link
    assert call.leg.link.peer.heard_keys == []


@pytest.mark.parametrize(("unbound", "heard"), [("5", ["1"]), ("", ["*", "5", "1"])])
def test_star_stays_the_switchs_until_all_keys_are_unbound(
    office: Office, unbound: str, heard: list[str]
) -> None:
    call = talk(office)
    calls.queue(call.leg, "bind_meta_app", "5 a si set::pressed=yes")
    office.settle(lambda: "5" in call.leg.meta, "the binding")
    calls.queue(call.leg, "unbind_meta_app", unbound)
    office.settle(lambda: not call.leg.meta, "the unbinding")
    call.press("*51")
    assert call.leg.link
    assert call.leg.link.peer.heard_keys == heard


def test_caller_without_a_login_has_no_user(office: Office) -> None:
    call = office.dial(CUSTOMER, "1002")
    assert call.leg.text("sip_authorized") == ""
    assert call.leg.presence_id == ""
