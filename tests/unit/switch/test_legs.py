"""The table of legs."""

from __future__ import annotations

import pytest

from controller.switch import legs as table
from controller.switch.legs import Legs


def test_legs_are_found_by_user() -> None:
    legs = Legs()
    legs.learn("b", "1002@pbx.test")
    legs.learn("a", "1002@pbx.test")
    legs.learn("c", "")
    assert legs.of("1002@pbx.test") == ("a", "b")
    assert legs.of("1003@pbx.test") == ()
    assert len(legs) == 3


def test_a_user_that_is_known_later_counts() -> None:
    legs = Legs()
    legs.learn("a", "")
    legs.learn("a", "1002@pbx.test")
    assert legs.of("1002@pbx.test") == ("a",)


def test_an_event_without_a_user_does_not_remove_the_known_one() -> None:
    legs = Legs()
    legs.learn("a", "1002@pbx.test")
    legs.learn("a", "")
    assert legs.of("1002@pbx.test") == ("a",)


def test_a_leg_that_changes_hands_is_the_new_users() -> None:
    legs = Legs()
    legs.learn("a", "1002@pbx.test")
    legs.learn("a", "1003@pbx.test")
    assert legs.of("1002@pbx.test") == ()
    assert legs.of("1003@pbx.test") == ("a",)


def test_a_removed_leg_is_forgotten_and_removing_it_twice_does_no_harm() -> None:
    legs = Legs()
    legs.learn("a", "1002@pbx.test")
    legs.forget("a")
    legs.forget("a")
    assert "a" not in legs
    assert legs.of("1002@pbx.test") == ()


def test_a_leg_keeps_its_user_under_a_new_uuid() -> None:
    legs = Legs()
    legs.learn("old", "1002@pbx.test")
    legs.rename("old", "new")
    assert legs.of("1002@pbx.test") == ("new",)


def test_rebuilding_forgets_what_the_switch_no_longer_has() -> None:
    legs = Legs()
    legs.learn("gone", "1002@pbx.test")
    legs.rebuild([{"uuid": "a", "presence_id": "1003@PBX.test"}, {"uuid": "b", "presence_id": ""}])
    assert len(legs) == 2
    assert "a" in legs
    assert "b" in legs
    assert legs.of("1003@pbx.test") == ("a",)
    assert legs.of("1002@pbx.test") == ()


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
    assert table.unsure({"name": name, "presence_id": "1002@pbx.test", "direction": direction}) is unsure
