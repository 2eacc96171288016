"""Messages to idle targets: each is told to be over once, with a cause of the switch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from controller.domain.decision import Device, Intercom
from controller.domain.leg import Registration
from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.eventsocket.api import ApiCall
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.announcing import Announcements
from controller.paging.events import Bus, PageEnded
from controller.paging.live import LivePages
from controller.paging.replies import Replies
from controller.paging.unknown import UnknownMessages
from controller.phones.values import Phone, PhoneKind
from controller.switch.runner import CommandRunner
from controller.switch.timed import TimedSwitch
from tests.unit.paging.fakes import FakeSwitch, event
from tests.unit.paging.test_message import told

RECORD = PageRecord(
    "page-1",
    "pbx",
    UserName("lobby", "pbx.test"),
    UserName("1002", "pbx.test"),
    Treatment.INTERCOM,
    datetime(2026, 1, 1, tzinfo=UTC),
    message="visitor",
)
PHONE = Device(Registration("sofia/internal/sip:1002@h"), Phone(PhoneKind.DESK, "Poly", ()), ())
RINGS = Intercom(((PHONE,),), automatic=True)


@dataclass
class Eager(FakeSwitch):
    """Tells what became of a leg before it answers the originate that has rung it."""

    live: LivePages | None = None
    begins: bool = True
    answer: Outcome = field(default_factory=lambda: Outcome.of_answer("+OK"))

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        (leg,) = re.findall(r"origination_uuid=([0-9a-f-]+)", call.text)
        assert self.live
        if self.begins:
            self.live.observe(told("begun", leg))
        self.live.observe(event("CHANNEL_HANGUP", leg, **{"Hangup-Cause": "NORMAL_CLEARING"}))
        return Outcome.of_answer(f"+OK {leg}") if self.answer.done else self.answer


class Desk:
    """The announcements of one switch, and the ends of messages that were told."""

    def __init__(self, **answers: Any) -> None:
        self.switch, self.ends, events = Eager(**answers), cast(list[PageRecord], []), Bus()
        events.subscribe(PageEnded, lambda each: self.ends.append(each.record))
        timed = TimedSwitch(self.switch)
        runner = CommandRunner(timed, deadline=1)
        live = self.switch.live = LivePages(runner, events)
        replies = Replies(cast(Any, None), lambda target: (), frozenset())
        self.unknown = UnknownMessages(live, events)
        self.made = Announcements(timed, 1, runner, live, replies, {}, self.unknown)

    def call(self) -> list[tuple[str | None, str | None]]:
        """Have a message called; return the endings and causes that were told."""
        assert self.made.call("visitor.wav", RINGS, RECORD) is None
        self.made._ringing.join()
        return [(each.ending, each.cause) for each in self.ends]


@pytest.fixture
def desks() -> Iterator[list[Desk]]:
    made: list[Desk] = []
    yield made
    for each in made:
        each.made.stop()
        each.unknown.stop()


def desk(desks: list[Desk], **answers: Any) -> Desk:
    desks.append(Desk(**answers))
    return desks[-1]


def test_message_that_was_over_before_the_switch_answered_has_one_end(desks: list[Desk]) -> None:
    assert desk(desks).call() == [("target_hung_up", "NORMAL_CLEARING")]


def test_message_whose_target_hung_up_before_it_began_has_one_end(desks: list[Desk]) -> None:
    assert [ending for ending, _ in desk(desks, begins=False).call()] == ["target_hung_up"]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Outcome.of_answer("-ERR USER_BUSY"), "USER_BUSY"),
        (Outcome(Status.NOT_SENT, "The switch closed the connection."), None),
    ],
)
def test_only_the_switch_names_the_cause(desks: list[Desk], answer: Outcome, cause: str | None) -> None:
    assert desk(desks, begins=False, answer=answer).call() == [("unanswered", cause)]
