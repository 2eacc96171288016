"""Which switch has the target, as seen from the pager's switch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from controller.domain.decision import Basis, Intercom, Situation, Whisper, decide
from controller.domain.leg import Leg, Registration
from controller.domain.names import UserName
from controller.domain.policy import Accept, Feature, Policy, Rights
from controller.domain.refusal import Reason, Refusal
from controller.errors import SwitchTrouble
from controller.paging.cluster import Cluster, Place
from controller.paging.deciding import lacks_phones
from controller.phones.values import Header, Phone, PhoneKind
from controller.switch.identity import SwitchName
from controller.switch.legs import Legs
from controller.switch.queries import SwitchQueries

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
IDLE = Situation(name=TARGET)
YES = Rights(initiate=True, accept=Accept.ALL)


@dataclass
class Queries:
    """The queries of one switch; None for a switch that does not answer."""

    told: Situation | None = IDLE
    asked: int = 0
    legs: Legs = field(default_factory=Legs)

    def situation(self, target: UserName) -> Situation:
        self.asked += 1
        if self.told is None:
            raise SwitchTrouble("no answer")
        return replace(self.told, basis=self.basis(target))

    def basis(self, user: UserName) -> Basis:
        return frozenset(self.legs.states(user).items())

    def registrations(self, target: UserName) -> tuple[Registration, ...]:
        return self.situation(target).registrations


@dataclass
class Switch:
    name: str
    queries: Queries = field(default_factory=Queries)
    state: str = "up"

    @property
    def legs(self) -> Legs:
        return self.queries.legs

    def talks(self, uuid: str, **more: object) -> None:
        """The target has an answered leg here."""
        leg = Leg(
            uuid=uuid, user=TARGET, state="CS_EXECUTE", answered=True, partner=f"far-{uuid}", read_rate=8000
        )
        leg = replace(leg, **more)  # type: ignore[arg-type]
        known = self.queries.told or IDLE
        self.queries.told = replace(known, legs=(*known.legs, leg))
        self.legs.learn(uuid, TARGET)

    def far(self, leg: Leg) -> None:
        """The partner of a leg of the target."""
        assert self.queries.told
        known = self.queries.told
        self.queries.told = replace(known, partners={**known.partners, leg.uuid: leg})

    def registers(self, at: str = "") -> None:
        """The target has a phone here; or, with one database of registrations for all, at another switch."""
        phone = Registration(f"sofia/internal/sip:1002@{at or self.name}", address=at or self.name, switch=at)
        self.queries.told = replace(self.queries.told or IDLE, registrations=(phone,))


class Switches:
    """A cluster of three switches, of which `a` is the pager's."""

    def __init__(self, *, spread: bool = False) -> None:
        self.cluster = Cluster(spread=spread)
        self.a, self.b, self.c = (Switch(name) for name in "abc")
        for each in (self.a, self.b, self.c):
            queries = cast(SwitchQueries, each.queries)
            name = SwitchName(f"{each.name}:8021", each.name)
            self.cluster.add(Place(name, f"sofia/x/whisperpage@{each.name}", queries, each.legs, each))

    def situation(self) -> Situation:
        return self.cluster.situation(cast(SwitchQueries, self.a.queries), TARGET)

    def decide(self, feature: Feature = Feature.WHISPER) -> Whisper | Intercom | Refusal:
        policy = Policy(PAGER, TARGET, whisper=YES, intercom=YES)
        desk = Phone(PhoneKind.DESK, "", (Header("Answer-Mode", "Auto"),))
        return decide(feature, policy, self.situation(), lambda _: desk)


def test_target_on_a_call_here_is_here() -> None:
    switches = Switches()
    switches.a.talks("t")
    found = switches.decide()
    assert isinstance(found, Whisper)
    assert (found.leg.uuid, found.switch) == ("t", "")
    assert switches.b.queries.asked == switches.c.queries.asked == 0


def test_target_on_a_call_elsewhere_is_there_and_only_that_switch_is_asked() -> None:
    switches = Switches()
    switches.a.registers()
    switches.b.talks("t")
    found = switches.decide()
    assert isinstance(found, Whisper)
    assert (found.leg.uuid, found.switch) == ("t", "b")
    assert switches.c.queries.asked == 0


