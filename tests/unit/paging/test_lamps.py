"""Lamps: phones are notified of changes, and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.clock import REAL, Clock
from controller.domain.names import UserName
from controller.domain.policy import Policy
from controller.domain.record import Ending, PageRecord, Treatment
from controller.domain.toggle import Toggle
from controller.eventsocket.commands import Command
from controller.eventsocket.events import JsonEvent
from controller.eventsocket.identity import SwitchIdentity
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.crossing import Sent
from controller.paging.events import PageUnseen
from controller.paging.lamps import AGAIN
from controller.paging.live import LivePage, LivePages
from controller.paging.page import WhisperPage
from controller.switch.identity import SwitchName
from controller.switch.lamps import Probe
from controller.switch.pagelegs import PageMark, relay_uuid
from tests.unit.paging.fakes import Beside, FakeStore, FakeSwitch
from tests.virtual import VirtualClock

TARGET = UserName("1002", "pbx.test")
MARK = PageMark("page-1", UserName("1001", "pbx.test"), TARGET, "p-1", "t-1", "f-1")
RELAY = relay_uuid("t-1")
RECORD = PageRecord("page-1", "pbx", MARK.pager, MARK.target, Treatment.WHISPER, datetime.now(UTC))


class Telling(FakeSwitch):
    """A switch that can be disconnected, and that may not answer a command."""

    up = True
    #: The outcome of the next command, which is carried out nevertheless.
    next: Outcome | None = None

    def send(self, command: Command, deadline: float) -> Outcome:
        if not self.up:
            return Outcome(Status.NOT_SENT, "down")
        usual = super().send(command, deadline)
        outcome, self.next = self.next or usual, None
        return outcome


def lamp(headers: dict[str, str]) -> str:
    """The state sent for a lamp: `whisper 1` or `whisper 0`, with the subscription if it is for only one."""
    assert headers["from"] == str(TARGET)
    lit = "1" if "unique-id" in headers else "0"
    return " ".join(filter(None, (headers["proto"], lit, headers.get("call-id"))))


class Desk:
    def __init__(self, *, on: bool = True, clock: Clock = REAL) -> None:
        self.switch = Telling()
        self.store = FakeStore(Policy(TARGET, TARGET))
        self.beside = beside = Beside(self.switch, self.store, lamps=on, clock=clock)
        self.blocked, self.legs = beside.blocked, beside.legs
        self.live, self.lamps = beside.live, beside.lamps

    def page(self) -> tuple[LivePage, WhisperPage]:
        page = WhisperPage(MARK, up=True)
        return self.live.follow(page, RECORD), page

    def told(self) -> list[str]:
        """The states sent since the last use of this method."""
        self.lamps.drain(60)
        told, self.switch.told = self.switch.told, []
        return [lamp(headers) for headers in told]

    def touch(self) -> list[str]:
        self.lamps.touch(TARGET)
        return self.told()

    def ask(self, to: str, **more: str) -> list[str]:
        self.ask_only(to, **more)
        return self.told()

    def ask_only(self, to: str, **more: str) -> None:
        headers = {"Event-Name": "PRESENCE_PROBE", "to": to, "sub-call-id": "c-1"} | more
        self.lamps.on_probe(JsonEvent(json.dumps(headers, separators=(",", ":")).encode()))


@contextmanager
def closing_desk(desk: Desk) -> Iterator[Desk]:
    yield desk
    desk.beside.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with closing_desk(Desk()) as desk:
        yield desk


def test_a_page_lights_its_lamp_when_it_is_up_and_not_before(desk: Desk) -> None:
    live, _ = desk.page()
    assert desk.touch() == []
    desk.live.up(live)
    assert desk.touch() == ["whisper 1"]
    assert desk.touch() == []
    desk.live.drop(live)
    assert desk.touch() == ["whisper 0"]


def test_mute_has_a_lamp_that_goes_with_the_page(desk: Desk) -> None:
    live, page = desk.page()
    desk.live.up(live)
    desk.touch()
    page.mute(Toggle.ON)
    assert desk.touch() == ["whispermute 1"]
    desk.live.drop(live)
    assert desk.touch() == ["whisper 0", "whispermute 0"]


def test_off_has_a_lamp_that_follows_whoever_changes_it(desk: Desk) -> None:
    desk.blocked.block(TARGET, Toggle.ON)
    assert desk.told() == ["whisperoff 1"]
    desk.store.off.clear()
    desk.blocked.look()
    assert desk.told() == ["whisperoff 0"]


def test_a_lamp_that_could_not_be_sent_is_sent_when_the_switch_is_there(desk: Desk) -> None:
    desk.switch.up = False
    desk.blocked.block(TARGET, Toggle.ON)
    live, _ = desk.page()
    desk.live.up(live)
    assert desk.touch() == []
    desk.switch.up = True
    desk.beside.reach("pbx")
    assert desk.told() == ["whisper 1", "whisperoff 1"]


@pytest.fixture
def later_desk(clock: VirtualClock) -> Iterator[Desk]:
    """A desk whose time goes on as the test wants."""
    with closing_desk(Desk(clock=clock)) as desk:
        yield desk


UNKNOWN = Outcome(Status.UNKNOWN, "no answer")


@pytest.mark.parametrize("trouble", [UNKNOWN, Outcome(Status.NOT_SENT, "others took too long")])
def test_a_lamp_that_the_switch_has_not_confirmed_is_sent_again(
    later_desk: Desk, clock: VirtualClock, trouble: Outcome
) -> None:
    later_desk.switch.next = trouble
    later_desk.blocked.block(TARGET, Toggle.ON)
    assert later_desk.told() == ["whisperoff 1"]
    clock.sleep(AGAIN + 0.1)
    assert later_desk.told() == ["whisperoff 1"]
    clock.sleep(AGAIN + 0.1)
    assert later_desk.told() == []


def test_a_lamp_that_the_switch_refuses_is_not_sent_again(later_desk: Desk, clock: VirtualClock) -> None:
    later_desk.switch.next = Outcome(Status.REFUSED, "-ERR permission denied")
    later_desk.blocked.block(TARGET, Toggle.ON)
    assert later_desk.told() == ["whisperoff 1"]
    clock.sleep(AGAIN + 0.1)
    assert later_desk.told() == []


def test_a_lamp_is_sent_again_if_it_was_not_known_who_watches_it(
    later_desk: Desk, clock: VirtualClock
) -> None:
    ask = f"user_data {TARGET} attr number-alias"
    later_desk.switch.answers[ask] = UNKNOWN
    later_desk.blocked.block(TARGET, Toggle.ON)
    assert told_by_name(later_desk) == [(str(TARGET), "", True)]
    later_desk.switch.answers[ask] = ALIAS.extension
    clock.sleep(AGAIN + 0.1)
    assert told_by_name(later_desk) == [(str(TARGET), "", True), (str(ALIAS), "", True)]


def test_a_question_is_answered_later_if_the_switch_does_not_answer_now(
    later_desk: Desk, clock: VirtualClock
) -> None:
    later_desk.switch.next = UNKNOWN
    assert later_desk.ask("whisper+1002@pbx.test") == ["whisper 0 c-1"]
    clock.sleep(AGAIN + 0.1)
    assert later_desk.told() == ["whisper 0 c-1"]


def test_lamp_of_a_page_that_ended_during_a_disconnect_goes_dark(desk: Desk) -> None:
    live, _ = desk.page()
    desk.live.up(live)
    desk.touch()
    desk.live.clear()
    desk.beside.reach("pbx")
    assert desk.told() == ["whisper 0"]


def test_lamp_of_an_earlier_controllers_page_that_has_ended_goes_dark(desk: Desk) -> None:
    desk.beside.events.publish(PageUnseen(RECORD))
    assert desk.told() == ["whisper 0", "whispermute 0"]


@pytest.mark.parametrize(("bridge", "lit"), [("p-1", "1"), ("_undef_", "0"), ("-ERR No such channel!", "0")])
def test_a_question_about_the_lamp_of_a_page_is_answered_by_the_switch(
    desk: Desk, bridge: str, lit: str
) -> None:
    desk.legs.learn("t-1", TARGET)
    desk.switch.answers[f"uuid_getvar {RELAY} bridge_to"] = bridge
    assert desk.ask("whisper+1002@pbx.test") == [f"whisper {lit} c-1"]


@pytest.mark.parametrize(("sign", "lit"), [("true", "1"), ("_undef_", "0")])
def test_a_question_about_the_lamp_of_mute_is_answered_by_the_switch(desk: Desk, sign: str, lit: str) -> None:
    desk.legs.learn("t-1", TARGET)
    desk.switch.answers[f"uuid_getvar {RELAY} whisperpage_muted"] = sign
    assert desk.ask("whispermute+1002@pbx.test") == [f"whispermute {lit} c-1"]


def test_a_question_about_a_page_that_has_just_come_up_is_answered_without_the_switch(desk: Desk) -> None:
    """The switch may not have begun the bridge yet."""
    live, _ = desk.page()
    desk.live.up(live)
    desk.touch()
    desk.legs.learn("t-1", TARGET)
    desk.switch.answers[f"uuid_getvar {RELAY} bridge_to"] = "_undef_"
    assert desk.ask("whisper+1002@pbx.test") == ["whisper 1 c-1"]
    assert desk.ask("whispermute+1002@pbx.test") == ["whispermute 0 c-1"]


def test_a_question_about_the_lamp_of_off_is_answered_from_sql(desk: Desk) -> None:
    desk.store.off = {TARGET}
    assert desk.ask("whisperoff+1002@pbx.test") == ["whisperoff 1 c-1", "whisperoff 1"]


def test_without_lamps_nobody_is_notified() -> None:
    with closing_desk(Desk(on=False)) as desk:
        desk.store.off = {TARGET}
        desk.blocked.look()
        assert desk.touch() == []
        assert desk.ask("whisperoff+1002@pbx.test") == []


def test_a_question_about_no_user_gets_no_answer(desk: Desk) -> None:
    assert desk.ask("whisper+10 02@pbx.test") == []
    assert desk.ask("whisper+1002@pbx.test") == ["whisper 0 c-1"]


def test_changes_that_come_faster_than_lamps_are_sent_as_one(desk: Desk) -> None:
    live, page = desk.page()
    desk.live.up(live)
    for _ in range(5):
        page.mute(Toggle.FLIP)
        desk.lamps.touch(TARGET)
    assert desk.told() == ["whisper 1", "whispermute 1"]


# -- a user with a number alias: a phone may watch it by either name -----------------------------------------

ALIAS = UserName("105", "pbx.test")


@pytest.fixture
def with_alias(desk: Desk) -> Desk:
    desk.switch.answers[f"user_data {ALIAS} attr id"] = TARGET.extension
    desk.switch.answers[f"user_data {TARGET} attr number-alias"] = ALIAS.extension
    return desk


def told_by_name(desk: Desk) -> list[tuple[str, str, bool]]:
    """Of each state that was sent: by which name, to which subscription, and whether it is lit."""
    desk.lamps.drain(60)
    told, desk.switch.told = desk.switch.told, []
    return [(each["from"], each.get("call-id", ""), "unique-id" in each) for each in told]


def test_a_change_is_told_to_those_who_watch_the_alias(with_alias: Desk) -> None:
    with_alias.blocked.block(TARGET, Toggle.ON)
    assert told_by_name(with_alias) == [(str(TARGET), "", True), (str(ALIAS), "", True)]


def test_a_question_by_the_alias_is_answered_for_its_user(with_alias: Desk) -> None:
    with_alias.blocked.block(TARGET, Toggle.ON)
    told_by_name(with_alias)
    with_alias.ask_only(f"whisperoff+{ALIAS}")
    assert told_by_name(with_alias) == [(str(ALIAS), "c-1", True)]


def test_a_phone_of_another_domain_that_watches_the_alias_is_not_told(with_alias: Desk) -> None:
    with_alias.switch.answers["user_data 1002@other.test"] = "1002"
    with_alias.ask_only(f"whisperoff+{ALIAS}", **OTHER_DOMAIN)
    with_alias.blocked.block(TARGET, Toggle.ON)
    assert told_by_name(with_alias) == [(str(TARGET), "", True)]


OTHER_DOMAIN = {"from": "1002@other.test", "sub-call-id": "c-2"}


@pytest.fixture
def two_tenants(desk: Desk) -> Desk:
    desk.switch.answers["user_data 1002@other.test"] = "1002"
    desk.switch.answers["user_data 1001@192.0.2.1"] = "-ERR no reply"
    return desk


def test_a_phone_of_another_domain_is_not_notified(two_tenants: Desk) -> None:
    for kind in ("whisper", "whispermute", "whisperoff"):
        assert two_tenants.ask(f"{kind}+1002@pbx.test", **OTHER_DOMAIN) == []


def test_a_phone_that_names_its_domain_by_an_address_is_notified(two_tenants: Desk) -> None:
    assert two_tenants.ask("whisper+1002@pbx.test", **{"from": "1001@192.0.2.1"}) == ["whisper 0 c-1"]


def test_changes_are_told_to_phones_of_the_own_domain_only(two_tenants: Desk) -> None:
    two_tenants.ask("whisper+1002@pbx.test", **{"from": "1001@PBX.test"})
    two_tenants.ask("whisper+1002@pbx.test", **OTHER_DOMAIN)
    live, _ = two_tenants.page()
    two_tenants.live.up(live)
    assert two_tenants.touch() == ["whisper 1 c-1"]


def test_a_phone_of_another_domain_that_asks_as_the_change_comes_is_not_told(two_tenants: Desk) -> None:
    two_tenants.ask("whisperoff+1002@pbx.test")
    two_tenants.blocked.block(TARGET, Toggle.ON)
    assert two_tenants.ask("whisperoff+1002@pbx.test", **OTHER_DOMAIN) == ["whisperoff 1 c-1"]


def test_a_phone_that_asks_again_and_again_does_not_hold_up_a_change(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, more = desk.lamps._answer, iter(range(5))

    def ask_again(asked: Probe) -> bool:
        if next(more, None) is not None:
            desk.ask_only("whisper+1002@pbx.test")
        return answer(asked)

    monkeypatch.setattr(desk.lamps, "_answer", ask_again)
    desk.ask_only("whisper+1002@pbx.test")
    desk.blocked.block(TARGET, Toggle.ON)
    assert desk.told()[:3] == ["whisper 0 c-1", "whisper 0 c-1", "whisperoff 1"]


def test_without_a_phone_of_another_domain_all_phones_are_notified_at_once(two_tenants: Desk) -> None:
    two_tenants.ask("whisperoff+1002@pbx.test", **OTHER_DOMAIN)
    live, _ = two_tenants.page()
    two_tenants.live.up(live)
    assert two_tenants.touch() == ["whisper 1"]


def test_lamps_of_a_reverse_page_are_those_of_its_pager_who_is_on_the_call(desk: Desk) -> None:
    mark = replace(MARK, pager=TARGET, target=MARK.pager, topology="reverse-8000")
    record = replace(RECORD, pager=TARGET, target=MARK.pager, treatment=Treatment.REVERSE)
    live = desk.live.follow(WhisperPage(mark, up=True), record)
    desk.live.up(live)
    assert desk.told() == ["whisper 1", "whispermute 1"]
    desk.live.over(live, Ending.PAGER_HUNG_UP)
    assert desk.told() == ["whisper 0", "whispermute 0"]


# -- pages on another switch ---------------------------------------------------------------------------------


class TwoDesks(Desk):
    """The lamps of the switch `pbx`, beside a switch `beta`."""

    def __init__(self) -> None:
        super().__init__()
        self.beta = LivePages(self.beside.runner, self.beside.events)
        self.beta_name = SwitchName("127.0.0.1:8023")
        self.beta_name.learn(SwitchIdentity("beta", "core-1"))
        self.beside.everywhere.add(self.beta_name, self.beta)
        self.reach("beta")

    def reach(self, switch: str, *, up: bool = True) -> None:
        self.beside.reach(switch, up=up)

    def page_at_beta(self) -> LivePage:
        """A page at beta that is up and muted."""
        page = WhisperPage(MARK, up=True)
        page.mute(Toggle.ON)
        return self.beta.follow(page, replace(RECORD, switch="beta", answered_at=RECORD.started_at))

    def lose_beta(self) -> None:
        self.beta.clear()
        self.reach("beta", up=False)


@pytest.fixture
def two() -> Iterator[TwoDesks]:
    with closing_desk(two := TwoDesks()):
        yield two


def test_a_page_on_another_switch_lights_the_lamps_once_and_darkens_them(two: TwoDesks) -> None:
    two.live.follow(Sent("p-1"), replace(RECORD, switch="beta"))
    page = two.page_at_beta()
    assert two.told() == ["whisper 1", "whispermute 1"]
    assert two.ask("whispermute+1002@pbx.test") == ["whispermute 1 c-1"]
    two.beta.over(page, Ending.PAGER_HUNG_UP)
    assert two.told() == ["whisper 0", "whispermute 0"]


def test_lamps_of_a_page_on_a_switch_that_cannot_be_reached_stay_as_they_are(two: TwoDesks) -> None:
    two.page_at_beta()
    assert two.told() == ["whisper 1", "whispermute 1"]
    two.lose_beta()
    assert two.touch() == []
    assert two.ask("whisper+1002@pbx.test") == ["whisper 1 c-1"]
    two.page_at_beta()  # as it is found again, before the switch counts as up
    two.reach("beta")
    assert two.told() == []


def test_lamps_go_dark_when_the_switch_is_back_without_the_page(two: TwoDesks) -> None:
    two.page_at_beta()
    two.told()
    two.lose_beta()
    two.reach("beta")
    assert two.told() == ["whisper 0", "whispermute 0"]


def test_lamps_go_dark_when_another_switch_is_there_in_place_of_the_lost_one(two: TwoDesks) -> None:
    two.page_at_beta()
    two.told()
    two.lose_beta()
    two.beta_name.learn(SwitchIdentity("gamma", "core-2"))
    two.reach("gamma")
    assert two.told() == ["whisper 0", "whispermute 0"]


def test_lamp_of_a_page_here_goes_dark_also_while_another_switch_is_away(two: TwoDesks) -> None:
    live, _ = two.page()
    two.live.up(live)
    two.lose_beta()
    assert two.told() == ["whisper 1"]
    two.live.over(live, Ending.PAGER_HUNG_UP)
    assert two.told() == ["whisper 0"]


def test_lamps_of_an_earlier_controllers_page_go_dark_as_soon_as_its_switch_is_up(two: TwoDesks) -> None:
    two.lose_beta()
    two.beside.events.publish(PageUnseen(replace(RECORD, switch="beta")))
    assert two.told() == []
    two.reach("beta")
    assert two.told() == ["whisper 0", "whispermute 0"]


def test_what_comes_while_the_own_switch_is_away_is_told_when_it_is_back(two: TwoDesks) -> None:
    two.reach("pbx", up=False)
    two.page_at_beta()
    two.blocked.block(TARGET, Toggle.ON)
    assert two.told() == []
    two.reach("pbx")
    assert two.told() == ["whisper 1", "whispermute 1", "whisperoff 1"]
