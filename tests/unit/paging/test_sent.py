"""Legs that were sent to another switch, where the page is made."""

from __future__ import annotations

import pytest

from controller.domain.record import Ending
from controller.eventsocket.api import uuid_kill
from controller.paging.sent import Sent, SentMember
from controller.switch.group import SUBCLASS, room_name
from tests.unit.paging.fakes import bridge, event

OUT = {
    "Event-Subclass": "conference::maintenance",
    "Action": "del-member",
    "Conference-Name": room_name("w-1"),
}


def sent() -> SentMember:
    return SentMember("p1", "w-1", "x1")


def in_room() -> SentMember:
    leg = sent()
    leg.observe(event("CUSTOM", "x1", **{"Event-Subclass": SUBCLASS}))
    return leg


def test_member_is_never_up_where_its_leg_was_sent() -> None:
    assert sent().elsewhere
    assert not in_room().up
    assert in_room().legs == ("p1", "x1")


def test_leg_that_fails_on_its_way_was_refused_with_its_cause() -> None:
    leg = sent()
    leg.observe(event("CHANNEL_HANGUP", "x1", **{"Hangup-Cause": "PROGRESS_TIMEOUT"}))
    assert (leg.over, leg.refused) == (True, "PROGRESS_TIMEOUT")


def test_leg_that_the_switch_did_not_even_make_was_refused() -> None:
    leg = sent()
    leg.unanswered("GATEWAY_DOWN")
    assert (leg.over, leg.refused) == (True, "GATEWAY_DOWN")


def test_leg_that_was_in_the_room_was_not_refused() -> None:
    leg = in_room()
    leg.observe(event("CHANNEL_HANGUP", "x1", **{"Hangup-Cause": "NORMAL_CLEARING"}))
    assert (leg.over, leg.refused) == (True, "")


def test_leg_that_leaves_the_room_is_over() -> None:
    leg = in_room()
    leg.observe(event("CUSTOM", "x1", **OUT))
    assert (leg.over, leg.refused) == (True, "")


@pytest.mark.parametrize("make", [sent, in_room])
def test_leg_hangs_up_as_the_pager_does_and_was_not_refused(make) -> None:
    leg = make()
    assert leg.observe(event("CHANNEL_HANGUP", "p1")) == (uuid_kill("x1"),)
    assert (leg.over, leg.ending, leg.refused) == (True, Ending.PAGER_HUNG_UP, "")


@pytest.mark.parametrize("make", [sent, in_room])
def test_end_hangs_it_up_once_and_the_first_ending_counts(make) -> None:
    leg = make()
    assert leg.end(Ending.STOPPED) == (uuid_kill("x1"),)
    assert leg.end(Ending.BLOCKED) == ()
    leg.observe(event("CHANNEL_HANGUP", "x1", **{"Hangup-Cause": "ORIGINATOR_CANCEL"}))
    assert (leg.over, leg.ending, leg.refused) == (True, Ending.STOPPED, "")


@pytest.mark.parametrize("make", [sent, in_room])
def test_leg_that_has_ended_unseen_is_lost_unless_its_ending_is_known(make) -> None:
    leg = make()
    assert (leg.gone(), leg.over, leg.refused) == (Ending.LOST, True, "")
    leg = make()
    leg.end(Ending.STOPPED)
    assert (leg.gone(), leg.over) == (Ending.STOPPED, True)


def test_pager_whose_call_fails_was_refused_with_the_cause_of_that() -> None:
    leg = Sent("p1", "trunk")
    leg.observe(event("CHANNEL_HANGUP", "p1", variable_whisperpage_cause="CALL_REJECTED"))
    assert (leg.over, leg.refused, leg.cause) == (True, "CALL_REJECTED", "CALL_REJECTED")


def test_pagers_leg_that_is_bridged_to_anything_but_its_trunk_hangs_up() -> None:
    leg = Sent("p1", "trunk")
    assert leg.observe(bridge("CHANNEL_BRIDGE", "p1", "trunk")) == ()
    assert leg.observe(bridge("CHANNEL_BRIDGE", "p1", "x")) == (uuid_kill("p1"),)
