"""Pages across switches: the pager's phone is at one, the target's at another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from controller import memory
from controller.app import Controller
from controller.domain.names import UserName
from controller.domain.toggle import Toggle
from controller.simulator.channel import Channel
from controller.simulator.phones import Phone
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all

TARGET = UserName("1002", "pbx.test")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        yield two


@pytest.fixture
def controller(two: TwoSwitches) -> Controller:
    return two.start()


def ended(two: TwoSwitches, ending: str, treatment: str = "whisper") -> None:
    """The only attempt has ended so, nobody follows it any more, and no leg of it is left."""
    two.settle(lambda: not two.page_legs(), "the end of the page's legs")
    lives = [station.live for controller in two.controllers for station in controller.stations]
    two.settle(lambda: not any(live.all() for live in lives), "the end")
    two.settle(lambda: two.attempts()[0].ended_at, "the history")
    [record] = two.attempts()
    assert (record.switch, record.treatment, record.ending) == ("beta", treatment, ending)


@pytest.mark.parametrize("codec", ["", "G722", "opus"])
def test_page_goes_to_the_switch_of_the_target(two: TwoSwitches, controller: Controller, codec: str) -> None:
    call = two.target_calls(codec)
    pager = two.page(codec)
    assert two.hears("1001") == {"1002"}
    assert two.hears("1002") == {"1001", "customer"}
    assert two.hears("customer") == {"1002"}
    for who in ("1001", "1002"):
        assert sum("2500" in sound for sound in two.heard(who)) == 1
    assert not any("2500" in sound for sound in two.heard("customer"))
    pager.hang_up()
    ended(two, "pager_hung_up")
    assert call.up
    assert not call.leg.bugs


@pytest.mark.parametrize("who", ["target", "customer", "arrival", "trunk"])
def test_whoever_hangs_up_takes_down_everything(two: TwoSwitches, controller: Controller, who: str) -> None:
    call = two.target_calls()
    pager = two.page()
    legs = {
        "target": call.leg,
        "customer": two.beta.phone("customer").call.leg,
        "trunk": next(leg for leg in two.legs() if leg.wire and leg.direction == "outbound"),
        "arrival": next(leg for leg in two.legs() if leg.wire and leg.direction == "inbound"),
    }
    switch = two.alpha.switch if who == "trunk" else two.beta.switch
    switch.call("uuid_kill", legs[who].uuid)
    two.settle(lambda: pager.over, "the pager's end")
    endings = {"target": "target_hung_up", "customer": "call_ended"}
    ended(two, endings.get(who, "pager_hung_up"))


@pytest.mark.parametrize(
    ("number", "shown"), [("*191002", ("Paging 1002", "1002")), ("*191005", ("1005", "1005"))]
)
def test_pagers_phone_shows_whom_it_pages_and_not_the_extension_between_the_switches(
    two: TwoSwitches, controller: Controller, number: str, shown: tuple[str, str]
) -> None:
    two.target_calls()
    pager = two.alpha.dial("1001", number)
    two.settle(lambda: pager.up and pager.leg.displayed, "the pager to be told")
    assert set(pager.leg.displayed) == {shown}


def test_intercom_call_goes_to_the_switch_where_the_target_is_registered(
    two: TwoSwitches, controller: Controller
) -> None:
    pager = two.alpha.dial("1001", "*191005")
    two.settle(
        lambda: two.beta.phone("1005").calls and two.beta.phone("1005").call.up and pager.up, "the call"
    )
    assert two.hears("1001") == {"1005"}
    assert two.hears("1005") == {"1001"}
    two.beta.phone("1005").call.hang_up()
    ended(two, "target_hung_up", "intercom")


def test_keys_and_mute_work_as_on_one_switch(two: TwoSwitches, controller: Controller) -> None:
    call = two.target_calls()
    pager = two.page()
    call.press("*5")
    (live,) = at(controller, "beta").live.all()
    two.settle(lambda: live.page.muted, "the mute")
    assert two.hears("customer") == set()
    assert two.hears("1001") == {"1002"}
    assert at(controller, "beta").control.mute(TARGET, Toggle.FLIP) is False
    two.settle(lambda: two.hears("customer") == {"1002"}, "the end of the mute")
    call.press("*6")
    two.settle(lambda: pager.over, "the end")
    ended(two, "stopped")
    assert call.up


def test_refusal_comes_back_with_its_tone_and_its_cause(two: TwoSwitches, controller: Controller) -> None:
    two.target_calls()
    two.page()
    second = two.alpha.dial("1003", "*191002")
    two.settle(lambda: second.over, "the refusal")
    assert second.cause == "USER_BUSY"
    assert any("480,620" in sound for sound in two.heard("1003"))
    assert two.attempts()[0].reason == "already_paged"


def test_busy_phone_refuses_with_its_own_cause(two: TwoSwitches, controller: Controller) -> None:
    from controller.simulator.behaviour import Behaviour

    two.beta.phone("1005").behaviour = Behaviour(refuses="USER_BUSY")
    call = two.alpha.dial("1001", "*191005")
    two.settle(lambda: call.over, "the refusal")
    assert call.cause == "USER_BUSY"
    assert sum("480,620" in sound for sound in two.heard("1001")) == 1
    ended(two, "unanswered", "intercom")


def test_target_on_calls_on_two_switches_is_refused_like_two_calls_on_one(
    two: TwoSwitches, controller: Controller
) -> None:
    two.target_calls()
    two.alpha.phone("1002").register()
    call = two.alpha.dial("1002", "9555")
    two.settle(lambda: call.leg.link, "the second call")
    pager = two.alpha.dial("1001", "*191002")
    two.settle(lambda: pager.over, "the refusal")
    assert two.attempts()[0].reason == "several_calls"


def test_switch_that_cannot_be_reached_is_named(two: TwoSwitches, controller: Controller) -> None:
    two.target_calls()
    two.beta.socket.faults.refused = True
    two.beta.socket.cut()
    two.settle(lambda: at(controller, "beta").link.state != "up", "the link to be down")
    pager = two.alpha.dial("1001", "*191002")
    two.settle(lambda: pager.over, "the refusal")
    [record] = two.attempts()
    assert (record.reason, record.switch) == ("switch_away", "beta")
    two.beta.socket.faults.heal()
    two.settle(lambda: at(controller, "beta").link.state == "up", "the link")
    two.page()


def test_call_that_does_not_arrive_is_refused_and_recorded(two: TwoSwitches, controller: Controller) -> None:
    two.target_calls()
    two.beta.switch.configuration.acls.clear()
    pager = two.alpha.dial("1001", "*191002")
    two.settle(lambda: pager.over, "the refusal")
    two.settle(
        lambda: len(two.attempts()) == 2 and all(each.ended_at for each in two.attempts()), "both rows"
    )
    reasons = {record.reason: record.switch for record in two.attempts()}
    assert reasons == {"not_arrived": "beta", "not_handed_over": "beta"}


def test_other_calls_of_the_other_switch_are_none_of_ours(two: TwoSwitches, controller: Controller) -> None:
    number = two.beta.dial_string.replace("whisperpage@", "1005@")
    two.alpha.switch.call("originate", f"{number} &park")
    assert two.beta.phone("1005").call.up
    assert two.attempts() == []


def test_pager_who_hangs_up_on_the_way_leaves_nothing(two: TwoSwitches, controller: Controller) -> None:
    two.target_calls()
    pager = two.alpha.dial("1001", "*191002")
    two.settle(lambda: any(leg.wire for leg in two.legs()), "the call between the switches")
    pager.hang_up()
    ended(two, "pager_hung_up")


def test_supervisor_who_joins_the_pagers_leg_ends_the_page(two: TwoSwitches, controller: Controller) -> None:
    call = two.target_calls()
    pager = two.page()
    two.alpha.dial("1003", f"spy-{pager.leg.uuid}")
    two.settle(lambda: pager.over, "the end")
    assert call.up


def test_pagers_leg_that_a_program_takes_hangs_up(two: TwoSwitches, controller: Controller) -> None:
    two.target_calls()
    pager = two.page()
    two.alpha.switch.call("uuid_transfer", f"{pager.leg.uuid} 1003 XML default")
    two.settle(lambda: pager.over, "the end")
    ended(two, "pager_hung_up")


def restarted(two: TwoSwitches, controller: Controller) -> Controller:
    """Another controller in place of one that is killed."""
    for station in controller.stations:
        station.link.stop()
    two.stop(controller)
    return two.start()


def test_restarted_controller_follows_the_pagers_leg_and_ends_the_page_if_a_supervisor_joins_it(
    two: TwoSwitches, controller: Controller
) -> None:
    call, pager = two.target_calls(), two.page()
    second = restarted(two, controller)
    assert [live.page.legs for live in at(second, "alpha").live.all()] == [(pager.leg.uuid,)]
    two.alpha.dial("1003", f"spy-{pager.leg.uuid}")
    two.settle(lambda: pager.over, "the end")
    assert call.up


def test_restarted_controller_lets_the_page_go_on_and_sees_its_end(
    two: TwoSwitches, controller: Controller
) -> None:
    two.target_calls()
    pager = two.page()
    restarted(two, controller)
    two.clock.sleep(5)
    assert two.paged
    pager.hang_up()
    ended(two, "pager_hung_up")


def test_call_that_ended_on_its_way_while_its_switch_was_not_connected_is_closed(
    two: TwoSwitches, controller: Controller
) -> None:
    two.target_calls()
    two.beta.switch.configuration.acls.clear()
    alpha = at(controller, "alpha")
    pager = two.alpha.dial("1001", "*191002")
    two.settle(lambda: alpha.live.all(), "the call to be on its way")
    two.alpha.socket.faults.refused = True
    two.alpha.socket.cut()
    two.settle(lambda: alpha.link.state != "up", "the link to be down")
    two.settle(lambda: pager.over, "the refusal")
    two.alpha.socket.faults.heal()
    two.settle(lambda: all(each.ended_at for each in two.attempts()), "the history")


def test_leg_that_was_followed_while_its_switch_was_not_connected_is_let_go(
    two: TwoSwitches, controller: Controller
) -> None:
    two.target_calls()
    pager = two.page()
    pager.hang_up()
    ended(two, "pager_hung_up")
    alpha = at(controller, "alpha")
    two.alpha.socket.faults.refused = True
    two.alpha.socket.cut()
    two.settle(lambda: alpha.link.state == "down", "the link to be down")
    alpha.crossings.follow(replace(two.attempts()[0], ended_at=None, ending=None), pager.leg.uuid)
    assert alpha.live.all()
    two.alpha.socket.faults.heal()
    ended(two, "pager_hung_up")


class Proxy:
    """A SIP proxy at which phones are registered: it sends a call to the one with the dialled number."""

    def __init__(self, *phones: Phone) -> None:
        self._phones = {phone.name: phone for phone in phones}

    def called(self, channel: Channel) -> None:
        self._phones[channel.profile.number].called(channel)


def test_idle_phone_that_only_the_proxy_knows_is_called_from_the_pagers_switch(tmp_path: Path) -> None:
    way = "sofia/internal/{user}@{domain};fs_path=sip:proxy.test:5060"
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"), proxy_dial=way)) as two:
        controller = two.start()
        two.beta.phone("1005").vanish()
        phone = two.alpha.phone("1005")
        two.alpha.switch.configuration.places["proxy.test:5060"] = Proxy(phone)
        pager = two.alpha.dial("1001", "*191005")
        two.settle(lambda: phone.calls and phone.call.up and pager.up, "the call")
        pager.hang_up()
        two.settle(lambda: not any(station.live.all() for station in controller.stations), "the end")
        [record] = two.attempts()
        assert (record.switch, record.treatment, record.ending) == ("alpha", "intercom", "pager_hung_up")


def test_memory_is_given_back_after_the_legs_of_each_switch_were_read(
    two: TwoSwitches, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back: list[str] = []
    monkeypatch.setattr(memory, "give_back", lambda: given_back.append("once"))
    two.start()
    assert len(given_back) == 2
