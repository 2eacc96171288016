"""Click to page: the decision before anything rings, the ringing, and the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gevent
import pytest
from gevent.event import Event

from controller.domain.decision import Basis, Decision, Device, Intercom, Judgement, Reverse, decide_click
from controller.domain.leg import Leg, Registration
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord
from controller.domain.refusal import Reason, Refusal
from controller.errors import DatabaseUnavailable, SwitchTrouble
from controller.eventsocket.api import ApiCall
from controller.eventsocket.outcome import Outcome, Status
from controller.paging import clicks
from controller.paging.click import RINGING, Click
from controller.paging.clicks import Clicks
from controller.paging.cluster import Cluster
from controller.paging.events import (
    AttemptsCounted,
    Bus,
    ClickAnswered,
    ClickEvent,
    ClickRefused,
    ClickRings,
)
from controller.paging.limits import Limits
from controller.phones.values import Header, Phone, PhoneKind
from controller.ratelimit import RateLimit
from controller.switch.timed import TimedSwitch
from tests.unit.paging.fakes import PBX, FakeSwitch

PAGER, TARGET, OTHER = (UserName(extension, "pbx.test") for extension in ("1001", "1002", "1003"))
HEADER = Header("Alert-Info", '<http://{domain}>;info="Auto Answer"')
DESK = Device(
    Registration("sofia/internal/sip:1001@10.0.0.1"), Phone(PhoneKind.DESK, "Poly", (HEADER,)), (HEADER,)
)
SOFT = Device(Registration("sofia/internal/sip:1001@10.0.0.9"), Phone(PhoneKind.SOFT, "", ()), ())


class RingingSwitch(FakeSwitch):
    """A switch whose phones ring until a test ends the originate; a hang-up cancels it."""

    def __init__(self) -> None:
        super().__init__()
        self.rings: list[tuple[str, float]] = []
        self.over = Event()
        self.outcome = Outcome.of_answer("+OK 1")

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        if call.text.startswith("uuid_kill"):
            self.end("-ERR ORIGINATOR_CANCEL")
        return super().api(call, deadline)

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        self.rings.append((call.text, deadline))
        self.over.wait()
        self.over.clear()
        return self.outcome

    def end(self, answer: str | Outcome) -> None:
        self.outcome = answer if isinstance(answer, Outcome) else Outcome.of_answer(answer)
        self.over.set()


@dataclass
class Decides:
    """A decider, and queries, with fixed results."""

    treatment: Decision | Exception = field(default_factory=lambda: Intercom((), automatic=True))
    devices: tuple[Device, ...] = (DESK,)
    shown: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[Feature, UserName, UserName]] = field(default_factory=list)

    def judge(self, feature: Feature, pager: UserName, target: UserName) -> Judgement:
        self.asked.append((feature, pager, target))
        if isinstance(self.treatment, Exception):
            raise self.treatment
        return Judgement(self.treatment)

    def judge_reverse(self, pager: UserName, target: UserName) -> Judgement:
        return self.judge(Feature.INTERCOM, pager, target)

    def by_click(self, judgement: Judgement, pager: UserName) -> tuple[Decision, tuple[Device, ...]]:
        return decide_click(judgement.decision, self.devices), self.devices

    def basis(self, user: UserName) -> Basis:
        return frozenset()

    def named(self, user: UserName) -> UserName | None:
        return UserName("1001", user.domain) if user.extension == "101" else user

    def display_name(self, user: UserName) -> str:
        return self.shown.get("name", "")

    def caller_id(self, user: UserName) -> dict[str, str]:
        return self.shown


@dataclass
class Desk:
    switch: RingingSwitch
    knows: Decides
    clicks: Clicks
    kept: list[PageRecord]
    told: list[ClickEvent]

    def page(self, target: UserName = TARGET, feature: Feature = Feature.WHISPER) -> Click:
        click = self.clicks.page(feature, PAGER, target)
        gevent.sleep(0)
        return click

    @property
    def originate(self) -> str:
        return self.switch.rings[-1][0]


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A desk with clicks; the parameter is the number of clicks and pages in a minute that are allowed."""
    switch, knows, kept = RingingSwitch(), Decides(), list[PageRecord]()
    rates = [RateLimit(times, 60.0) for times in getattr(request, "param", ())]
    events = Bus()
    for kind in (ClickRefused, AttemptsCounted):
        events.subscribe(kind, lambda event: kept.append(event.record))
    decides: Any = knows
    limits = Limits(events, *rates)
    clicks = Clicks(PBX, TimedSwitch(switch), 1, decides, decides, Cluster(), limits, events)
    told = list[ClickEvent]()
    for happening in (ClickRings, ClickAnswered):
        events.subscribe(happening, told.append)
    yield Desk(switch, knows, clicks, kept, told)
    switch.end("-ERR NO_ANSWER")
    gevent.sleep(0)
    limits.close()


