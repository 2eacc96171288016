"""The states of a page to a page group as a whole."""

from __future__ import annotations

import pytest

from controller.domain.record import Ending
from controller.eventsocket.api import uuid_kill
from controller.eventsocket.events import Event
from controller.paging.group_page import TABLE, Do, GroupPage, Happening, State
from controller.paging.ongoing import Move, move
from controller.switch.group import leave, room_name, take_rate
from tests.unit.paging.fakes import bridge, event


def moved(action: str, page: str = "page-1") -> dict[str, str]:
    headers = {"Action": action, "Conference-Name": room_name(page)}
    return headers | {"Event-Subclass": "conference::maintenance"}


def up() -> GroupPage:
    page = GroupPage("p1", "page-1")
    page.observe(event("CUSTOM", "p1", **moved("add-member")))
    assert page.up
    return page


def test_page_is_up_once_its_pager_is_in_the_room() -> None:
    page = GroupPage("p1", "page-1")
    assert [step.name for step in page.steps()] == ["mark", "gather"]
    assert not page.up
    assert up().legs == ("p1",)


def test_pager_that_hangs_up_ends_it() -> None:
    page = up()
    assert page.observe(event("CHANNEL_HANGUP", "p1", **{"Hangup-Cause": "NORMAL_CLEARING"})) == ()
    assert (page.over, page.ending, page.cause) == (True, Ending.PAGER_HUNG_UP, "NORMAL_CLEARING")


def test_end_takes_the_pager_out_of_the_room_once() -> None:
    page = up()
    assert page.end(Ending.STOPPED) == (leave("p1"),)
    assert page.end(Ending.BLOCKED) == ()
    page.observe(event("CUSTOM", "p1", **moved("del-member")))
    assert (page.over, page.ending) == (True, Ending.STOPPED)


@pytest.mark.parametrize(
    ("happens", "ending"),
    [
        (event("CUSTOM", "p1", **moved("add-member", "of-others")), Ending.CONFERENCE),
        (bridge("CHANNEL_BRIDGE", "p1", "x1"), Ending.TRANSFERRED),
        (event("CHANNEL_HOLD", "p1"), Ending.HELD),
        (event("MEDIA_BUG_START", "p1", **{"Media-Bug-Function": "eavesdrop"}), Ending.JOINED),
    ],
)
def test_pager_whose_leg_is_used_for_something_else_is_hung_up(happens, ending: Ending) -> None:
    page = up()
    assert page.observe(happens) == (uuid_kill("p1"),)
    assert page.ending is ending


def test_recording_of_the_pager_and_other_rooms_ends_change_nothing() -> None:
    page = up()
    recording = event("MEDIA_BUG_START", "p1", **{"Media-Bug-Function": "session_record"})
    assert page.observe(recording) == page.observe(event("CUSTOM", "p1", **moved("del-member", "x"))) == ()
    assert page.up


def codec(rate: int, read: int) -> Event:
    """The event of a leg whose phone has a codec of a rate, and that the room reads at another one."""
    rates = {"Channel-Write-Codec-Rate": str(rate), "Channel-Read-Codec-Rate": str(read)}
    return event("CODEC", "p1", **rates)


def test_room_takes_the_new_rate_of_its_pager_once() -> None:
    page = GroupPage("p1", "page-1")
    assert page.observe(codec(16000, 16000)) == ()  # as the call is answered, before it is in the room
    page.observe(event("CUSTOM", "p1", **moved("add-member")))
    assert page.observe(codec(16000, 8000)) == ()
    assert page.observe(codec(8000, 16000)) == (take_rate("p1"),)
    assert page.observe(codec(8000, 8000)) == page.observe(codec(0, 8000)) == ()
    assert page.up
    assert str(take_rate("p1")).startswith("sendmsg p1")


def test_page_that_is_ending_takes_no_rate() -> None:
    page = up()
    page.end(Ending.STOPPED)
    assert page.observe(codec(8000, 8000)) == ()


def test_room_that_ends_for_no_known_reason_loses_the_page() -> None:
    page = up()
    page.observe(event("CUSTOM", "p1", **moved("del-member")))
    assert page.ending is Ending.LOST


def test_steps_stop_if_the_pager_hangs_up_meanwhile() -> None:
    page = GroupPage("p1", "page-1")
    steps = page.steps()
    next(steps)
    page.observe(event("CHANNEL_HANGUP", "p1"))
    assert list(steps) == []


def test_page_of_another_controller_that_never_came_up_is_lost_here() -> None:
    page = GroupPage("p1", "page-1", ours=False)
    page.observe(event("CHANNEL_HANGUP", "p1"))
    assert (page.witnessed, page.ending) == (False, Ending.LOST)
    seen = GroupPage("p1", "page-1", ours=False)
    seen.observe(event("CUSTOM", "p1", **moved("add-member")))
    seen.observe(event("CHANNEL_HANGUP", "p1"))
    assert (seen.witnessed, seen.ending) == (True, Ending.PAGER_HUNG_UP)


def test_table_has_these_moves_and_no_others() -> None:
    taken, wanted = Move(State.ENDING, (Do.HANG_UP,)), Move(State.ENDING, (Do.LEAVE,))
    left, gone = Move(State.ENDED, (), Ending.LOST), Move(State.ENDED, (), Ending.PAGER_HUNG_UP)
    by = {Happening.LEFT: left, Happening.HUNG_UP: gone, Happening.TAKEN: taken, Happening.END_WANTED: wanted}
    moves = {
        (state, happening): each for state in (State.GATHERING, State.UP) for happening, each in by.items()
    }
    moves[State.GATHERING, Happening.ENTERED] = Move(State.UP)
    moves[State.UP, Happening.RECODED] = Move(State.UP, (Do.TAKE_RATE,))
    moves |= {(State.ENDING, each): Move(State.ENDED) for each in (Happening.LEFT, Happening.HUNG_UP)}
    assert moves == dict(TABLE)
    assert move(TABLE, State.ENDED, Happening.TAKEN) == Move(State.ENDED)
