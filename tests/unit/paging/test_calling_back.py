"""When a pager that waits for a call back is rung, and when not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from gevent.event import AsyncResult

from controller.clock import date
from controller.domain.decision import Decision, Intercom, Judgement
from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy
from controller.domain.presence import CallState, Present
from controller.domain.refusal import Reason, Refusal
from controller.errors import DatabaseUnavailable
from controller.paging.call_backs import CallBackRows, CallBacks
from controller.paging.calling_back import EVERY, CallingBack
from controller.paging.cluster import Cluster, Place
from controller.paging.events import Bus, PresenceChanged, SwitchChanged
from controller.paging.limits import Limits
from controller.ratelimit import RateLimit
from tests.unit.paging.fakes import PBX, FakeStore
from tests.virtual import VirtualClock

PAGER, TARGET, OTHER = (UserName(each, "pbx.test") for each in ("1001", "1002", "1003"))
BUSY, CAN = Refusal(Reason.CONFERENCE), Intercom((), automatic=True)
#: Seconds in which everything happens that is to happen at once.
SOON = 0.5


@dataclass
class FakePlace:
    """One switch with the pager's phone. `decision` is that on every request; `ends` is how a click ends."""

    name: str = "pbx"
    decision: Decision = BUSY
    ends: Refusal | None = None
    rings: float = 3.0
    on_call: set[UserName] = field(default_factory=set)
    ringing: Rings | None = None
    clicked: list[tuple[UserName, UserName, bool]] = field(default_factory=list)
    judged: int = 0
    clock: Any = None

    def __post_init__(self) -> None:
        self.link = SimpleNamespace(state="up")

    @property
    def legs(self) -> Any:
        return SimpleNamespace(of=lambda user: tuple(self.states(user)), states=self.states)

    def states(self, user: UserName) -> dict[str, CallState]:
        """With the leg of a phone that rings, as if it was just answered."""
        legs = ("leg",) if user in self.on_call else ()
        rung = self.ringing.legs if self.ringing and self.ringing.rings else ()
        return dict.fromkeys((*legs, *rung), CallState.ON_CALL)

    @property
    def queries(self) -> Any:
        return SimpleNamespace(registrations=lambda user: ())

    @property
    def decider(self) -> Any:
        return self

    @property
    def clicks(self) -> Any:
        return self

    def judge(self, feature: Feature, pager: UserName, target: UserName) -> Judgement:
        self.judged += 1
        return Judgement(self.decision)

    def by_click(self, judgement: Judgement, pager: UserName) -> tuple[Decision, tuple[()]]:
        return judgement.decision, ()

    def page(self, feature: Feature, pager: UserName, target: UserName, *, call_back: bool) -> Any:
        self.clicked.append((pager, target, call_back))
        outcome: AsyncResult[Refusal | None] = AsyncResult()
        self.clock.later(self.rings, lambda: outcome.ready() or outcome.set(self.ends))
        self.ringing = Rings(outcome)
        return self.ringing

    def call_off(self, page_id: str, reason: Reason) -> bool:
        assert self.ringing
        assert self.ringing.page_id == page_id
        self.ringing.outcome.set(Refusal(reason))
        return True


@dataclass
class Rings:
    outcome: AsyncResult[Refusal | None]
    page_id: str = "page-1"
    pager: UserName = PAGER
    legs: tuple[str, ...] = ("rung",)

    @property
    def rings(self) -> bool:
        return not self.outcome.ready()


class Desk:
    """One who calls back, started; `given_back` and `finished` are what was written to SQL."""

    def __init__(self, clock: VirtualClock, **place: Any) -> None:
        self.clock, self.place = clock, FakePlace(clock=clock, **place)
        self.store = FakeStore(Policy(PAGER, TARGET))
        self.given_back: list[tuple[UserName, UserName]] = []
        self.finished: list[tuple[UserName, UserName]] = []
        self.ours = True
        self.events = Bus()
        rows = self.store.call_back_rows
        rows = CallBackRows(
            listing=rows.listing,
            ask=rows.ask,
            take=lambda pager, target, at: self.ours and (pager, target) in self.store.call_backs,
            give_back=lambda pager, target, at: self.given_back.append((pager, target)),
            finish=self._finish,
            remove=rows.remove,
            prune=rows.prune,
        )
        self.call_backs = CallBacks(rows, self.events, 30, 5, "5", clock)
        self.limits = Limits(self.events, None, RateLimit(1, 60.0), clock=clock)
        places: Any = (self.place,)
        cluster = Cluster()
        cluster.add(Place(PBX, "", self.place.queries, self.place.legs, self.place.link))
        ringing = places, cluster, self.limits, self.events
        self.calling_back = CallingBack(self.call_backs, rows, *ringing, clock)
        self.calling_back.start()

    def _finish(self, pager: UserName, target: UserName, taken_at: datetime) -> None:
        self.store.finish_call_back(pager, target, taken_at)
        self.finished.append((pager, target))

    def ask(self, target: UserName = TARGET) -> None:
        self.call_backs.ask(Feature.WHISPER, PAGER, target)
        self.clock.sleep(SOON)

    def moves(self, user: UserName) -> None:
        """Publish that a user has begun or ended a call."""
        present = Present(user, CallState.FREE, date(self.clock))
        self.events.publish(PresenceChanged(user.domain, (present,)))
        self.clock.sleep(SOON)


@pytest.fixture
def desk(clock: VirtualClock) -> Iterator[Desk]:
    desk = Desk(clock)
    yield desk
    desk.calling_back.stop()