def ended(click: Click) -> Refusal | None:
    refusal: Refusal | None = click.outcome.get(timeout=60)
    return refusal


@pytest.mark.parametrize(
    ("name", "shown"), [("Zoë", "Zoë"), ("", "1002"), ("${system(id)}'", "1002"), ("a\nb", "1002")]
)
def test_a_call_back_shows_the_target_and_no_phone_answers_it_by_itself(
    desk: Desk, name: str, shown: str
) -> None:
    desk.knows.devices, desk.knows.shown = (DESK, SOFT), {"name": name}
    desk.clicks.page(Feature.WHISPER, PAGER, TARGET, call_back=True)
    gevent.sleep(0)
    assert (
        f"origination_caller_id_name=Call\\sback\\s{shown},origination_caller_id_number=1002"
        in desk.originate
    )
    assert "sip_h_" not in desk.originate


def test_the_pagers_phones_show_the_target_as_they_ring(desk: Desk) -> None:
    desk.page()
    assert "origination_caller_id_name=Page\\s1002," in desk.originate
    assert "effective_caller_id_name=1001," in desk.originate


def test_the_answer_is_awaited_for_longer_than_the_phones_ring(desk: Desk) -> None:
    desk.page()
    assert desk.switch.rings[-1][1] > RINGING


def test_a_phone_that_was_answered_leaves_the_history_to_the_page(desk: Desk) -> None:
    click = desk.page()
    desk.switch.end(f"+OK {click.legs[0]}")
    assert ended(click) is None
    assert desk.kept == []
    assert desk.clicks.known(click.page_id) is click
    assert desk.clicks.ringing() == ()


def test_the_ringing_and_the_answer_are_told(desk: Desk) -> None:
    click = desk.page()
    of_it = (click.page_id, PAGER, TARGET, click.started_at)
    assert desk.told == [ClickRings(*of_it)]
    desk.page()
    assert desk.told == [ClickRings(*of_it)]
    desk.switch.end(f"+OK {click.legs[0]}")
    ended(click)
    assert desk.told == [ClickRings(*of_it), ClickAnswered(*of_it)]


def test_a_click_that_is_refused_does_not_ring(desk: Desk) -> None:
    desk.knows.treatment = Refusal(Reason.CONFERENCE)
    desk.page()
    assert desk.told == []


def test_what_would_be_refused_is_refused_without_ringing_and_kept(desk: Desk) -> None:
    desk.knows.treatment = Refusal(Reason.CONFERENCE)
    click = desk.page()
    assert ended(click) == Refusal(Reason.CONFERENCE)
    assert desk.switch.rings == []
    (kept,) = desk.kept
    assert (kept.page_id, kept.treatment, kept.reason) == (click.page_id, "refused", "conference")
    assert (kept.pager, kept.target, kept.cause) == (PAGER, TARGET, "USER_BUSY")


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [(DatabaseUnavailable("x"), Reason.STORE_TROUBLE), (SwitchTrouble("x"), Reason.SWITCH_TROUBLE)],
)
def test_trouble_with_store_or_switch_is_a_refusal(desk: Desk, trouble: Exception, reason: Reason) -> None:
    desk.knows.treatment = trouble
    assert ended(desk.page()) == Refusal(reason)