def test_idle_target_is_where_it_is_registered_here_first() -> None:
    switches = Switches()
    switches.b.registers()
    found = switches.decide()
    assert isinstance(found, Intercom)
    assert found.switch == "b"
    switches.a.registers()
    found = switches.decide()
    assert isinstance(found, Intercom)
    assert found.switch == ""


def test_target_on_calls_on_two_switches_is_refused_like_two_calls_on_one() -> None:
    switches = Switches()
    switches.a.talks("t-1")
    switches.b.talks("t-2")
    assert switches.decide() == Refusal(Reason.SEVERAL_CALLS)


def test_call_whose_legs_are_on_two_switches_is_one_and_is_where_the_phone_is() -> None:
    switches = Switches()
    switches.a.talks("leads", call_id="x@a")
    switches.b.talks("phone")
    switches.b.far(Leg(uuid="far-phone", call_id="x@a"))
    found = switches.decide()
    assert isinstance(found, Whisper)
    assert (found.leg.uuid, found.switch) == ("phone", "b")


def test_conference_on_the_switch_that_has_the_rest_of_the_call_is_refused() -> None:
    switches = Switches()
    switches.a.talks("leads", call_id="x@a", conference=True)
    switches.b.talks("phone")
    switches.b.far(Leg(uuid="far-phone", call_id="x@a"))
    assert switches.decide() == Refusal(Reason.CONFERENCE)


def test_other_calls_between_the_switches_are_not_taken_for_one() -> None:
    switches = Switches()
    switches.a.talks("t-1", call_id="y@a")
    switches.b.talks("t-2")
    switches.b.far(Leg(uuid="far-t-2", call_id="x@a"))
    assert switches.decide() == Refusal(Reason.SEVERAL_CALLS)


def test_registrations_in_one_database_for_all_are_told_apart_by_their_switch() -> None:
    switches = Switches()
    for switch in (switches.a, switches.b, switches.c):
        switch.registers(at="c")
    found = switches.decide()
    assert isinstance(found, Intercom)
    assert found.switch == "c"


def test_own_phones_of_a_pager_are_those_at_the_switch_that_rings_them() -> None:
    switches = Switches()
    here, there = (Registration(f"sofia/internal/sip:1002@{each}", switch=each) for each in "ab")
    switches.a.queries.told = replace(IDLE, registrations=(there, here))
    queries = cast(SwitchQueries, switches.a.queries)
    assert switches.cluster.own(queries, TARGET).registrations == (here,)
    assert Cluster().own(queries, TARGET).registrations == (there, here)


def test_registration_of_a_switch_that_nobody_knows_counts_where_it_is_told() -> None:
    switches = Switches()
    switches.a.registers(at="old-name")
    found = switches.decide()
    assert isinstance(found, Intercom)
    assert found.switch == ""


def test_switch_that_has_the_target_and_cannot_be_reached_is_named() -> None:
    switches = Switches()
    switches.b.talks("t")
    for broken in ({"state": "down"}, {"told": None}):
        switches.b.state = str(broken.get("state", "up"))
        switches.b.queries.told = switches.b.queries.told if "state" in broken else None
        found = switches.decide()
        assert found == Refusal(Reason.SWITCH_AWAY, switch="b")
        assert str(found).endswith("cannot be reached: b")


def test_target_that_is_nowhere_may_be_on_a_switch_that_cannot_be_reached() -> None:
    switches = Switches()
    assert switches.decide() == Refusal(Reason.NOT_REGISTERED)
    switches.b.state = switches.c.state = "down"
    assert switches.decide() == Refusal(Reason.SWITCH_AWAY, switch="b, c")


def test_target_may_be_on_a_switch_that_does_not_answer_the_question() -> None:
    switches = Switches()
    switches.b.queries.told = None
    assert switches.decide() == Refusal(Reason.SWITCH_AWAY, switch="b")


def test_target_that_is_registered_is_paged_there_while_another_switch_cannot_be_reached() -> None:
    switches = Switches()
    switches.b.state = "down"
    switches.c.registers()
    found = switches.decide()
    assert isinstance(found, Intercom)
    assert found.switch == "c"


@pytest.mark.parametrize("registered", ["a", "c"])
def test_where_calls_are_spread_a_registered_target_may_be_on_a_call_elsewhere(registered: str) -> None:
    switches = Switches(spread=True)
    getattr(switches, registered).registers()
    assert isinstance(switches.decide(), Intercom)
    switches.b.state = "down"
    assert switches.decide() == Refusal(Reason.SWITCH_AWAY, switch="b")
    switches.a.talks("t")
    assert isinstance(switches.decide(), Whisper)


