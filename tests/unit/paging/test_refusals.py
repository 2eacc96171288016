"""Refusals: what the pager hears, and what is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason, Refusal
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.call_backs import CallBacks
from controller.paging.events import Bus, PageRefused, RefusedAgain
from controller.paging.refusals import Refusals
from controller.paging.request import Request
from controller.switch.runner import CommandRunner
from controller.switch.timed import TimedSwitch
from tests.unit.paging.fakes import FakeStore, FakeSwitch

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
REQUEST = Request("p-1", Feature.WHISPER, PAGER, TARGET, "1002")
RECORD = PageRecord("page-1", "pbx", PAGER, TARGET, Treatment.WHISPER, datetime.now(UTC))
BUSY = Refusal(Reason.CONFERENCE)
HEARD = ["uuid_setvar p-1 whisperpage_cause USER_BUSY", "uuid_transfer p-1 refuse XML whisperpage@switch"]


class Desk:
    def __init__(self, minutes: int = 0) -> None:
        self.switch, events = FakeSwitch(), Bus()
        store = FakeStore(Policy(PAGER, TARGET))
        self.refusals = Refusals(
            CommandRunner(TimedSwitch(self.switch), deadline=1),
            CallBacks(store.call_back_rows, events, minutes, 2, "5"),
            events,
        )
        self.told = list[PageRefused | RefusedAgain]()
        events.subscribe(PageRefused, self.told.append)
        events.subscribe(RefusedAgain, self.told.append)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_page_that_could_not_be_made_is_heard_and_published_as_refused(desk: Desk) -> None:
    desk.refusals.refuse(REQUEST, BUSY, RECORD)
    assert desk.switch.asked == HEARD
    refused = replace(RECORD, treatment=Treatment.REFUSED, reason="conference", cause="USER_BUSY")
    assert desk.told == [PageRefused(refused)]


def test_a_refusal_that_the_history_has_is_not_published_again(desk: Desk) -> None:
    desk.refusals.refuse(REQUEST, BUSY, replace(RECORD, treatment=Treatment.REFUSED, reason="conference"))
    assert desk.switch.asked == HEARD
    assert desk.told == []


def test_a_refusal_that_was_not_sent_is_left_to_the_next_connection(desk: Desk) -> None:
    desk.switch.answers["uuid_setvar"] = Outcome(Status.NOT_SENT, "gone")
    desk.refusals.refuse(REQUEST, BUSY, RECORD)
    assert desk.told == []


def test_a_pager_that_may_ask_for_a_call_back_is_offered_its_key() -> None:
    desk = Desk(minutes=30)
    desk.refusals.refuse(REQUEST, BUSY, RECORD)
    assert desk.switch.asked == [HEARD[0], "uuid_setvar p-1 whisperpage_offer 5", HEARD[1]]


def test_a_pager_that_is_shut_out_hears_so_and_is_counted(desk: Desk) -> None:
    desk.refusals.again("p-1", BUSY)
    assert desk.switch.asked == HEARD
    assert desk.told == [RefusedAgain(Reason.CONFERENCE)]


def test_a_leg_that_is_turned_away_is_in_no_history(desk: Desk) -> None:
    desk.refusals.turn_away("p-1", BUSY)
    assert desk.switch.asked == HEARD
    assert desk.told == []