@pytest.mark.parametrize(
    "devices", [(), (Device(Registration("sofia/x/sip:1@a,b|c"), DESK.phone, ()),)], ids=["none", "odd"]
)
def test_a_pager_without_a_phone_that_can_ring_is_refused(desk: Desk, devices: tuple[Device, ...]) -> None:
    desk.knows.devices = devices
    assert ended(desk.page()) == Refusal(Reason.PAGER_NOT_REGISTERED)
    assert desk.kept[0].reason == "pager_not_registered"


def test_a_phone_that_nobody_answers_is_kept_with_its_cause(desk: Desk) -> None:
    click = desk.page()
    desk.switch.end("-ERR NO_ANSWER")
    assert ended(click) == Refusal(Reason.PAGER_UNANSWERED, "NO_ANSWER")
    assert [(each.reason, each.cause) for each in desk.kept] == [("pager_unanswered", "NO_ANSWER")]


@pytest.mark.parametrize("refusal", [None, Refusal(Reason.CONFERENCE)])
def test_a_finished_click_is_known_until_the_history_has_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, refusal: Refusal | None
) -> None:
    monkeypatch.setattr(clicks, "REMEMBERED", 0.01)
    desk.knows.treatment = refusal or desk.knows.treatment
    click = desk.page()
    desk.switch.end("+OK 1")
    ended(click)
    assert desk.clicks.known(click.page_id) is click
    assert desk.clicks.ringing() == ()
    gevent.sleep(0.02)
    assert desk.clicks.known(click.page_id) is None


def test_a_cancelled_click_hangs_up_every_phone_and_is_kept_as_cancelled(desk: Desk) -> None:
    desk.knows.devices = (DESK, SOFT)
    click = desk.page()
    assert desk.clicks.call_off(click.page_id)
    kills = [text for text in desk.switch.asked if text.startswith("uuid_kill")]
    assert kills == [f"uuid_kill {leg} ORIGINATOR_CANCEL" for leg in click.legs]
    assert ended(click) == Refusal(Reason.CANCELLED)
    assert desk.kept[-1].reason == "cancelled"


def test_click_that_is_called_off_has_the_reason_of_who_was_first(desk: Desk) -> None:
    click = desk.page()
    both = [
        gevent.spawn(desk.clicks.call_off, click.page_id, *reason) for reason in ((Reason.PAGER_ON_CALL,), ())
    ]
    gevent.joinall(both)
    assert ended(click) == Refusal(Reason.PAGER_ON_CALL)


def test_only_a_click_that_rings_can_be_cancelled(desk: Desk) -> None:
    click = desk.page()
    desk.switch.end("+OK 1")
    ended(click)
    assert not desk.clicks.call_off(click.page_id)
    assert not desk.clicks.call_off("x")


def test_a_second_click_for_the_same_page_is_the_first(desk: Desk) -> None:
    assert desk.page() is desk.page()
    assert len(desk.switch.rings) == 1


def test_a_click_for_another_page_while_the_phone_rings_is_refused(desk: Desk) -> None:
    desk.page()
    assert ended(desk.page(OTHER)) == Refusal(Reason.PAGER_RINGING)
    assert len(desk.switch.rings) == 1


def test_after_the_ringing_the_next_click_rings_anew(desk: Desk) -> None:

    first = desk.page()
    desk.switch.end("-ERR NO_ANSWER")
    ended(first)
    assert desk.page().rings


def test_a_switch_that_is_out_of_reach_is_a_refusal(desk: Desk) -> None:
    click = desk.page()
    desk.switch.end(Outcome(Status.NOT_SENT, "down"))
    assert ended(click) == Refusal(Reason.SWITCH_TROUBLE)
    assert desk.kept[-1].reason == "switch_trouble"


def test_a_click_with_an_unknown_outcome_is_not_kept_since_a_controller_may_claim_it(
    desk: Desk,
) -> None:
    click = desk.page()
    desk.switch.end(Outcome(Status.UNKNOWN, "late"))
    assert ended(click) == Refusal(Reason.SWITCH_TROUBLE)
    assert desk.kept == []
    assert desk.switch.asked == [f"uuid_kill {click.legs[0]} ORIGINATOR_CANCEL"]


def test_nobody_pages_into_another_domain(desk: Desk) -> None:
    desk.knows.treatment = Refusal(Reason.OTHER_DOMAIN)
    assert ended(desk.page(UserName("1002", "other.test"))) == Refusal(Reason.OTHER_DOMAIN)
    assert desk.switch.rings == []
    assert [record.reason for record in desk.kept] == ["other_domain"]


