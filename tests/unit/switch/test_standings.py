"""Who is on a call, by the legs of one switch."""

from __future__ import annotations

import json

import pytest

from controller.domain.names import UserName
from controller.domain.presence import CallState
from controller.eventsocket.events import JsonEvent
from controller.switch.leg import reader, user_of
from controller.switch.standings import Standing, Standings

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


def see(standings: Standings, event: JsonEvent) -> None:
    """Take an event as the table of legs does."""
    text = reader(event)
    if user := user_of(text):
        standings.observe(event["Unique-ID"], user, text)


def inbound(uuid: str, *, authorized: bool = True, **headers: str) -> JsonEvent:
    more = {"variable_user_name": "1001", "variable_domain_name": "pbx.test"}
    more |= {"variable_sip_authorized": "true"} if authorized else {}
    return event(uuid, **{"Call-Direction": "inbound"}, **more, **headers)


def answered(at: int = 20) -> dict[str, str]:
    return {"Answer-State": "answered", "Caller-Channel-Answered-Time": str(at * SECOND)}


@pytest.fixture
def standings() -> Standings:
    return Standings()


def test_a_phone_that_is_rung_rings_and_is_then_on_a_call(standings: Standings) -> None:
    see(standings, event("a"))
    assert standings.of(ALICE) == Standing(CallState.RINGING, 10 * SECOND)
    see(standings, event("a", **answered()))
    assert standings.of(ALICE) == Standing(CallState.ON_CALL, 20 * SECOND)
    standings.forget("a")
    assert standings.of(ALICE) is None


def test_a_phone_that_calls_is_calling_until_it_is_answered(standings: Standings) -> None:
    see(standings, inbound("a"))
    assert standings.of(ALICE) == Standing(CallState.CALLING, 10 * SECOND)
    see(standings, inbound("a", **answered()))
    assert standings.of(ALICE) == Standing(CallState.ON_CALL, 20 * SECOND)


def test_a_caller_that_only_claims_to_be_a_user_does_not_count(standings: Standings) -> None:
    see(standings, inbound("a", authorized=False))
    assert standings.of(ALICE) is None


@pytest.mark.parametrize("name", ["loopback/relay-b7-a", "loopback/voice-b7-b", "null/relay-b7"])
def test_a_leg_that_a_page_has_added_does_not_count(standings: Standings, name: str) -> None:
    see(standings, event("a", **{"Channel-Name": name}))
    assert standings.of(ALICE) is None
    standings.rebuild([{"uuid": "a", "name": name, "presence_id": str(ALICE), "direction": "outbound"}])
    assert standings.of(ALICE) is None


def test_of_two_legs_the_call_counts_and_of_two_calls_the_older(standings: Standings) -> None:
    see(standings, event("a", **answered(30)))
    see(standings, event("b"))
    see(standings, event("c", **answered(20)))
    assert standings.of(ALICE) == Standing(CallState.ON_CALL, 20 * SECOND)
    standings.forget("c")
    standings.forget("a")
    assert standings.of(ALICE) == Standing(CallState.RINGING, 10 * SECOND)


def test_a_leg_that_hangs_up_is_gone_before_it_is_destroyed(standings: Standings) -> None:
    see(standings, event("a", **answered()))
    see(standings, event("a", **{"Answer-State": "hangup"}))
    assert standings.of(ALICE) is None


def test_a_leg_that_changes_hands_is_the_new_users(standings: Standings) -> None:
    see(standings, event("a", **answered()))
    see(standings, event("a", BOB, **answered()))
    assert standings.of(ALICE) is None
    assert standings.of(BOB) == Standing(CallState.ON_CALL, 20 * SECOND)
    see(standings, event("a", None, **answered()))
    assert standings.of(BOB)


def test_a_leg_that_gets_another_uuid_is_still_the_same(standings: Standings) -> None:
    see(standings, event("a", **answered()))
    standings.rename("a", "b")
    standings.rename("x", "y")
    assert standings.of(ALICE) == Standing(CallState.ON_CALL, 20 * SECOND)
    standings.forget("b")
    assert standings.of(ALICE) is None


def test_users_are_touched_once_by_what_changes_them(standings: Standings) -> None:
    see(standings, event("a"))
    see(standings, event("b", BOB))
    assert standings.touched() == {ALICE, BOB}
    see(standings, event("a"))
    assert standings.touched() == frozenset()
    standings.forget("a")
    standings.forget("a")
    assert standings.touched() == {ALICE}


def test_after_a_gap_the_rows_of_the_switch_count(standings: Standings) -> None:
    see(standings, event("gone"))
    standings.touched()
    row = {"uuid": "b", "name": "sofia/internal/1002@10.0.0.2", "created_epoch": "30"}
    bobs = row | {"presence_id": str(BOB), "direction": "outbound", "callstate": "HELD"}
    claimed = row | {"uuid": "c", "presence_id": str(ALICE), "direction": "inbound", "callstate": "ACTIVE"}
    standings.rebuild([bobs, claimed, row | {"uuid": "e", "direction": "outbound"}])
    assert standings.of(BOB) == Standing(CallState.ON_CALL, 30 * SECOND)
    assert standings.of(ALICE) is None
    assert standings.touched() == {ALICE, BOB}
