"""The queries to the switch before a decision, and the reading of its answers."""

from __future__ import annotations

import json

import pytest

from controller.domain.decision import Situation
from controller.domain.names import UserName
from controller.errors import InvalidValue, SwitchTrouble
from controller.eventsocket.outcome import Outcome, Status
from controller.switch.legs import Legs
from controller.switch.pagelegs import relay_uuid
from controller.switch.queries import SwitchQueries
from tests.unit.paging.fakes import FakeSwitch

TARGET = UserName("1002", "pbx.test")
CONTACT = "sofia/internal/sip:1002@10.0.0.2:5060"
BUG = "<media-bug><function>{}</function></media-bug>"


#: The variables of an authenticated inbound call.
AUTHENTICATED = {
    "Call-Direction": "inbound",
    "Channel-Name": "sofia/internal/1002@pbx.test",
    "Channel-Presence-ID": "1002@pbx.test",
    "variable_sip_authorized": "true",
    "variable_user_name": "1002",
    "variable_domain_name": "pbx.test",
}


def dump(uuid: str, **headers: str) -> str:
    return json.dumps(
        {"Unique-ID": uuid, "Answer-State": "answered"} | AUTHENTICATED | headers, separators=(",", ":")
    )


@pytest.fixture
def switch() -> FakeSwitch:
    """A switch on which 1002 talks on leg t1 to f1, with its only phone."""
    return FakeSwitch(
        {
            "user_data": "1002",
            "uuid_dump t1": dump("t1", variable_bridge_to="f1"),
            "uuid_dump f1": dump("f1", variable_bridge_to="t1"),
            "uuid_buglist": "<media-bugs></media-bugs>",
            "sofia_contact": CONTACT,
            "sofia xmlstatus": f"<p><registration><contact>{CONTACT[15:]}</contact><agent>Yealink</agent>"
            "</registration></p>",
        }
    )


def survey(switch: FakeSwitch, *uuids: str) -> Situation:
    legs = Legs()
    for uuid in uuids:
        legs.learn(uuid, TARGET)
    return SwitchQueries(switch, legs, deadline=1).situation(TARGET)


def test_legs_partners_and_phones_are_found(switch: FakeSwitch) -> None:
    found = survey(switch, "t1")
    assert [leg.uuid for leg in found.legs] == ["t1"]
    assert found.partners["f1"].uuid == "f1"
    assert [each.user_agent for each in found.registrations] == ["Yealink"]
    assert not found.paged


@pytest.mark.parametrize("user", ["1003", ""])
def test_a_call_that_only_claims_to_be_the_targets_is_none_of_its_legs_but_keeps_its_phone_busy(
    switch: FakeSwitch, user: str
) -> None:
    claim = {"variable_user_name": user, "variable_sip_contact_host": "10.0.0.9"}
    switch.answers["uuid_dump t1"] = dump("t1", variable_sip_contact_port="5060", **claim)
    found = survey(switch, "t1")
    assert found.legs == ()
    assert found.busy == {"10.0.0.9:5060"}


def test_a_user_outside_the_directory_is_not_queried_further(switch: FakeSwitch) -> None:
    switch.answers["user_data"] = "-ERR no reply"
    assert survey(switch, "t1") == Situation(known=False)
    assert switch.names() == ["user_data"]


def test_after_an_alias_the_queries_use_the_users_own_name(switch: FakeSwitch) -> None:
    switch.answers["user_data 105@pbx.test"] = "1002"
    legs = Legs()
    legs.learn("t1", TARGET)
    found = SwitchQueries(switch, legs, deadline=1).situation(UserName("105", "pbx.test"))
    assert found.name == TARGET
    assert [leg.uuid for leg in found.legs] == ["t1"]
    assert f"sofia_contact */{TARGET}" in switch.asked


def test_an_extension_without_a_domain_says_what_is_missing(switch: FakeSwitch) -> None:
    switch.answers["global_getvar domain"] = ""
    with pytest.raises(InvalidValue, match=r"'1002' is of no domain.*write 1002@DOMAIN"):
        SwitchQueries(switch, Legs(), deadline=1).user("1002")


def test_a_leg_that_is_gone_by_now_does_not_count(switch: FakeSwitch) -> None:
    switch.answers["uuid_dump gone1"] = "-ERR No such channel!"
    assert [leg.uuid for leg in survey(switch, "gone1", "t1").legs] == ["t1"]


def test_eavesdroppers_are_counted_and_recordings_are_not(switch: FakeSwitch) -> None:
    switch.answers["uuid_buglist t1"] = BUG.format("eavesdrop") + BUG.format("session_record")
    assert survey(switch, "t1").legs[0].eavesdroppers == 1


@pytest.mark.parametrize(("exists", "paged"), [("true", {"t1"}), ("false", set())])
def test_a_page_is_distinguished_from_other_eavesdroppers_by_its_relay(
    switch: FakeSwitch, exists: str, paged: set[str]
) -> None:
    switch.answers["uuid_buglist t1"] = BUG.format("eavesdrop")
    switch.answers[f"uuid_exists {relay_uuid('t1')}"] = exists
    assert survey(switch, "t1").paged == paged


def test_the_pages_own_channels_are_nobodys_legs(switch: FakeSwitch) -> None:
    switch.answers["uuid_dump t1"] = dump("t1", **{"Channel-Name": "loopback/relay-x1-a"})
    assert survey(switch, "t1").legs == ()


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.NOT_SENT])
def test_a_switch_that_does_not_answer_is_trouble_and_not_an_idle_target(
    switch: FakeSwitch, status: Status
) -> None:
    switch.answers["uuid_dump t1"] = Outcome(status, "it hangs")
    with pytest.raises(SwitchTrouble, match="it hangs"):
        survey(switch, "t1")


def test_what_others_are_shown_of_a_user_is_asked_of_the_directory() -> None:
    of = "user_data 1002@pbx.test var effective_caller_id_"
    switch = FakeSwitch({f"{of}name": "Zoë", f"{of}number": "-ERR no reply"})
    assert SwitchQueries(switch, Legs(), deadline=1).caller_id(TARGET) == {"name": "Zoë"}


def test_situation_says_which_legs_the_table_had() -> None:
    switch, legs = FakeSwitch({"user_data": "1002", "uuid_dump": "-ERR No such channel!"}), Legs()
    queries = SwitchQueries(switch, legs, deadline=1)
    assert queries.situation(TARGET).basis == frozenset()
    legs.learn("t1", TARGET)
    assert queries.basis(TARGET) == {("t1", None)}
    assert queries.situation(TARGET).basis == queries.basis(TARGET)