@pytest.mark.parametrize("desk", [(2,)], indirect=True)
def test_clicks_beyond_the_limit_are_refused_at_once_in_one_row(desk: Desk) -> None:
    desk.knows.treatment = Refusal(Reason.CONFERENCE)
    found = [desk.page() for _ in range(100)]
    assert [ended(click) for click in found] == [Refusal(Reason.CONFERENCE)] * 2 + [
        Refusal(Reason.TOO_OFTEN)
    ] * 98
    assert len(desk.knows.asked) == 2
    assert [record.reason for record in desk.kept] == ["conference", "conference", "too_often"]
    assert {click.page_id for click in found[2:]} == {desk.kept[-1].page_id}
    assert len(desk.clicks._known) == 3


@pytest.mark.parametrize("desk", [(99, 1)], indirect=True)
def test_a_target_that_has_been_paged_too_often_is_not_clicked(desk: Desk) -> None:
    assert desk.clicks._limits.page(TARGET)
    assert ended(desk.page()) == Refusal(Reason.PAGED_TOO_OFTEN)
    assert desk.switch.rings == []
    assert desk.page(OTHER).rings


def test_a_click_that_rings_does_not_delay_the_stop_of_the_controller(desk: Desk) -> None:
    click = desk.page()
    assert click.rings
    desk.clicks.stop()
    assert desk.kept == []
    assert "uuid_kill" not in desk.switch.names()


# -- a reverse page: the target's phones ring --------------------------------------------------------------


def reverse(desk: Desk, decision: Decision | None = None) -> Click:
    """Ask for a reverse page to the target, who has one phone that answers by itself."""
    desk.knows.treatment = decision or Reverse(Leg("t"), Leg("f"), devices=(DESK,))
    click = desk.clicks.reverse(PAGER, TARGET)
    gevent.sleep(0)
    return click


def test_the_targets_phone_is_rung_for_a_reverse_page_and_answers_by_itself(desk: Desk) -> None:
    desk.knows.shown = {"name": "Ann"}
    click = reverse(desk)
    assert (click.rung, click.feature) == (TARGET, Feature.INTERCOM)
    for said in (
        "whisperpage_clicked_by=1001@pbx.test,whisperpage_request=reverse,whisperpage_extension=1002,",
        "origination_caller_id_name=Private\\sAnn,origination_caller_id_number=1001,",
        f"[presence_id=1002@pbx.test,sip_invite_domain=pbx.test,outbound_redirect_fatal=true,"
        f"origination_uuid={click.legs[0]},sip_h_Alert-Info=",
    ):
        assert said in desk.originate


def test_a_second_request_for_a_reverse_page_is_the_first_one_and_one_for_a_page_is_another(
    desk: Desk,
) -> None:
    click = reverse(desk)
    assert reverse(desk) is click
    assert ended(desk.page(feature=Feature.INTERCOM)) == Refusal(Reason.PAGER_RINGING)


@pytest.mark.parametrize("reason", [Reason.PAGER_IDLE, Reason.NO_AUTO_ANSWER])
def test_a_reverse_page_that_is_refused_rings_nobody(desk: Desk, reason: Reason) -> None:
    assert ended(reverse(desk, Refusal(reason))) == Refusal(reason)
    assert desk.switch.rings == []
    assert [each.reason for each in desk.kept] == [reason.value]


def test_a_target_that_does_not_answer_is_named_as_such(desk: Desk) -> None:
    click = reverse(desk)
    desk.switch.end("-ERR NO_ANSWER")
    assert ended(click) == Refusal(Reason.TARGET_UNANSWERED, "NO_ANSWER")


def test_a_target_whose_phone_cannot_be_dialled_is_not_registered(desk: Desk) -> None:
    strange = Device(Registration("sofia/internal/sip:x@[${system(id)}]"), DESK.phone, (HEADER,))
    assert ended(reverse(desk, Reverse(Leg("t"), Leg("f"), devices=(strange,)))) == Refusal(
        Reason.NOT_REGISTERED
    )
