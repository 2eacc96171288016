"""G1, C1: a page to a page group with members on another switch than its pager."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from controller.clock import date
from controller.domain.crossing import VALID
from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.domain.toggle import Toggle
from controller.paging.crossing import PROGRESS
from controller.simulator.behaviour import Behaviour
from controller.simulator.channel import Channel
from controller.simulator.events import SwitchEvent
from controller.simulator.office import PHONES
from controller.simulator.phones import Phone, PhoneCall
from controller.store import users
from controller.store.models import CrossingRow
from controller.switch.caller import TOKEN
from tests.contract.attacks.test_tokens import arrives
from tests.contract.gathering import DOMAIN, GROUP, by_target, make_group, voices
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all

TONE, OVER, REORDER, PAGES_OFF = "(200,100,2500)", "(250,250,480,620)", "480,620", "(120,40,1200)"
#: At alpha: the pager, and 1003 on a call. At beta: 1002 on a call, 1005 idle, 1006 with a phone that rings.
MEMBERS = ("1001", "1002", "1003", "1005", "1006")
HEARD = {
    "1001": set[str](),
    "1002": {"1001", "customer"},
    "1003": {"1001", "customer2"},
    "1005": {"1001"},
    "customer": {"1002"},
    "customer2": {"1003"},
}
ALONE = {"1002": {"customer"}, "1003": {"customer2"}, "customer": {"1002"}, "customer2": {"1003"}}


class Yards(TwoSwitches):
    """Two switches with a group that has members at both."""

    def __init__(self, folder: Path, members: tuple[str, ...] = MEMBERS, **settings: str) -> None:
        super().__init__(open_to_all(folder / "groups.db"), **settings)
        make_group(self.store, members)
        self.controller = self.start()
        self.first = self.target_calls()
        self.second = self.alpha.dial("1003", "9200")
        self.settle(lambda: self.second.leg.link, "the second call")

    def page_group(self) -> PhoneCall:
        pager = self.alpha.dial("1001", GROUP)
        self.settle(lambda: self.voices() == HEARD, "the page")
        return pager

    def voices(self) -> dict[str, set[str]]:
        return voices(self.alpha.matrix())

    def called(self, who: str) -> PhoneCall:
        return self.beta.phone(who).calls[-1]

    def sent(self) -> list[Channel]:
        """The legs from the room to the other switch."""
        return [leg for leg in self.alpha.switch.channels.values() if leg.wire]

    def legs_there(self) -> list[Channel]:
        """The legs that lead to the other switch, or nowhere."""
        return [leg for leg in self.alpha.switch.channels.values() if "whisperpage@" in leg.name]

    def sent_to(self, member: str) -> Channel:
        (leg,) = (each for each in self.sent() if each.text("whisperpage_target") == f"{member}@{DOMAIN}")
        return leg

    def gone(self) -> bool:
        lives = [station.live for each in self.controllers for station in each.stations]
        return not self.page_legs() and not self.alpha.switch.rooms and not any(live.all() for live in lives)

    def meanwhile(self, do: Callable[[], None]) -> None:
        """Do something as a leg to the other switch begins, which is before its call is judged there."""
        done: list[str] = []

        def told(event: SwitchEvent) -> None:
            if event.name == "CHANNEL_ORIGINATE" and self.sent() and not done:
                done.append("once")
                do()

        self.alpha.switch.listen(told)

    def played(self) -> list[str]:
        """The names of the legs at alpha that play a sound, as they come."""
        names: list[str] = []

        def told(event: SwitchEvent) -> None:
            if event.name == "CHANNEL_EXECUTE" and ("Application", "playback") in event.headers:
                names.append(str(dict(event.headers).get("Channel-Name")))

        self.alpha.switch.listen(told)
        return names

    def switch_off(self, who: str) -> None:
        with self.store.unit() as unit:
            users.block(unit, UserName(who, DOMAIN), Toggle.ON)
            unit.commit()

    def make_old(self, by: timedelta) -> None:
        """Make the tokens that are on their way so much older."""
        with self.store.unit() as unit:
            unit.session.execute(
                update(CrossingRow).values(expires_at=date(self.clock) + timedelta(seconds=VALID) - by)
            )
            unit.commit()

    def results(self) -> dict[str, tuple[str, str | None]]:
        return by_target(self.attempts())

    def row(self, who: str) -> PageRecord:
        (row,) = (each for each in self.attempts() if each.called == f"{who}@{DOMAIN}")
        return row


class Nowhere:
    """An address at which nobody answers."""

    def called(self, channel: Channel) -> None:
        pass


Makes = Callable[..., Yards]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Makes]:
    made: list[Yards] = []

    def one(*members: str, **settings: str) -> Yards:
        made.append(Yards(tmp_path, members or MEMBERS, **settings))
        return made[-1]

    yield one
    for each in made:
        each.close()


@pytest.fixture
def two(make: Makes) -> Yards:
    return make()


def test_members_at_both_switches_hear_the_pager_and_nobody_hears_anything_else(two: Yards) -> None:
    played = two.played()
    two.page_group()
    two.clock.sleep(1)
    assert two.voices() == HEARD
    for office, hearers in ((two.alpha, ("1001", "1003")), (two.beta, ("1002", "1005"))):
        assert all(TONE in " ".join(office.switch.sounds[who]) for who in hearers)
    assert not [name for name in played if "whisperpage@" in name]  # its own switch plays the tone
    assert not any(TONE in sound for who in ("customer", "customer2") for sound in two.heard(who))


def test_history_has_one_row_for_each_member_with_the_switch_of_its_page(two: Yards) -> None:
    two.page_group().hang_up()
    two.settle(two.gone, "nothing to be left")
    assert two.voices() == ALONE
    assert two.results() == {
        "600": ("group", "pager_hung_up"),
        "1002": ("whisper", "pager_hung_up"),
        "1003": ("whisper", "pager_hung_up"),
        "1005": ("intercom", "pager_hung_up"),
        "1006": ("refused", "not_automatic"),
    }
    assert len(two.attempts()) == 5
    switches = {each.called.partition("@")[0]: each.switch for each in two.attempts()}
    assert switches == {"600": "alpha", "1002": "beta", "1003": "alpha", "1005": "beta", "1006": "alpha"}
    assert {each.part_of for each in two.attempts()} == {None, two.row("600").page_id}
    assert all(two.row(who).answered_at for who in ("1002", "1003", "1005"))


def test_member_ends_its_own_part_by_its_key_and_the_others_go_on(two: Yards) -> None:
    two.page_group()
    two.settle(lambda: "6" in two.first.leg.meta, "the keys")
    two.first.press("*6")
    two.settle(lambda: len(two.sent()) == 1, "its leg to be gone")
    assert two.voices() == HEARD | {"1002": {"customer"}}
    two.settle(lambda: two.results()["1002"] == ("whisper", "stopped"), "its row")


def test_reply_of_a_member_at_the_other_switch_is_in_its_row(two: Yards) -> None:
    two.page_group()
    two.settle(lambda: "1" in two.first.leg.meta, "the keys")
    two.first.press("*1")
    two.settle(lambda: two.row("1002").ending == "replied", "its row")
    assert two.row("1002").reply


def test_page_ends_with_its_last_member_at_the_other_switch(two: Yards) -> None:
    pager = two.page_group()
    two.second.hold()
    two.first.hang_up()
    two.settle(lambda: two.results()["1002"][1] and two.results()["1003"][1], "the end of two parts")
    assert not pager.over
    two.called("1005").hang_up()
    two.settle(lambda: pager.over, "the end of the page")
    two.settle(two.gone, "nothing to be left")
    assert any(OVER in sound for sound in two.heard("1001"))
    assert {who: two.results()[who] for who in ("600", "1002", "1003", "1005")} == {
        "600": ("group", "target_hung_up"),
        "1002": ("whisper", "target_hung_up"),
        "1003": ("whisper", "held"),
        "1005": ("intercom", "target_hung_up"),
    }


def test_page_is_stopped_for_all_by_its_id_and_for_one_by_its_own(two: Yards) -> None:
    pager = two.page_group()
    page = two.row("1005").page_id
    assert [station.control.end(page) for station in two.controller.stations] == [False, True]
    two.settle(
        lambda: two.voices() == {who: HEARD[who] for who in HEARD if who != "1005"}, "the end of a part"
    )
    assert at(two.controller, "beta").control.stop(UserName("1002", DOMAIN))
    two.settle(lambda: not two.sent(), "the end of another part")
    assert two.voices()["1003"] == HEARD["1003"]
    assert at(two.controller, "alpha").control.end(two.row("600").page_id)
    two.settle(lambda: pager.over, "the end of the page")
    two.settle(two.gone, "nothing to be left")


def test_page_stopped_as_a_whole_ends_the_parts_at_the_other_switch(two: Yards) -> None:
    two.page_group()
    assert at(two.controller, "alpha").control.end(two.row("600").page_id)
    two.settle(two.gone, "nothing to be left")
    two.settle(lambda: two.voices() == ALONE, "the end")


@pytest.mark.parametrize("ends", ["trunk", "arrival"])
def test_part_ends_with_each_end_of_its_leg_and_the_others_go_on(two: Yards, ends: str) -> None:
    two.page_group()
    (leg,) = (
        each
        for each in two.sent()
        if each.wire and each.wire.link and each.wire.link.other(each.wire).loopback
    )
    assert leg.wire
    if ends == "trunk":
        two.alpha.switch.call("uuid_kill", leg.uuid)
    else:
        two.beta.switch.call("uuid_kill", leg.wire.uuid)
    two.settle(lambda: len(two.sent()) == 1, "the leg to be gone")
    two.settle(lambda: two.voices() == HEARD | {"1002": {"customer"}}, "the end of its part")
    two.settle(lambda: two.results()["1002"] == ("whisper", "pager_hung_up"), "its row")


def test_leg_to_the_other_switch_brings_nobody_else_there_with_no_controller_alive(two: Yards) -> None:
    two.page_group()
    taken, bridged = two.sent_to("1005"), two.sent_to("1002")
    two.stop(two.controller)
    two.alpha.switch.call("uuid_transfer", f"{taken.uuid} pages-off")
    two.alpha.switch.call("uuid_bridge", f"{bridged.uuid} {two.second.leg.uuid}")
    two.settle(lambda: not two.sent(), "the legs to be gone")
    two.settle(lambda: not [leg for leg in two.beta.switch.channels.values() if leg.wire], "the parts to end")
    assert not any(PAGES_OFF in sound for who in ("1002", "1005") for sound in two.heard(who))
    assert two.voices()["1002"] == {"customer"}


def test_nothing_outlives_the_pager_without_any_controller(two: Yards) -> None:
    pager = two.page_group()
    two.stop(two.controller)
    pager.hang_up()
    two.settle(lambda: two.voices() == ALONE and not two.page_legs(), "the end")
    two.settle(lambda: not two.alpha.switch.rooms and len(two.legs()) == 4, "nothing to be left")


def test_pager_who_hangs_up_while_a_phone_at_the_other_switch_rings_leaves_nothing(make: Makes) -> None:
    two = make("1005")
    two.beta.phone("1005").behaviour = Behaviour(answers=False)
    pager = two.alpha.dial("1001", GROUP)
    two.settle(lambda: two.beta.phone("1005").calls, "the call")
    pager.hang_up()
    two.settle(two.gone, "nothing to be left")
    assert not two.beta.phone("1005").calls
    two.settle(lambda: two.row("1005").ended_at and two.row("600").ended_at, "the history")


def test_pager_who_hangs_up_before_the_call_is_there_leaves_nothing(make: Makes) -> None:
    two = make("1002")
    pager = two.alpha.dial("1001", GROUP)
    two.settle(two.sent, "the leg to the other switch")
    pager.hang_up()
    two.settle(two.gone, "nothing to be left")
    two.settle(lambda: two.row("1002").ending == "pager_hung_up", "the history")
    assert two.first.leg.link
    assert not two.first.leg.bugs


def test_phone_at_the_other_switch_that_does_not_answer_is_called_no_longer(make: Makes) -> None:
    two = make("1005")
    two.beta.phone("1005").behaviour = Behaviour(answers=False)
    pager = two.alpha.dial("1001", GROUP)
    two.settle(lambda: pager.over, "the end of the page")
    assert not two.beta.phone("1005").calls
    two.settle(lambda: two.results()["1005"] == ("intercom", "unanswered"), "its row")


def test_member_is_refused_at_the_other_switch_with_the_reason_from_there(make: Makes) -> None:
    """Between the judgement on it and the arrival of the call it switches off pages."""
    two = make("1002", "1003")
    two.meanwhile(lambda: two.switch_off("1002"))
    pager = two.alpha.dial("1001", GROUP)
    two.settle(lambda: two.results().get("1002") == ("refused", "pages_off"), "the refusal")
    assert two.row("1002").switch == "beta"
    two.settle(lambda: two.voices().get("1003") == HEARD["1003"] and not two.sent(), "the page to the others")
    assert not pager.over
    assert not two.first.leg.bugs


def test_phone_that_would_only_ring_is_not_called_at_the_other_switch_either(make: Makes) -> None:
    """The phone that answers by itself goes away between the judgement and the arrival of the call."""
    two = make("1005")

    def replace_phone() -> None:
        two.beta.phone("1005").vanish()
        soft = Phone(two.beta.switch, "soft", f"1005@{DOMAIN}", "127.0.0.1:6995", PHONES[1006])
        soft.register()

    two.meanwhile(replace_phone)
    pager = two.alpha.dial("1001", GROUP)
    two.settle(lambda: pager.over, "the end of the page")
    assert (two.row("1005").reason, two.row("1005").switch) == ("not_automatic", "beta")


def test_call_that_is_turned_away_is_not_arrived(make: Makes) -> None:
    two = make("1002")
    two.beta.switch.configuration.acls.clear()
    pager = two.alpha.dial("1001", GROUP)
    two.settle(lambda: pager.over, "the end of the page")
    two.settle(lambda: two.results().get("1002") == ("refused", "not_arrived"), "its row")
    assert two.results()["600"] == ("group", "target_hung_up")
    assert [each.pager for each in two.attempts() if each.reason == "not_handed_over"] == [None]


def test_call_that_shows_nothing_for_five_seconds_is_not_arrived(make: Makes) -> None:
    two = make("1002", "1003")
    two.alpha.switch.configuration.places["beta.test:5080"] = Nowhere()
    two.alpha.dial("1001", GROUP)
    two.settle(two.legs_there, "the leg to the other switch")
    two.clock.sleep(PROGRESS - 0.1)
    assert two.legs_there()
    two.settle(lambda: not two.legs_there(), "its end", 1)
    two.settle(lambda: two.results().get("1002") == ("refused", "not_arrived"), "its row")
    assert two.voices()["1003"] == HEARD["1003"]


def test_switch_that_cannot_be_reached_is_named_and_the_others_are_reached(two: Yards) -> None:
    two.beta.socket.faults.refused = True
    two.beta.socket.cut()
    two.settle(lambda: at(two.controller, "beta").link.state != "up", "the link to be down")
    two.alpha.dial("1001", GROUP)
    two.settle(lambda: two.voices()["1003"] == HEARD["1003"], "the page")
    assert {(two.row(who).reason, two.row(who).switch) for who in ("1002", "1005")} == {
        ("switch_away", "beta")
    }


def test_token_of_a_part_counts_once(two: Yards) -> None:
    two.page_group()
    leg = two.sent_to("1002")
    assert leg.wire
    again = arrives(two, leg.wire.text(TOKEN))
    two.settle(lambda: again.over, "the refusal")
    assert again.cause == "CALL_REJECTED"
    assert [each.pager for each in two.attempts() if each.reason == "not_handed_over"] == [None]
    assert two.voices() == HEARD


def test_call_of_a_part_that_comes_too_late_counts_for_nothing(make: Makes) -> None:
    two = make("1002")
    two.meanwhile(lambda: two.make_old(timedelta(seconds=VALID + 1)))
    pager = two.alpha.dial("1001", GROUP)
    two.settle(lambda: pager.over, "the end of the page")
    two.settle(lambda: two.results().get("1002") == ("refused", "not_arrived"), "its row")
    assert not two.first.leg.bugs


def test_member_at_the_other_switch_is_counted_once_for_its_limit(make: Makes) -> None:
    two = make("1002", "1005", target_limit="2/minute")
    for _ in range(2):
        pager = two.alpha.dial("1001", GROUP)
        two.settle(
            lambda: [leg.conference for leg in two.sent()].count("") == 0 and two.sent()[1:], "the page"
        )
        pager.hang_up()
        two.settle(two.gone, "nothing to be left")
    again = two.beta.dial("1006", "*191002")
    two.settle(lambda: again.over, "the refusal")
    assert [each.reason for each in two.attempts() if each.reason] == ["paged_too_often"]


def test_part_is_not_a_page_of_the_pagers_own_to_both_controllers(two: Yards) -> None:
    second = two.start()
    two.page_group()
    page = two.row("600").page_id
    for each in (two.controller, second):
        lives = at(each, "beta").live
        two.settle(lambda: len(lives.all()) == 2, "the parts to be followed")  # noqa: B023
        assert {live.record.part_of for live in lives.all()} == {page}


def test_two_controllers_follow_the_legs_to_the_other_switch_from_their_beginning(make: Makes) -> None:
    two = make("1005")
    second = two.start()
    two.beta.phone("1005").behaviour = Behaviour(answers=False)
    two.alpha.dial("1001", GROUP)
    two.settle(two.sent, "the leg to the other switch")
    two.settle(lambda: len(at(second, "alpha").live.all()) == 2, "the second one to follow")
    two.settle(two.gone, "the end", 60)
    assert len(two.attempts()) == 2
    assert all(each.ended_at for each in two.attempts())


def test_two_controllers_make_one_page_and_both_follow_all_of_it(two: Yards) -> None:
    second = two.start()
    pager = two.page_group()
    followed = [{live.record.page_id for live in station.live.all()} for station in two.controller.stations]
    assert [len(each) for each in followed] == [4, 2]
    two.settle(
        lambda: [{live.record.page_id for live in each.live.all()} for each in second.stations] == followed,
        "both to follow",
    )
    pager.hang_up()
    two.settle(two.gone, "nothing to be left")
    assert len(two.attempts()) == 5
    assert all(each.ended_at for each in two.attempts())


def test_controller_that_goes_on_alone_ends_the_page_with_its_last_member(make: Makes) -> None:
    two = make("1002")
    second = two.start()
    pager = two.alpha.dial("1001", GROUP)
    two.settle(lambda: two.voices()["1002"] == HEARD["1002"], "the page")
    two.settle(lambda: len(at(second, "alpha").live.all()) == 2, "the second one to follow")
    two.stop(two.controller)
    two.first.hang_up()
    two.settle(lambda: pager.over, "the end of the page")
    two.settle(two.gone, "nothing to be left")


def test_restarted_controller_follows_the_legs_to_the_other_switch(two: Yards) -> None:
    two.page_group()
    two.stop(two.controller)
    second = two.start()
    followed = lambda: [len(each.live.all()) for each in second.stations]  # noqa: E731
    two.settle(lambda: followed() == [4, 2], "the page to be followed")
    assert at(second, "alpha").control.end(two.row("600").page_id)
    two.settle(two.gone, "nothing to be left")
    two.settle(lambda: all(each.ended_at for each in two.attempts()), "the history")
    assert two.results()["1002"] == ("whisper", "pager_hung_up")
    assert two.results()["1005"] == ("intercom", "pager_hung_up")


def test_link_that_comes_back_finds_the_legs_to_the_other_switch(two: Yards) -> None:
    two.page_group()
    alpha = at(two.controller, "alpha")
    two.alpha.socket.cut()
    two.settle(lambda: alpha.link.state != "up", "the link to be down")
    two.settle(lambda: alpha.link.state == "up" and len(alpha.live.all()) == 4, "the page to be followed")
    assert two.voices() == HEARD
    two.called("1005").hang_up()
    two.settle(lambda: len(alpha.live.all()) == 3, "the end of its part")
    assert two.results()["1005"] == ("intercom", "target_hung_up")
