"""The states of a call to an idle member of a page group."""

from __future__ import annotations

from controller.domain.record import Ending
from controller.eventsocket.api import uuid_kill
from controller.paging.member_call import TABLE, Do, Happening, MemberCall, State
from controller.paging.ongoing import Move, move
from controller.switch.group import SUBCLASS, room_name
from tests.unit.paging.fakes import event


def entered(uuid: str):
    return event("CUSTOM", uuid, **{"Event-Subclass": SUBCLASS})


def hearing(*phones: str) -> MemberCall:
    call = MemberCall("p1", "page-1", phones or ("x1",))
    call.observe(entered("x1"))
    assert call.up
    return call


def test_member_hears_the_page_once_its_phone_enters_the_room() -> None:
    call = MemberCall("p1", "page-1", ("x1", "x2"))
    assert not call.up
    assert call.legs == ("p1", "x1", "x2")
    call.observe(entered("x2"))
    assert call.up


def test_other_phones_of_the_member_go_as_one_answers() -> None:
    call = hearing("x1", "x2")
    call.observe(event("CHANNEL_HANGUP", "x2", **{"Hangup-Cause": "LOSE_RACE"}))
    assert call.up
    call.observe(event("CHANNEL_HANGUP", "x1", **{"Hangup-Cause": "NORMAL_CLEARING"}))
    assert (call.over, call.ending, call.cause) == (True, Ending.TARGET_HUNG_UP, "NORMAL_CLEARING")


def test_phones_that_nobody_answers_leave_it_unanswered() -> None:
    call = MemberCall("p1", "page-1", ("x1", "x2"))
    for each in ("x1", "x2"):
        call.observe(event("CHANNEL_HANGUP", each, **{"Hangup-Cause": "NO_ANSWER"}))
    assert (call.over, call.ending) == (True, Ending.UNANSWERED)


def test_switch_that_called_nobody_says_why() -> None:
    call = MemberCall("p1", "page-1", ("x1",))
    call.unanswered("USER_NOT_REGISTERED")
    assert (call.ending, call.cause) == (Ending.UNANSWERED, "USER_NOT_REGISTERED")


def test_phones_stop_ringing_as_the_pager_hangs_up() -> None:
    call = MemberCall("p1", "page-1", ("x1", "x2"))
    assert call.observe(event("CHANNEL_HANGUP", "p1")) == (uuid_kill("x1"), uuid_kill("x2"))
    assert (call.over, call.ending) == (True, Ending.PAGER_HUNG_UP)


def test_end_hangs_up_its_phone_once() -> None:
    call = hearing()
    assert call.end(Ending.STOPPED) == (uuid_kill("x1"),)
    assert call.end(Ending.BLOCKED) == ()
    call.observe(event("CHANNEL_HANGUP", "x1"))
    assert (call.over, call.ending) == (True, Ending.STOPPED)


def test_member_that_is_taken_out_of_the_room_is_out() -> None:
    call = hearing()
    gone = {"Event-Subclass": "conference::maintenance", "Action": "del-member"}
    call.observe(event("CUSTOM", "x1", **gone, **{"Conference-Name": room_name("of-others")}))
    assert call.up
    call.observe(event("CUSTOM", "x1", **gone, **{"Conference-Name": room_name("page-1")}))
    assert call.ending is Ending.TARGET_HUNG_UP


def test_table_has_these_moves_and_no_others() -> None:
    pager, wanted = Move(State.ENDED, (Do.HANG_UP,), Ending.PAGER_HUNG_UP), Move(State.ENDING, (Do.HANG_UP,))
    assert dict(TABLE) == {
        (State.CALLING, Happening.ENTERED): Move(State.HEARING),
        (State.CALLING, Happening.GONE): Move(State.ENDED, (), Ending.UNANSWERED),
        (State.CALLING, Happening.PAGER_GONE): pager,
        (State.CALLING, Happening.END_WANTED): wanted,
        (State.HEARING, Happening.GONE): Move(State.ENDED, (), Ending.TARGET_HUNG_UP),
        (State.HEARING, Happening.PAGER_GONE): pager,
        (State.HEARING, Happening.END_WANTED): wanted,
        (State.ENDING, Happening.GONE): Move(State.ENDED),
        (State.ENDING, Happening.PAGER_GONE): Move(State.ENDED),
    }
    assert move(TABLE, State.ENDED, Happening.ENTERED) == Move(State.ENDED)