def test_a_pager_is_rung_as_soon_as_its_target_can_be_paged(desk: Desk) -> None:
    desk.ask()
    assert desk.place.clicked == []
    desk.place.decision = CAN
    desk.moves(TARGET)
    assert desk.place.clicked == [(PAGER, TARGET, True)]
    desk.clock.sleep(5)
    assert desk.finished == [(PAGER, TARGET)]
    assert desk.call_backs.waiting() == ()
    assert desk.call_backs.counts.rung == 1


def test_a_pager_on_a_call_is_rung_after_it(desk: Desk) -> None:
    desk.place.on_call.add(PAGER)
    desk.ask()
    desk.place.decision = CAN
    desk.moves(TARGET)
    desk.clock.sleep(3 * EVERY)
    assert desk.place.clicked == []
    assert desk.place.judged == 0
    desk.place.on_call.clear()
    desk.moves(PAGER)
    assert desk.place.clicked == [(PAGER, TARGET, True)]


def test_a_pager_that_is_on_another_call_as_its_phone_rings_is_rung_after_it(desk: Desk) -> None:
    desk.place.decision, desk.place.rings = CAN, 25.0
    desk.ask()
    assert desk.place.ringing
    assert desk.place.ringing.rings
    desk.place.on_call.add(PAGER)
    desk.clock.sleep(SOON)
    assert desk.place.ringing.outcome.get() == Refusal(Reason.PAGER_ON_CALL)
    desk.clock.sleep(3 * EVERY)
    assert desk.given_back == [(PAGER, TARGET)]
    assert len(desk.place.clicked) == 1
    desk.place.on_call.clear()
    desk.moves(PAGER)
    assert len(desk.place.clicked) == 2


def test_nobody_is_rung_while_a_switch_is_away(desk: Desk) -> None:
    desk.ask()
    desk.place.link.state, desk.place.decision = "down", CAN
    desk.clock.sleep(3 * EVERY)
    assert desk.place.clicked == []
    desk.place.link.state = "up"
    desk.events.publish(SwitchChanged("pbx", True, date(desk.clock)))
    desk.clock.sleep(SOON)
    assert desk.place.clicked == [(PAGER, TARGET, True)]


def test_what_no_event_tells_is_found_within_seconds(desk: Desk) -> None:
    desk.ask()
    desk.place.decision = CAN
    desk.clock.sleep(EVERY + SOON)
    assert len(desk.place.clicked) == 1


def test_others_who_move_make_nobody_look(desk: Desk) -> None:
    desk.ask()
    before = desk.place.judged
    desk.moves(OTHER)
    assert desk.place.judged == before


@pytest.mark.parametrize("reason", [Reason.CONFERENCE, Reason.PAGER_ON_CALL, Reason.TOO_OFTEN])
def test_a_pager_that_was_not_rung_goes_on_waiting(desk: Desk, reason: Reason) -> None:
    desk.place.decision, desk.place.ends, desk.place.rings = CAN, Refusal(reason), 0.0
    desk.ask()
    desk.clock.sleep(1)
    assert desk.given_back == [(PAGER, TARGET)]
    assert len(desk.call_backs.waiting()) == 1
    desk.clock.sleep(EVERY)
    assert len(desk.place.clicked) == 2
    assert desk.call_backs.counts.rung == 0


@pytest.mark.parametrize("reason", [Reason.PAGER_UNANSWERED, Reason.CANCELLED])
def test_a_pager_that_does_not_answer_is_not_rung_again(desk: Desk, reason: Reason) -> None:
    desk.place.decision, desk.place.ends = CAN, Refusal(reason)
    desk.ask()
    desk.clock.sleep(3 * EVERY)
    assert len(desk.place.clicked) == 1
    assert desk.finished == [(PAGER, TARGET)]


def test_one_that_another_controller_has_taken_is_left_to_it(desk: Desk) -> None:
    desk.place.decision, desk.ours = CAN, False
    desk.ask()
    desk.clock.sleep(3 * EVERY)
    assert desk.place.clicked == []


def test_a_pager_is_rung_for_one_target_at_a_time(desk: Desk) -> None:
    desk.ask()
    desk.ask(OTHER)
    desk.place.decision, desk.place.rings = CAN, 25.0
    desk.clock.sleep(EVERY)
    desk.clock.sleep(EVERY)
    assert len(desk.place.clicked) == 1
    desk.clock.sleep(2 * EVERY)
    assert len(desk.place.clicked) == 2


def test_a_target_that_was_paged_too_often_is_left_in_peace(desk: Desk) -> None:
    assert desk.limits.page(TARGET)
    desk.place.decision = CAN
    desk.ask()
    assert desk.place.clicked == []
    desk.clock.sleep(65)
    assert len(desk.place.clicked) == 1


def test_a_row_that_cannot_be_deleted_is_deleted_later_and_rings_nobody_meanwhile(desk: Desk) -> None:
    desk.place.decision = CAN
    desk.ask()
    desk.store.policy = DatabaseUnavailable("away")
    desk.clock.sleep(3 * EVERY)
    assert desk.finished == []
    desk.store.policy = Policy(PAGER, TARGET)
    desk.clock.sleep(60)
    assert desk.finished == [(PAGER, TARGET)]
    assert len(desk.place.clicked) == 1


def test_nothing_is_looked_at_after_the_end(desk: Desk) -> None:
    desk.ask()
    desk.calling_back.stop()
    desk.place.decision = CAN
    desk.moves(TARGET)
    desk.clock.sleep(3 * EVERY)
    assert desk.place.clicked == []


def test_it_is_well_between_start_and_stop(desk: Desk) -> None:
    assert desk.calling_back.trouble == ""
    desk.calling_back.stop()
    assert desk.calling_back.trouble