def test_where_calls_are_spread_no_other_phone_of_a_target_on_a_call_answers_by_itself() -> None:
    switches = Switches(spread=True)
    switches.a.registers()
    switches.c.talks("t")
    found = switches.decide(Feature.INTERCOM)
    assert isinstance(found, Intercom)
    assert found.automatic
    switches.b.state = "down"
    found = switches.decide(Feature.INTERCOM)
    assert isinstance(found, Intercom)
    assert not found.automatic


def test_calls_are_spread_where_switches_share_one_database_of_registrations() -> None:
    switches = Switches()
    for switch in (switches.a, switches.b, switches.c):
        switch.registers(at="c")
    switches.decide()
    switches.a.registers(at="a")
    switches.b.state = "down"
    assert switches.decide() == Refusal(Reason.SWITCH_AWAY, switch="b")


def test_target_on_a_call_at_one_switch_is_rung_where_it_is_registered() -> None:
    switches = Switches()
    switches.b.talks("t")
    switches.a.registers()
    found = switches.decide(Feature.INTERCOM)
    assert isinstance(found, Intercom)
    assert found.switch == ""
    switches.b.registers()
    found = switches.decide(Feature.INTERCOM)
    assert isinstance(found, Intercom)
    assert found.switch == "b"


def test_target_on_calls_on_two_switches_is_rung_where_it_is_registered() -> None:
    switches = Switches()
    switches.a.talks("t-1")
    switches.b.talks("t-2")
    switches.b.registers()
    found = switches.decide(Feature.INTERCOM)
    assert isinstance(found, Intercom)
    assert found.switch == "b"


def test_phones_of_a_target_on_a_call_are_looked_for_at_all_switches_if_they_decide() -> None:
    switches = Switches()
    switches.b.talks("t")
    switches.c.registers()
    assert isinstance(switches.decide(), Whisper)
    assert switches.c.queries.asked == 0
    assert switches.decide(Feature.INTERCOM) == Refusal(Reason.NOT_REGISTERED)
    situation = switches.situation()
    assert lacks_phones(Refusal(Reason.NOT_REGISTERED), situation)
    found = switches.cluster.with_phones(cast(SwitchQueries, switches.a.queries), TARGET, situation)
    assert (found.switch, found.phones_switch, len(found.registrations)) == ("b", "c", 1)
    switches.c.state = "down"
    found = switches.cluster.with_phones(cast(SwitchQueries, switches.a.queries), TARGET, situation)
    assert (found.away, found.registrations) == ("c", ())


def test_target_that_pages_from_another_switch_is_busy() -> None:
    switches = Switches()
    switches.a.registers()
    switches.b.talks("t", page="a page", answered=False)
    assert switches.decide() == Refusal(Reason.PAGING)


def test_switches_without_a_dial_string_are_of_no_cluster() -> None:
    cluster, here, there = Cluster(), Switch("a"), Switch("b")
    there.talks("t")
    for each in (here, there):
        queries = cast(SwitchQueries, each.queries)
        cluster.add(Place(SwitchName(each.name), "", queries, each.legs, each))
    assert cluster.situation(cast(SwitchQueries, here.queries), TARGET) == IDLE


def test_decision_is_based_on_the_legs_at_all_switches() -> None:
    switches = Switches()
    here = cast(SwitchQueries, switches.a.queries)
    switches.b.talks("t")
    switches.a.registers()
    found = switches.decide()
    assert isinstance(found, Whisper)
    assert found.basis == switches.cluster.basis(here, TARGET) == {("t", None)}
    switches.c.legs.learn("new", TARGET)
    assert switches.cluster.basis(here, TARGET) == {("t", None), ("new", None)}


def test_switch_between_which_no_page_goes_is_no_part_of_a_decision() -> None:
    queries, cluster = Queries(), Cluster()
    alone, other = cast(SwitchQueries, queries), Switch("b")
    name = SwitchName("a:8021", "a")
    cluster.add(Place(name, "", alone, queries.legs, other))
    cluster.add(
        Place(SwitchName("b:8021", "b"), "sofia/x", cast(SwitchQueries, other.queries), other.legs, other)
    )
    other.legs.learn("t", TARGET)
    assert cluster.basis(alone, TARGET) == frozenset()
