"""API calls beyond the contract's cases for both switches."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from controller.simulator.office import CUSTOMER, Office
from controller.simulator.phones import PhoneCall


@pytest.fixture
def call(office: Office) -> PhoneCall:
    """1002 talks with the customer."""
    call = office.dial(1002, "9555")
    office.settle(lambda: office.hears(CUSTOMER), "the call")
    return call


def api(office: Office, text: str) -> str:
    name, _, argument = text.partition(" ")
    return office.switch.call(name, argument)


def test_eval_reads_headers_and_variables_of_a_leg(office: Office, call: PhoneCall) -> None:
    text = "${Channel-State} ${hangup_after_bridge} ${uuid_exists(x)}"
    assert api(office, f"eval uuid:{call.leg.uuid} {text}") == "CS_EXECUTE true false"
    assert api(office, "eval uuid:x ${a}") == "-ERR No such channel!\n"
    assert api(office, "eval ${domain}") == "pbx.test"


def test_global_variables_are_read_and_unset_ones_are_empty(office: Office) -> None:
    assert api(office, "global_getvar domain") == "pbx.test"
    assert api(office, "global_getvar nothing") == ""


def test_directory_has_every_user_of_the_domain(office: Office) -> None:
    root = ElementTree.fromstring(api(office, "xml_locate directory domain name pbx.test"))
    assert [user.get("id") for user in root.iter("user")] == [str(number) for number in range(1001, 1011)]
    assert api(office, "xml_locate directory domain name other.test") == "can't find anything\n"


def test_a_context_of_the_dialplan_has_its_extensions(office: Office) -> None:
    root = ElementTree.fromstring(api(office, "xml_locate dialplan context name whisperpage-end@switch"))
    assert [each.get("name") for each in root.iter("extension")] == ["end"]
    assert api(office, "xml_locate dialplan context name nowhere") == "can't find anything\n"


def test_hupall_ends_every_call_with_its_cause(office: Office, call: PhoneCall) -> None:
    assert api(office, "hupall USER_BUSY") == "+OK hangup all channels with cause USER_BUSY\n"
    office.settle(lambda: call.cause == "USER_BUSY", "the end")


@pytest.mark.parametrize(("side", "heard_by"), [("aleg", "1002"), ("bleg", CUSTOMER)])
def test_broadcast_is_heard_on_its_side(office: Office, call: PhoneCall, side: str, heard_by: str) -> None:
    sound = "tone_stream://%(1000,0,900)"
    assert api(office, f"uuid_broadcast {call.leg.uuid} {sound} {side}") == "+OK Message sent\n"
    office.settle(lambda: sound in office.hears(heard_by), "the sound")
    assert [who for who in ("1002", CUSTOMER) if sound in office.hears(who)] == [heard_by]


def test_hold_by_the_switch_comes_and_goes(office: Office, call: PhoneCall) -> None:
    assert api(office, f"uuid_hold {call.leg.uuid}") == "+OK Success\n"
    assert (call.leg.callstate, office.hears(CUSTOMER)) == ("HELD", {})
    assert api(office, f"uuid_hold off {call.leg.uuid}") == "+OK Success\n"
    assert (call.leg.callstate, "1002" in office.hears(CUSTOMER)) == ("ACTIVE", True)


def test_recording_is_stopped_by_its_path(office: Office, call: PhoneCall) -> None:
    record = f"uuid_record {call.leg.uuid}"
    assert api(office, f"{record} start /a.wav") == "+OK Success\n"
    assert api(office, f"{record} stop /b.wav") == "-ERR Operation failed\n"
    assert api(office, f"{record} stop /a.wav") == "+OK Success\n"
    assert call.leg.bugs == []


@pytest.mark.parametrize("side", ["", "-bleg ", "-both "])
def test_transfer_takes_the_legs_that_it_names(office: Office, call: PhoneCall, side: str) -> None:
    assert call.leg.link
    legs = {"": [call.leg], "-bleg ": [call.leg.link.peer], "-both ": [call.leg, call.leg.link.peer]}[side]
    assert api(office, f"uuid_transfer {call.leg.uuid} {side}3001 XML default") == "+OK\n"
    office.settle(lambda: all(leg.conference for leg in legs), "the conference")


@pytest.mark.parametrize("text", ["show calls", "sofia status", "sofia_presence_data status 1002@pbx.test"])
def test_unknown_form_of_a_call_is_refused_and_noted(office: Office, text: str) -> None:
    assert api(office, text).startswith("-ERR")
    assert office.switch.unknown == [f"api {text}"]
    office.switch.unknown.clear()


@pytest.mark.parametrize(
    "text", ["uuid_bridge x", "uuid_kill", "uuid_transfer x", "uuid_getvar x", "uuid_dump", "originate x"]
)
def test_call_with_too_few_words_is_answered_with_its_usage(office: Office, text: str) -> None:
    assert api(office, text).startswith("-USAGE: ")
