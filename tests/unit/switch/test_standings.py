"""Who is on a call, by the legs of one switch."""

from __future__ import annotations

import json

import pytest

from controller.domain.names import UserName
from controller.domain.presence import CallState
from controller.eventsocket.events import JsonEvent
from controller.switch.channels import ChannelRow
from controller.switch.legs import Legs

ALICE, BOB = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
SECOND = 1_000_000


def event(uuid: str, user: UserName | None = ALICE, **headers: str) -> JsonEvent:
    """An event of a leg to a phone of a user; by default it rings."""
    told = {
        "Event-Name": "CHANNEL_CREATE",
        "Unique-ID": uuid,
        "Channel-Name": "sofia/internal/1001@10.0.0.1",
        "Call-Direction": "outbound",
        "Answer-State": "ringing",
        "Caller-Channel-Created-Time": str(10 * SECOND),
        "Caller-Caller-ID-Number": "0301234567",
        "Channel-Presence-ID": str(user) if user else "",
    }
    return JsonEvent(json.dumps(told | headers, separators=(",", ":")).encode())


def see(legs: Legs, event: JsonEvent) -> None:
    """Take an event of a leg."""
    legs.observe(event)


def state(legs: Legs, user: UserName) -> tuple[CallState, int] | None:
    """What a user does, and since when."""
    found = legs.standings.of(user)
    return found and (found.state, found.since)


def inbound(uuid: str, *, authorized: bool = True, **headers: str) -> JsonEvent:
    more = {"variable_user_name": "1001", "variable_domain_name": "pbx.test"}
    more |= {"variable_sip_authorized": "true"} if authorized else {}
    return event(uuid, **{"Call-Direction": "inbound"}, **more, **headers)


def answered(at: int = 20) -> dict[str, str]:
    return {"Answer-State": "answered", "Caller-Channel-Answered-Time": str(at * SECOND)}


@pytest.fixture
def legs() -> Legs:
    return Legs()


def test_a_phone_that_is_rung_rings_and_is_then_on_a_call(legs: Legs) -> None:
    see(legs, event("a"))
    assert state(legs, ALICE) == (CallState.RINGING, 10 * SECOND)
    see(legs, event("a", **answered()))
    assert state(legs, ALICE) == (CallState.ON_CALL, 20 * SECOND)
    legs.forget("a")
    assert state(legs, ALICE) is None


def test_a_phone_that_calls_is_calling_until_it_is_answered(legs: Legs) -> None:
    see(legs, inbound("a"))
    assert state(legs, ALICE) == (CallState.CALLING, 10 * SECOND)
    see(legs, inbound("a", **answered()))
    assert state(legs, ALICE) == (CallState.ON_CALL, 20 * SECOND)


def test_a_caller_that_only_claims_to_be_a_user_does_not_count(legs: Legs) -> None:
    see(legs, inbound("a", authorized=False))
    assert state(legs, ALICE) is None


@pytest.mark.parametrize("name", ["loopback/relay-b7-a", "loopback/voice-b7-b", "null/relay-b7"])
def test_a_leg_that_a_page_has_added_does_not_count(legs: Legs, name: str) -> None:
    see(legs, event("a", **{"Channel-Name": name}))
    assert state(legs, ALICE) is None
    legs.rebuild([ChannelRow("a", name, "outbound", str(ALICE))])
    assert state(legs, ALICE) is None


def test_of_two_legs_the_call_counts_and_of_two_calls_the_older(legs: Legs) -> None:
    see(legs, event("a", **answered(30)))
    see(legs, event("b"))
    see(legs, event("c", **answered(20)))
    assert state(legs, ALICE) == (CallState.ON_CALL, 20 * SECOND)
    legs.forget("c")
    legs.forget("a")
    assert state(legs, ALICE) == (CallState.RINGING, 10 * SECOND)


def test_a_leg_that_hangs_up_is_gone_before_it_is_destroyed(legs: Legs) -> None:
    see(legs, event("a", **answered()))
    see(legs, event("a", **{"Answer-State": "hangup"}))
    assert state(legs, ALICE) is None


def test_a_leg_that_changes_hands_is_the_new_users(legs: Legs) -> None:
    see(legs, event("a", **answered()))
    see(legs, event("a", BOB, **answered()))
    assert state(legs, ALICE) is None
    assert state(legs, BOB) == (CallState.ON_CALL, 20 * SECOND)
    see(legs, event("a", None, **answered()))
    assert state(legs, BOB)


def test_a_leg_that_gets_another_uuid_is_still_the_same(legs: Legs) -> None:
    see(legs, event("a", **answered()))
    legs.rename("a", "b")
    legs.rename("x", "y")
    assert state(legs, ALICE) == (CallState.ON_CALL, 20 * SECOND)
    legs.forget("b")
    assert state(legs, ALICE) is None


def test_a_leg_counts_once_until_it_is_destroyed(legs: Legs) -> None:
    counts = []
    for told in ({}, answered(), {"Answer-State": "hangup"}):
        see(legs, event("a", **told))
        counts.append((len(legs), "a" in legs, legs.of(ALICE)))
    assert counts == [(1, True, ("a",))] * 3
    legs.forget("a")
    assert (len(legs), "a" in legs, legs.of(ALICE)) == (0, False, ())


def test_a_leg_in_the_rows_of_the_switch_counts_once(legs: Legs) -> None:
    row = ChannelRow("a", "sofia/internal/1001@10.0.0.1", "outbound", str(ALICE), "ACTIVE")
    legs.rebuild([row])
    legs.learn("a", ALICE)
    assert (len(legs), legs.of(ALICE)) == (1, ("a",))


def test_a_leg_that_gets_another_uuid_counts_once(legs: Legs) -> None:
    see(legs, event("old", **answered()))
    legs.rename("old", "new")
    assert (len(legs), "old" in legs, legs.of(ALICE)) == (1, False, ("new",))


def test_users_are_touched_once_by_what_changes_them(legs: Legs) -> None:
    see(legs, event("a"))
    see(legs, event("b", BOB))
    assert legs.standings.touched().keys() == {ALICE, BOB}
    see(legs, event("a"))
    assert legs.standings.touched() == {}
    legs.forget("a")
    legs.forget("a")
    assert legs.standings.touched().keys() == {ALICE}


def test_after_a_gap_the_rows_of_the_switch_count(legs: Legs) -> None:
    see(legs, event("gone"))
    legs.standings.touched()
    name = "sofia/internal/1002@10.0.0.2"
    bobs = ChannelRow("b", name, "outbound", str(BOB), "HELD", created=30_000_000)
    claimed = ChannelRow("c", name, "inbound", str(ALICE), "ACTIVE", created=30_000_000)
    legs.rebuild([bobs, claimed, ChannelRow("e", name, "outbound", created=30_000_000)])
    assert state(legs, BOB) == (CallState.ON_CALL, 30 * SECOND)
    assert state(legs, ALICE) is None
    assert legs.standings.touched().keys() == {ALICE, BOB}
