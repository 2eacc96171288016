"""The table of legs."""

from __future__ import annotations

import json

import pytest

from controller.domain.names import UserName
from controller.domain.presence import CallState
from controller.eventsocket.events import JsonEvent
from controller.switch.channels import ChannelRow
from controller.switch.legs import Legs

BOB, CAROL = UserName("1002", "pbx.test"), UserName("1003", "pbx.test")


def test_legs_are_found_by_user() -> None:
    legs = Legs()
    legs.learn("b", BOB)
    legs.learn("a", BOB)
    legs.learn("c", None)
    assert legs.of(BOB) == ("a", "b")
    assert legs.of(CAROL) == ()
    assert len(legs) == 3


def test_legs_have_their_states_unless_they_only_claim_their_user() -> None:
    legs = Legs()
    legs.rebuild(
        [
            ChannelRow("a", presence_id="1002@pbx.test", direction="inbound", callstate="ACTIVE"),
            ChannelRow("b", presence_id="1002@pbx.test", direction="outbound", callstate="RINGING"),
            ChannelRow("c", presence_id="1003@pbx.test", direction="inbound", callstate="ACTIVE"),
        ]
    )
    legs.learn("d", BOB)
    assert legs.states(BOB) == {"a": CallState.ON_CALL, "b": CallState.RINGING, "d": None}


def test_a_user_that_is_known_later_counts() -> None:
    legs = Legs()
    legs.learn("a", None)
    legs.learn("a", BOB)
    assert legs.of(BOB) == ("a",)


def test_an_event_without_a_user_does_not_remove_the_known_one() -> None:
    legs = Legs()
    legs.learn("a", BOB)
    legs.learn("a", None)
    assert legs.of(BOB) == ("a",)


def test_a_leg_that_changes_hands_is_the_new_users() -> None:
    legs = Legs()
    legs.learn("a", BOB)
    legs.learn("a", CAROL)
    assert legs.of(BOB) == ()
    assert legs.of(CAROL) == ("a",)


def test_a_removed_leg_is_forgotten_and_removing_it_twice_does_no_harm() -> None:
    legs = Legs()
    legs.learn("a", BOB)
    legs.forget("a")
    legs.forget("a")
    assert "a" not in legs
    assert legs.of(BOB) == ()


def test_a_leg_keeps_its_user_under_a_new_uuid() -> None:
    legs = Legs()
    legs.learn("old", BOB)
    legs.rename("old", "new")
    assert legs.of(BOB) == ("new",)


def test_rebuilding_forgets_what_the_switch_no_longer_has() -> None:
    legs = Legs()
    legs.learn("gone", BOB)
    legs.rebuild([ChannelRow("a", presence_id="1003@PBX.test"), ChannelRow("b")])
    assert len(legs) == 2
    assert "a" in legs
    assert "b" in legs
    assert legs.of(CAROL) == ("a",)
    assert legs.of(BOB) == ()


@pytest.mark.parametrize(
    ("name", "direction", "unsure"),
    [
        ("sofia/internal/1002@pbx.test", "inbound", True),
        ("sofia/internal/1002@10.0.0.1", "inbound", True),
        ("sofia/internal/1002@pbx.test", "outbound", False),
        ("loopback/x-a", "inbound", False),
        ("verto.rtc/1002", "inbound", False),
    ],
)
def test_the_user_of_an_inbound_sip_call_is_unsure_since_its_phone_claims_it(
    name: str, direction: str, unsure: bool
) -> None:
    assert ChannelRow("a", name, direction, "1002@pbx.test").unsure is unsure


@pytest.mark.parametrize(("authorized", "state"), [("true", "calling"), ("", None)])
def test_who_is_only_claimed_has_the_leg_and_is_on_no_call(authorized: str, state: str | None) -> None:
    legs = Legs()
    told = {
        "Event-Name": "CHANNEL_CREATE",
        "Unique-ID": "a",
        "Channel-Name": "sofia/internal/1002@10.0.0.1",
        "Call-Direction": "inbound",
        "Channel-Presence-ID": str(BOB),
        "variable_user_name": "1002",
        "variable_domain_name": "pbx.test",
        "variable_sip_authorized": authorized,
    }
    legs.observe(JsonEvent(json.dumps(told, separators=(",", ":")).encode()))
    assert legs.of(BOB) == ("a",)
    standing = legs.standings.of(BOB)
    assert (standing and standing.state) == state
