"""Who is on a call, on all switches together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import gevent
import pytest

from controller.domain.names import UserName
from controller.domain.presence import CallState, Present
from controller.paging.events import Bus, PresenceChanged
from controller.paging.presence import GATHERED, Presence
from controller.switch.channels import ChannelRow
from controller.switch.legs import Legs
from tests.unit.switch.test_standings import answered, event, see
from tests.virtual import VirtualClock

ALICE, BOB = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
CAROL = UserName("1001", "other.test")
AT_20 = datetime.fromtimestamp(20, UTC)


class Rig:
    """Two switches, and what is published."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.told: list[PresenceChanged] = []
        bus = Bus()
        bus.subscribe(PresenceChanged, self.told.append)
        self.presence = Presence(bus, clock=self.clock)
        self.switches = {"a": Legs(), "b": Legs()}

    def on_call(self, user: UserName, uuid: str, switch: str = "a", at: int = 20) -> None:
        see(self.switches[switch], event(uuid, user, **answered(at)))
        self.presence.learn(switch, self.switches[switch].standings)

    def gone(self, uuid: str, switch: str = "a") -> None:
        self.switches[switch].forget(uuid)
        self.presence.learn(switch, self.switches[switch].standings)

    def later(self) -> list[tuple[UserName, CallState]]:
        """What was published by now and in the next moment."""
        self.clock.sleep(2 * GATHERED)
        told = [(each.user, each.state) for change in self.told for each in change.users]
        self.told.clear()
        return told


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.presence.stop()
    rig.clock.close()


def test_a_call_is_told_from_its_beginning_to_its_end(rig: Rig) -> None:
    rig.on_call(ALICE, "x")
    rig.clock.sleep(2 * GATHERED)
    (told,) = rig.told
    assert told == PresenceChanged("pbx.test", (Present(ALICE, CallState.ON_CALL, AT_20),))
    rig.told.clear()
    rig.gone("x")
    assert rig.later() == [(ALICE, CallState.FREE)]


def test_the_changes_of_a_moment_are_one_message_for_each_domain(rig: Rig) -> None:
    for number, user in enumerate((BOB, ALICE, CAROL)):
        rig.on_call(user, str(number))
    assert rig.told == []
    rig.clock.sleep(2 * GATHERED)
    assert [change.domain for change in rig.told] == ["other.test", "pbx.test"]
    assert [each.user for each in rig.told[1].users] == [ALICE, BOB]


def test_the_first_change_is_told_at_once_and_the_next_ones_together(rig: Rig) -> None:
    rig.on_call(ALICE, "x")
    rig.clock.sleep(0.001)
    assert [len(change.users) for change in rig.told] == [1]
    rig.gone("x")
    rig.clock.sleep(GATHERED / 2)
    rig.on_call(BOB, "y")
    assert [len(change.users) for change in rig.told] == [1]
    rig.clock.sleep(GATHERED)
    assert [len(change.users) for change in rig.told] == [1, 2]


def test_what_is_over_within_a_moment_is_not_told(rig: Rig) -> None:
    rig.on_call(ALICE, "x")
    rig.gone("x")
    assert rig.later() == []


def test_a_call_on_another_switch_goes_on(rig: Rig) -> None:
    rig.on_call(ALICE, "x", at=10)
    rig.on_call(ALICE, "y", "b")
    assert rig.later() == [(ALICE, CallState.ON_CALL)]
    rig.gone("x")
    rig.clock.sleep(2 * GATHERED)
    assert rig.told[0].users == (Present(ALICE, CallState.ON_CALL, AT_20),)
    rig.told.clear()
    rig.gone("y", "b")
    assert rig.later() == [(ALICE, CallState.FREE)]


def test_it_shows_who_is_not_free_of_one_domain_or_of_all(rig: Rig) -> None:
    assert rig.presence.of() == ()
    for number, user in enumerate((BOB, ALICE, CAROL)):
        rig.on_call(user, str(number))
    assert [each.user for each in rig.presence.of("pbx.test")] == [ALICE, BOB]
    assert [each.user for each in rig.presence.of()] == [CAROL, ALICE, BOB]
    rig.gone("0")
    assert BOB not in {each.user for each in rig.presence.of()}


def test_after_a_stop_nothing_is_published(rig: Rig) -> None:
    rig.on_call(ALICE, "x")
    rig.presence.stop()
    gevent.sleep(0)
    assert rig.later() == []


def test_a_table_that_is_just_read_anew_hides_nobody(rig: Rig) -> None:
    rig.on_call(ALICE, "x")
    rig.on_call(BOB, "y", "b")
    rig.later()

    def rows() -> Iterator[ChannelRow]:
        assert [each.user for each in rig.presence.of()] == [ALICE, BOB]
        rig.gone("y", "b")
        yield ChannelRow(
            "x", "sofia/internal/1001@10.0.0.1", "outbound", str(ALICE), "ACTIVE", created=20_000_000
        )

    rig.switches["a"].rebuild(rows())
    rig.presence.learn("a", rig.switches["a"].standings)
    assert rig.later() == [(BOB, CallState.FREE)]


def test_a_user_on_two_switches_is_told_once_though_both_are_read_anew(rig: Rig) -> None:
    rig.on_call(ALICE, "x")
    rig.on_call(ALICE, "y", "b")
    rig.later()
    for name, legs in rig.switches.items():
        legs.rebuild([])
        rig.presence.learn(name, legs.standings)
    assert rig.later() == [(ALICE, CallState.FREE)]
