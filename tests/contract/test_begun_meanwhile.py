"""The contract: a phone that begins a call before it is rung is not made to answer by itself (P4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from controller.domain.message import Message
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.refusal import Reason, Refusal
from controller.simulator.behaviour import Behaviour, obeys
from controller.simulator.phones import PhoneCall
from controller.station import Station
from controller.store import messages
from tests.contract.gathering import DOMAIN, GROUP, by_target, make_group
from tests.contract.office import SimulatedOffice
from tests.contract.rig import station
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all

SOUND = "ivr/visitor.wav"
PAGER, TARGET = UserName("1001", DOMAIN), UserName("1003", DOMAIN)


class Desk:
    """An office in which a user begins a call at one moment of the controller's work."""

    def __init__(self, office: SimulatedOffice) -> None:
        self.office = office
        assert office.controller
        self.controller = office.controller
        self.station: Station = station(office.controller)
        self.calls: list[PhoneCall] = []

    def before(self, part: Any, name: str, who: str, number: str = "9555") -> None:
        """Let a user call a number before a part of the controller does something for the first time."""
        does: Callable[..., Any] = getattr(part, name)

        def later(*args: Any, **more: Any) -> Any:
            if not self.calls:
                self.calls.append(self.office.office.dial(who, number))
                while not self.calls[0].up:
                    self.office.clock.sleep(0.02)
                self.office.clock.sleep(0.1)  # until the controller has heard of it
            return does(*args, **more)

        setattr(part, name, later)

    def received(self, who: str) -> list[dict[str, str]]:
        """The headers of the calls that the phone of a user has received."""
        return [dict(call.headers) for call in self.office.office.phone(who).calls if call not in self.calls]

    def settles(self, who: str, *result: str | None) -> None:
        """Wait for a result, and see that the call of the user is as it was."""
        self.office.wait(lambda: self.result(who) == result, f"{result}")
        assert not self.calls[0].over
        assert self.received(who) == []

    def result(self, who: str) -> tuple[str, str | None] | None:
        return by_target(self.office.rig.attempts()).get(who)


@pytest.fixture
def desk(simulated: SimulatedOffice) -> Desk:
    return Desk(simulated)


def test_page_to_an_idle_target_becomes_a_whisper(desk: Desk) -> None:
    desk.before(desk.station.requests._claiming, "_claim", "1003")
    desk.office.dial("1001", "*191003")
    desk.office.wait(lambda: desk.office.office.hears("1003").get("1001"), "the whisper")
    assert desk.result("1003") == ("whisper", None)
    assert desk.received("1003") == []


def test_intercom_call_rings_as_an_ordinary_one(desk: Desk) -> None:
    desk.before(desk.station.requests._claiming, "_claim", "1003")
    desk.office.dial("1001", "*151003")
    desk.office.wait(lambda: desk.received("1003"), "the call")
    assert not {"Alert-Info", "Call-Info", "Answer-Mode"} & {*desk.received("1003")[0]}


def test_page_to_a_target_that_enters_a_conference_is_refused(desk: Desk) -> None:
    desk.before(desk.station.requests._claiming, "_claim", "1003", "3001")
    desk.office.dial("1001", "*191003")
    desk.settles("1003", "refused", "conference")


def test_page_to_a_target_whose_calls_change_all_the_time_is_refused(desk: Desk) -> None:
    desk.station.decider.holds = lambda treatment, target: False  # type: ignore[method-assign]
    call = desk.office.dial("1001", "*191003")
    assert desk.office.end_of(call) == "USER_BUSY"
    assert desk.result("1003") == ("refused", "call_changed")


def test_message_whose_text_took_its_time_is_a_whisper(desk: Desk) -> None:
    with desk.office.store.unit() as unit:
        messages.add(unit, "*", Message("text", words="Your visitor is here", number=12))
        unit.commit()
    desk.controller.sounds.of = lambda message, seconds=0: SOUND  # type: ignore[method-assign]
    desk.before(desk.controller.sounds, "of", "1003")
    desk.office.dial("1001", "*1812*1003")
    desk.settles("1003", "whisper", "heard")


@pytest.mark.parametrize(
    ("number", "result"), [("9555", ("whisper", "heard")), ("3001", ("refused", "conference"))]
)
def test_message_whose_text_took_its_time_finds_the_call_as_it_is_then(
    desk: Desk, number: str, result: tuple[str, str]
) -> None:
    with desk.office.store.unit() as unit:
        messages.add(unit, "*", Message("text", words="Your visitor is here", number=12))
        unit.commit()
    desk.calls.append(desk.office.call("1003", "9555"))

    def speak(*_: object) -> str:
        desk.office.clock.sleep(2)
        desk.office.wire.api(f"uuid_transfer {desk.calls[0].leg.uuid} {number} XML default")
        desk.office.clock.sleep(1)
        return SOUND

    desk.controller.sounds.of = speak  # type: ignore[method-assign]
    desk.office.dial("1001", "*1812*1003")
    desk.settles("1003", *result)


def test_member_of_a_page_group_hears_a_whisper(desk: Desk) -> None:
    make_group(desk.office.store, ("1001", "1003"))
    desk.before(desk.station.groups, "_gather", "1003")
    desk.office.dial("1001", GROUP)
    desk.office.wait(lambda: desk.office.office.hears("1003").get("1001"), "the whisper")
    desk.settles("1003", "whisper", None)


def test_phone_of_who_clicks_only_rings(desk: Desk) -> None:
    phone = desk.office.office.phone("1001")
    phone.behaviour = Behaviour(answers=False, auto_answer=obeys(phone.user_agent))
    desk.before(desk.station.queries, "caller_id", "1001")
    click = desk.station.clicks.page(Feature.WHISPER, PAGER, TARGET)
    desk.office.clock.sleep(2)
    assert click.rings
    assert not desk.calls[0].over


def test_reverse_page_is_refused(desk: Desk) -> None:
    call = desk.office.call("1001", "9200")
    desk.office.wait(lambda: call.leg.link, "the pager's call")
    desk.office.clock.sleep(0.1)  # until the controller has heard of it
    desk.before(desk.station.queries, "caller_id", "1003")
    click = desk.station.clicks.reverse(PAGER, TARGET)
    assert click.outcome.get() == Refusal(Reason.TARGET_ON_CALL)
    desk.settles("1003", "refused", "target_on_call")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        yield two


def test_target_of_a_page_that_was_sent_to_its_switch_hears_a_whisper(two: TwoSwitches) -> None:
    decider = at(two.start(), "beta").requests._decider
    now, calls = decider.now, list[PhoneCall]()

    def later(*args: Any, **more: Any) -> Any:
        calls.append(two.beta.dial("1002", "9555"))
        while not calls[0].up:
            two.clock.sleep(0.02)
        two.clock.sleep(0.1)
        return now(*args, **more)

    decider.now = later  # type: ignore[method-assign]
    two.alpha.dial("1001", "*191002")
    two.settle(lambda: two.beta.hears("1002").get("1001"), "the whisper")
    assert two.attempts()[0].treatment == "whisper"
    assert two.beta.phone("1002").calls == calls
