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
from controller.domain.refusal import Reason, Refusal
from controller.eventsocket.api import ApiCall
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.announcing import Announcements
from controller.paging.deciding import Decider
from controller.paging.events import Bus, PageEnded
from controller.paging.live import LivePages
from controller.paging.replies import Replies
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
    rung: int = 0
    answer: Outcome = field(default_factory=lambda: Outcome.of_answer("+OK"))

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        self.rung += 1
        (leg,) = re.findall(r"origination_uuid=([0-9a-f-]+)", call.text)
        assert self.live
        if self.begins:
            self.live.observe(told("begun", leg))
        self.live.observe(event("CHANNEL_HANGUP", leg, **{"Hangup-Cause": "NORMAL_CLEARING"}))
        return Outcome.of_answer(f"+OK {leg}") if self.answer.done else self.answer


class Desk:
    """The announcements of one switch, their decider, and the ends of messages that were told."""

    def __init__(self, **answers: Any) -> None:
        self.switch, self.ends, events = Eager(**answers), cast(list[PageRecord], []), Bus()
        events.subscribe(PageEnded, lambda each: self.ends.append(each.record))
        timed = TimedSwitch(self.switch)
        runner = CommandRunner(timed, deadline=1)
        live = self.switch.live = LivePages(runner, events)
        replies = Replies(cast(Any, None), lambda target: (), frozenset())
        self.at_once = self.takes = False
        self.made = Announcements(timed, 1, runner, live, replies, {}, cast(Decider, self))

    def taken(self, *_: object) -> bool:
        """Whether the target is on another call: from now on, or from when its phone has rung."""
        return self.at_once or (self.takes and self.switch.rung > 0)

    def call(self, to: Intercom = RINGS) -> list[tuple[str | None, str | None]]:
        """Have a message called; return the endings and causes that were told."""
        assert self.made.call("visitor.wav", to, RECORD) is None
        self.made._ringing.join()
        return [(each.ending, each.cause) for each in self.ends]


@pytest.fixture
def desks() -> Iterator[list[Desk]]:
    made: list[Desk] = []
    yield made
    for each in made:
        each.made.stop()


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


def test_target_that_takes_a_call_before_its_phones_ring_is_refused(desks: list[Desk]) -> None:
    one = desk(desks)
    one.at_once = True
    assert one.made.call("visitor.wav", RINGS, RECORD) == Refusal(Reason.CALL_CHANGED)
    assert not one.switch.rung


@pytest.mark.parametrize(("taken", "rings"), [(False, 2), (True, 1)])
def test_other_phones_of_a_target_do_not_ring_if_it_takes_a_call_meanwhile(
    desks: list[Desk], taken: bool, rings: int
) -> None:
    one = desk(desks, begins=False, answer=Outcome.of_answer("-ERR NO_ANSWER"))
    one.takes = taken
    assert one.call(Intercom(((PHONE,), (PHONE,)), automatic=True)) == [("unanswered", "NO_ANSWER")]
    assert one.switch.rung == rings
