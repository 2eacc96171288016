"""What a page would become, for many targets at once and for many who ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import gevent
import pytest

from controller.domain.decision import Intercom, Situation
from controller.domain.leg import Registration
from controller.domain.names import UserName
from controller.domain.policy import Accept, Policy, Rights
from controller.domain.presence import CallState, Present
from controller.domain.refusal import Reason, Refusal
from controller.errors import SwitchTrouble
from controller.paging.cluster import Cluster
from controller.paging.deciding import Decider
from controller.paging.events import Bus, PresenceChanged
from controller.paging.verdicts import FRESH, Verdicts
from controller.phones.values import PhoneKind, PhoneRule
from controller.switch.legs import Legs
from controller.switch.queries import SwitchQueries
from tests.unit.paging.fakes import FakeStore, FakeSwitch
from tests.virtual import VirtualClock

PAGER, TARGET, OTHER = (UserName(ext, "pbx.test") for ext in ("1001", "1002", "1003"))
STRANGER = UserName("1002", "other.test")
YES = Rights(initiate=True, accept=Accept.ALL)


class Switch:
    """A switch on which everybody is idle at a phone; it says of whom it was asked."""

    def __init__(self) -> None:
        self.asked: list[UserName] = []
        self.trouble = False
        self.named: dict[UserName, UserName] = {}

    def situation(self, user: UserName) -> Situation:
        self.asked.append(user)
        gevent.sleep(0)
        if self.trouble:
            raise SwitchTrouble("It does not answer.")
        phone = Registration(f"sofia/internal/sip:{user.extension}@10.0.0.2", address="10.0.0.2:5060")
        return Situation(name=self.named.get(user, user), registrations=(phone,))


class Rulebook:
    """The policy by which everybody may page everybody, or nobody."""

    def __init__(self) -> None:
        self.reads = 0
        self.rights = YES

    def read(
        self, pager: UserName, targets: Sequence[UserName]
    ) -> tuple[Mapping[UserName, Policy], tuple[PhoneRule, ...]]:
        self.reads += 1
        return {each: Policy(pager, each, whisper=self.rights, intercom=self.rights) for each in targets}, ()


@pytest.fixture
def switch() -> Switch:
    return Switch()


@pytest.fixture
def rulebook() -> Rulebook:
    return Rulebook()


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    clock = VirtualClock()
    yield clock
    clock.close()


@pytest.fixture
def events() -> Bus:
    return Bus()


@pytest.fixture
def verdicts(switch: Switch, rulebook: Rulebook, events: Bus, clock: VirtualClock) -> Verdicts:
    answers = FakeSwitch({"user_data": "1002", "sofia_contact": "sofia/internal/sip:1002@10.0.0.2"})
    store = FakeStore(Policy(PAGER, TARGET, whisper=YES, intercom=YES))
    decider = Decider(
        SwitchQueries(answers, Legs(), deadline=1), store.rules_between, PhoneKind.SOFT, Cluster()
    )
    return Verdicts(switch, rulebook.read, decider, PhoneKind.SOFT, events, clock)


def test_the_settings_are_read_once_for_all_targets(verdicts: Verdicts, rulebook: Rulebook) -> None:
    found = verdicts.of(PAGER, [TARGET, OTHER, PAGER, STRANGER])
    assert isinstance(found[TARGET], Intercom)
    assert isinstance(found[OTHER], Intercom)
    assert found[PAGER] == Refusal(Reason.ONESELF)
    assert found[STRANGER] == Refusal(Reason.OTHER_DOMAIN)
    assert rulebook.reads == 1


def test_two_who_ask_at_the_same_time_ask_the_switch_once(verdicts: Verdicts, switch: Switch) -> None:
    asking = [gevent.spawn(verdicts.of, PAGER, [TARGET]) for _ in range(2)]
    gevent.joinall(asking)
    assert all(isinstance(each.value[TARGET], Intercom) for each in asking)
    assert sorted(switch.asked) == [PAGER, TARGET]


def test_a_situation_is_asked_for_again_after_a_moment(
    verdicts: Verdicts, switch: Switch, clock: VirtualClock
) -> None:
    verdicts.of(PAGER, [TARGET])
    clock.sleep(FRESH)
    verdicts.of(PAGER, [TARGET])
    assert switch.asked.count(TARGET) == 2


def test_a_situation_that_an_event_has_changed_is_asked_for_again(
    verdicts: Verdicts, switch: Switch, events: Bus
) -> None:
    verdicts.of(PAGER, [TARGET, OTHER])
    events.publish(PresenceChanged("pbx.test", (Present(TARGET, CallState.ON_CALL, datetime.now(UTC)),)))
    verdicts.of(PAGER, [TARGET, OTHER])
    assert (switch.asked.count(TARGET), switch.asked.count(OTHER)) == (2, 1)


def test_a_trouble_is_told_and_not_kept(verdicts: Verdicts, switch: Switch) -> None:
    switch.trouble = True
    with pytest.raises(SwitchTrouble):
        verdicts.of(PAGER, [TARGET])
    switch.trouble = False
    assert isinstance(verdicts.of(PAGER, [TARGET])[TARGET], Intercom)


def test_who_may_not_page_costs_the_switch_nothing(
    verdicts: Verdicts, switch: Switch, rulebook: Rulebook
) -> None:
    rulebook.rights = Rights()
    assert verdicts.of(PAGER, [TARGET])[TARGET] == Refusal(Reason.NOT_PERMITTED)
    assert switch.asked == []


def test_for_an_alias_the_settings_of_its_user_decide(verdicts: Verdicts, switch: Switch) -> None:
    alias = UserName("105", "pbx.test")
    switch.named[alias] = TARGET
    assert isinstance(verdicts.of(PAGER, [alias])[alias], Intercom)
