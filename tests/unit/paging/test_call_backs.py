"""The call backs that wait, and to whom one is offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.clock import date
from controller.domain.call_back import CallBack
from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy
from controller.domain.refusal import Reason, Refusal
from controller.errors import DatabaseUnavailable
from controller.paging.call_backs import CallBacks
from controller.paging.events import Bus, CallBackAsked
from controller.paging.request import Request
from tests.unit.paging.fakes import FakeStore
from tests.virtual import VirtualClock

PAGER, TARGET, OTHER, THIRD = (UserName(each, "pbx.test") for each in ("1001", "1002", "1003", "1004"))
REQUEST = Request("p-1", Feature.WHISPER, PAGER, TARGET, "*191002")
BUSY = Refusal(Reason.CONFERENCE)


class Desk:
    def __init__(self, clock: VirtualClock, minutes: int = 30) -> None:
        self.clock = clock
        self.store = FakeStore(Policy(PAGER, TARGET))
        self.told: list[CallBackAsked] = []
        events = Bus()
        events.subscribe(CallBackAsked, self.told.append)
        self.call_backs = CallBacks(self.store.call_back_rows, events, minutes, 2, "5", clock)


@pytest.fixture
def desk(clock: VirtualClock) -> Desk:
    return Desk(clock)


def test_it_is_offered_to_a_pager_whose_target_is_busy(desk: Desk) -> None:
    assert desk.call_backs.offer(REQUEST, BUSY) == "5"


@pytest.mark.parametrize(
    "request_",
    [
        replace(REQUEST, pager=None),
        replace(REQUEST, target=None),
        replace(REQUEST, arrives=True),
        replace(REQUEST, reverse=True),
    ],
)
def test_it_is_not_offered_to_a_stranger_or_to_a_call_that_is_not_the_pagers_own(
    desk: Desk, request_: Request
) -> None:
    assert desk.call_backs.offer(request_, BUSY) == ""


@pytest.mark.parametrize("reason", Reason)
def test_it_is_offered_for_what_passes_by_itself(desk: Desk, reason: Reason) -> None:
    lasting = {"CALL_REJECTED", "NORMAL_TEMPORARY_FAILURE", "INVALID_NUMBER_FORMAT", "UNALLOCATED_NUMBER"}
    own = {Reason.PAGER_NOT_REGISTERED, Reason.PAGER_RINGING, Reason.PAGER_UNANSWERED, Reason.CANCELLED}
    own |= {Reason.PAGER_PAGED, Reason.TARGET_ON_CALL, Reason.NO_AUTO_ANSWER, Reason.TARGET_UNANSWERED}
    own |= {Reason.NOT_AUTOMATIC, Reason.GROUP_FULL, Reason.NOBODY_REACHED}
    own |= {Reason.PAGER_ON_CALL}
    refusal = Refusal(reason)
    wanted = refusal.hangup_cause not in lasting and reason not in {*own, Reason.UNAVAILABLE}
    assert bool(desk.call_backs.offer(REQUEST, refusal)) is wanted


def test_it_is_not_offered_to_a_pager_that_waits_for_too_many_others(desk: Desk) -> None:
    for target in (OTHER, THIRD):
        assert desk.call_backs.offer(REQUEST, BUSY) == "5"
        desk.call_backs.ask(Feature.WHISPER, PAGER, target)
    assert desk.call_backs.offer(REQUEST, BUSY) == ""
    assert desk.call_backs.offer(replace(REQUEST, target=OTHER), BUSY) == "5"
    assert desk.call_backs.offer(replace(REQUEST, pager=THIRD), BUSY) == "5"


def test_nothing_is_offered_where_there_are_none(clock: VirtualClock) -> None:
    desk = Desk(clock, minutes=0)
    assert not desk.call_backs.on
    assert desk.call_backs.offer(REQUEST, BUSY) == ""


def test_one_that_was_asked_for_is_known_and_told_at_once(desk: Desk) -> None:
    asked = desk.call_backs.ask(Feature.WHISPER, PAGER, TARGET)
    assert desk.call_backs.waiting() == (asked,)
    assert [each.call_back for each in desk.told] == [asked]
    assert desk.call_backs.counts.asked == 1


def test_one_that_cannot_be_written_does_not_wait(desk: Desk) -> None:
    desk.store.policy = DatabaseUnavailable("away")
    with pytest.raises(DatabaseUnavailable):
        desk.call_backs.ask(Feature.WHISPER, PAGER, TARGET)
    assert desk.call_backs.waiting() == ()
    assert desk.told == []


def test_one_of_another_controller_is_known_after_a_look(desk: Desk) -> None:
    now = date(desk.clock)
    theirs = CallBack(PAGER, TARGET, Feature.WHISPER, now, now + timedelta(minutes=1))
    desk.store.call_backs[theirs.pair] = theirs
    assert desk.call_backs.look()
    assert desk.call_backs.waiting() == (theirs,)
    desk.clock.sleep(61)
    assert desk.call_backs.waiting() == ()


def test_removed_ones_are_forgotten(desk: Desk) -> None:
    desk.call_backs.ask(Feature.WHISPER, PAGER, TARGET)
    assert desk.call_backs.remove(PAGER, TARGET)
    assert not desk.call_backs.remove(PAGER, TARGET)
    assert desk.call_backs.waiting() == ()


def test_while_the_database_is_away_they_stay_as_last_read(desk: Desk) -> None:
    asked = desk.call_backs.ask(Feature.WHISPER, PAGER, TARGET)
    desk.store.policy = DatabaseUnavailable("away")
    assert not desk.call_backs.look()
    assert desk.call_backs.waiting() == (asked,)
