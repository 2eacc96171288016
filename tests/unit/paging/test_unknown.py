"""Messages of which the switch has not said whether their targets hear them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.paging.events import Bus, PageLost
from controller.paging.live import LivePages
from controller.paging.message import MessageCall
from controller.paging.unknown import LATEST, UnknownMessages
from controller.switch.runner import CommandRunner
from controller.switch.timed import TimedSwitch
from tests.unit.paging.fakes import FakeSwitch
from tests.virtual import VirtualClock

RECORD = PageRecord(
    page_id="m-1",
    switch="pbx",
    pager=UserName("lobby", "pbx.test"),
    target=UserName("1002", "pbx.test"),
    treatment=Treatment.WHISPER,
    started_at=datetime(2026, 11, 30, tzinfo=UTC),
    message="visitor",
)


class Known:
    """Unknown messages, and what is published of them."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        events = Bus()
        self.lost: list[PageRecord] = []
        events.subscribe(PageLost, lambda event: self.lost.append(event.record))
        runner = CommandRunner(TimedSwitch(FakeSwitch(), self.clock), 5.0, self.clock)
        self.live = LivePages(runner, events, self.clock)
        self.messages = UnknownMessages(self.live, events, self.clock)


@pytest.fixture
def known() -> Iterator[Known]:
    made = Known()
    yield made
    made.clock.close()


def test_message_that_does_not_come_up_is_lost_in_the_end(known: Known) -> None:
    known.messages.note(RECORD)
    known.clock.sleep(LATEST - 1)
    assert known.lost == []
    known.clock.sleep(2)
    (record,) = known.lost
    assert (record.page_id, record.treatment, record.ending) == ("m-1", "whisper", "lost")
    assert record.ended_at


def test_message_that_has_come_up_is_left_to_those_who_follow_it(known: Known) -> None:
    known.messages.note(RECORD)
    known.live.follow(MessageCall(("t1",), "t1"), RECORD)
    known.clock.sleep(LATEST + 1)
    assert known.lost == []


def test_message_is_not_closed_after_the_end_of_the_controller(known: Known) -> None:
    known.messages.note(RECORD)
    known.messages.stop()
    known.clock.sleep(LATEST + 1)
    assert known.lost == []
