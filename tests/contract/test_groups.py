"""G1: a page to a page group. Its pager hears nobody, and no member another one or another's call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from controller.administration import page_groups
from controller.administration.reach import EVERYTHING
from controller.domain.names import UserName
from controller.domain.page_group import PageGroupName
from controller.domain.policy import Feature
from controller.paging.dialling import RINGING
from controller.simulator.behaviour import Behaviour
from controller.simulator.channel import Channel, State
from controller.simulator.media import Quality
from controller.simulator.phones import PhoneCall
from controller.switch.group import GROUPS
from controller.switch.topologies import mark_of
from tests.contract.gathering import (
    DOMAIN,
    FEW,
    GROUP,
    HEARD,
    HEARD_BY_FEW,
    by_target,
    make_group,
    on_calls,
    voices,
)
from tests.contract.rig import Rig, station
from tests.contract.test_pages import BYPASSED
from tests.databases import open_to_all

TONE, OVER, REORDER = "(200,100,2500)", "(250,250,480,620)", "480,620"
REPLIED, PAGES_OFF = "(120,40,900)", "(120,40,1200)"
ALONE = {"1002": {"customer"}, "1003": {"customer2"}, "customer": {"1002"}, "customer2": {"1003"}}


class Yard(Rig):
    """The office with its group, and a controller."""

    def __init__(self, folder: Path, *, members: tuple[str, ...] = (), first: str = "9555") -> None:
        super().__init__(open_to_all(folder / "groups.db"), tempo=5)
        make_group(self.store, *((members,) if members else ()))
        self.hearing = HEARD_BY_FEW if members == FEW else HEARD
        self.controller = self.start()
        self.live = station(self.controller).live
        self.equip()
        self.first, self.second = on_calls(self.office.dial, self.settle, first)

    def equip(self) -> None:
        """Do what is to be done before the calls; here nothing."""

    def page(self) -> PhoneCall:
        pager = self.office.dial("1001", GROUP)
        self.settle(self.up, "the page")
        return pager

    def up(self) -> bool:
        return self.heard() == self.hearing

    def api(self, name: str, argument: str) -> None:
        """As another program does it."""
        assert self.office.switch.call(name, argument).startswith("+OK")

    def heard(self) -> dict[str, set[str]]:
        return voices(self.office.matrix())

    def sounds(self, who: str) -> str:
        return " ".join(self.office.switch.sounds.get(who, ()))

    def legs(self, *begins: str) -> list[Channel]:
        """The legs of the page of its own, or those whose names begin so."""
        every = self.office.switch.channels.values()
        return [leg for leg in every if leg.name.startswith(begins or ("loopback/", "null/"))]

    def gone(self) -> bool:
        return not self.legs() and not self.live.all()

    def called(self, who: str) -> PhoneCall:
        return self.office.phone(who).calls[-1]

    def results(self) -> dict[str, tuple[str, str | None]]:
        self.controller.history.drain(30)
        return by_target(self.attempts())


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    made = Yard(tmp_path)
    yield made
    made.close()


@pytest.fixture
def few(tmp_path: Path) -> Iterator[Yard]:
    """A group of two: one on a call, one idle."""
    made = Yard(tmp_path, members=FEW)
    yield made
    made.close()


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Yard]:
    """The same group; the call of its member has bypass media."""
    made = Yard(tmp_path, members=FEW, first="8555")
    made.settle(lambda: made.first.leg.state is State.HIBERNATE, "the bypass")
    yield made
    made.close()


def test_pager_is_heard_by_all_members_and_hears_nobody(yard: Yard) -> None:
    yard.page()
    assert yard.heard() == HEARD
    yard.clock.sleep(1)
    assert all(TONE in yard.sounds(who) for who in ("1001", "1002", "1003", "1004", "1005"))
    assert not any(TONE in yard.sounds(who) for who in ("customer", "customer2"))


def test_end_of_the_pager_ends_it_for_all_and_leaves_the_calls(yard: Yard) -> None:
    yard.page().hang_up()
    yard.settle(yard.gone, "nothing to be left")
    assert yard.heard() == ALONE
    for leg in (yard.first.leg, yard.second.leg):
        assert not [name for name in leg.variables if "whisperpage" in name]
        assert not leg.bugs
    ended = dict.fromkeys(("1002", "1003"), ("whisper", "pager_hung_up"))
    ended |= dict.fromkeys(("1004", "1005"), ("intercom", "pager_hung_up"))
    left_out = {"1006": ("refused", "not_automatic"), "1009": ("refused", "not_registered")}
    assert yard.results() == ended | left_out | {"600": ("group", "pager_hung_up")}


def test_each_part_is_known_by_the_id_of_the_whole_page(yard: Yard) -> None:
    yard.page()
    yard.controller.history.drain(30)
    (whole,) = (each for each in yard.attempts() if each.called == f"600@{DOMAIN}")
    parts = [each for each in yard.attempts() if each is not whole and each.page_id != whole.page_id]
    assert {each.part_of for each in parts} == {whole.page_id}
    assert len(parts) == 6
    assert whole.part_of is None


def test_member_that_ends_its_own_part_keeps_its_call_and_the_others_go_on(yard: Yard) -> None:
    yard.page()
    yard.settle(lambda: "6" in yard.first.leg.meta, "the keys")
    assert "5" not in yard.first.leg.meta  # nobody hears the member, so there is nothing to mute
    yard.first.press("*6")
    yard.settle(lambda: yard.heard()["1002"] == {"customer"}, "the end of its part")
    assert yard.heard() == HEARD | {"1002": {"customer"}}
    yard.settle(lambda: yard.results()["1002"] == ("whisper", "stopped"), "its row")


def test_member_that_was_called_hangs_up_and_the_others_go_on(yard: Yard) -> None:
    yard.page()
    yard.called("1005").hang_up()
    yard.settle(lambda: "1005" not in yard.heard(), "the end of its part")
    assert yard.heard()["1002"] == {"1001", "customer"}
    yard.settle(lambda: yard.results()["1005"] == ("intercom", "target_hung_up"), "its row")


def test_member_that_is_one_by_its_alias_too_is_rung_once(few: Yard) -> None:
    users = few.office.switch.configuration.users
    users[f"1005@{DOMAIN}"] = replace(users[f"1005@{DOMAIN}"], alias="5005")
    with few.store.unit() as unit:
        page_groups.add_member(unit, EVERYTHING, PageGroupName("600", DOMAIN), UserName("5005", DOMAIN))
        unit.commit()
    few.page()
    assert len(few.office.phone("1005").calls) == 1
    assert few.results().keys() == {"600", "1002", "1005"}


def test_page_ends_with_its_last_member(yard: Yard) -> None:
    pager = yard.page()
    for who in ("1004", "1005"):
        yard.called(who).hang_up()
    yard.first.hang_up()
    yard.second.hold()
    yard.settle(lambda: pager.over, "the end of the page")
    assert OVER in yard.sounds("1001")
    assert yard.results()["600"] == ("group", "target_hung_up")
    assert yard.results()["1003"] == ("whisper", "held")


def test_page_is_stopped_for_all_by_its_id(yard: Yard) -> None:
    pager = yard.page()
    (whole,) = (live for live in yard.live.all() if live.record.treatment == "group")
    assert station(yard.controller).control.end(whole.record.page_id)
    yard.settle(lambda: pager.over, "the end of the page")
    yard.settle(yard.gone, "nothing to be left")
    stopped = {who for who, (_, how) in yard.results().items() if how == "stopped"}
    assert stopped == {"600", "1002", "1003", "1004", "1005"}


def test_stop_of_one_member_ends_its_part_alone(yard: Yard) -> None:
    yard.page()
    assert station(yard.controller).control.stop(UserName("1002", DOMAIN))
    yard.settle(lambda: yard.heard()["1002"] == {"customer"}, "the end of its part")
    assert yard.heard()["1003"] == {"1001", "customer2"}


@pytest.mark.parametrize("member", ["1002", "1005"])
def test_member_of_a_page_is_not_paged_by_somebody_else(yard: Yard, member: str) -> None:
    yard.page()
    other = yard.office.dial("1006", f"*19{member}")
    yard.settle(lambda: other.over, "the refusal")
    newest = max(yard.attempts(), key=lambda each: each.started_at)
    assert newest.reason == "already_paged"


def test_pager_of_a_group_is_not_paged(yard: Yard) -> None:
    yard.page()
    other = yard.office.dial("1006", "*191001")
    yard.settle(lambda: other.over, "the refusal")
    assert max(yard.attempts(), key=lambda each: each.started_at).reason == "paging"


def test_member_in_a_conference_is_left_out_and_its_room_is_not_ours(yard: Yard) -> None:
    yard.second.hang_up()
    meeting = yard.office.dial("1003", "3001")
    yard.settle(lambda: meeting.leg.conference, "the conference")
    yard.office.dial("1001", GROUP)
    yard.settle(lambda: yard.heard().get("1005") == {"1001"}, "the page")
    assert yard.results()["1003"] == ("refused", "conference")
    assert yard.heard()["1003"] == set()


def test_member_that_enters_another_conference_is_out(yard: Yard) -> None:
    yard.page()
    yard.office.switch.call("uuid_transfer", f"{yard.first.leg.uuid} 3001 XML default")
    yard.settle(lambda: yard.heard().get("1002") == set(), "the end of its part")
    assert yard.heard()["1003"] == {"1001", "customer2"}


def test_pager_whose_group_has_nobody_left_hears_the_reorder_tone(tmp_path: Path) -> None:
    yard = Yard(tmp_path, members=("1001", "1006", "1009"))
    pager = yard.office.dial("1001", GROUP)
    yard.settle(lambda: pager.over, "the refusal")
    assert REORDER in yard.sounds("1001")
    left_out = {"1006": ("refused", "not_automatic"), "1009": ("refused", "not_registered")}
    assert yard.results() == left_out | {"600": ("refused", "nobody_reached")}
    yard.close()


def test_nobody_else_enters_the_room(yard: Yard) -> None:
    yard.page()
    (room,) = yard.office.switch.rooms
    assert room in yard.office.switch.locked
    assert len(yard.office.switch.rooms[room]) == 5


def test_lamps_and_live_pages_show_each_member(yard: Yard) -> None:
    watch = yard.office.switch.presence.subscribe(f"1006@{DOMAIN}", f"whisper+1002@{DOMAIN}")
    yard.page()
    yard.settle(lambda: watch.lit, "the lamp")
    kinds = sorted(live.record.treatment.value for live in yard.live.all())
    assert kinds == ["group", "intercom", "intercom", "whisper", "whisper"]


def test_two_controllers_make_one_page_and_both_follow_all_of_it(yard: Yard) -> None:
    second = yard.start()
    theirs = station(second).live
    yard.page()
    yard.settle(lambda: len(theirs.all()) == len(yard.live.all()) == 5, "both to follow")
    assert {live.record.page_id for live in theirs.all()} == {live.record.page_id for live in yard.live.all()}
    (whole,) = (live.record.page_id for live in theirs.all() if live.record.treatment == "group")
    assert all(station(each).control.end(whole) for each in (second, yard.controller))
    yard.settle(lambda: yard.gone() and not theirs.all(), "nothing to be left")
    second.history.drain(30)
    assert len(yard.attempts()) == 7
    assert all(each.ended_at for each in yard.attempts())


def test_controller_that_comes_back_finds_the_whole_page(yard: Yard) -> None:
    pager = yard.page()
    yard.stop(yard.controller)
    yard.controller = yard.start()
    yard.live = station(yard.controller).live
    yard.settle(lambda: len(yard.live.all()) == 5, "the page to be followed")
    pager.hang_up()
    yard.settle(yard.gone, "nothing to be left")
    yard.settle(lambda: set(yard.results().values()) >= {("group", "pager_hung_up")}, "its end")
    assert {how for _, how in yard.results().values()} == {"pager_hung_up", "not_automatic", "not_registered"}


def test_page_ends_for_all_without_any_controller(yard: Yard) -> None:
    pager = yard.page()
    yard.stop(yard.controller)
    pager.hang_up()
    yard.settle(lambda: yard.heard() == ALONE, "the end")
    yard.settle(lambda: not yard.office.switch.rooms, "the end of the room")
    assert len(yard.office.switch.channels) == 4


def test_click_rings_the_pager_and_pages_the_group(yard: Yard) -> None:
    clicks = station(yard.controller).clicks
    click = clicks.page(Feature.WHISPER, UserName("1001", DOMAIN), UserName("600", DOMAIN))
    assert click.outcome.get(timeout=30) is None
    yard.settle(lambda: yard.heard() == HEARD, "the page")
    assert clicks.known(click.page_id)
    assert {live.whole for live in yard.live.all()} == {click.page_id}


def test_member_hears_the_pager_after_its_decline_window_and_not_before(few: Yard) -> None:
    with few.store.unit() as unit:
        unit.session.execute(text("UPDATE settings_groups SET decline_seconds = 5"))
        unit.commit()
    few.office.dial("1001", GROUP)
    few.settle(lambda: few.heard().get("1005") == {"1001"}, "the idle member")
    few.clock.sleep(2)
    assert few.heard()["1002"] == {"customer"}
    few.settle(few.up, "the end of the window", 5)


def test_member_whose_phone_changes_its_codec_hears_the_pager_again(few: Yard) -> None:
    few.page()
    few.first.recode("G722")
    assert few.heard()["1002"] == {"customer"}
    few.settle(few.up, "the pager to be heard again")


@pytest.mark.parametrize("codecs", [("PCMU",), ("PCMU", "G722"), ("PCMU", "G722", "PCMU")])
def test_pager_whose_phone_changes_its_codec_is_heard_as_before(few: Yard, codecs: tuple[str, ...]) -> None:
    few.office.phone("1001").codec = "G722"
    pager = few.page()
    for each in codecs:
        few.clock.sleep(1)
        pager.recode(each)
    few.clock.sleep(0.5)
    assert few.up()
    assert few.office.hears("1002")["1001"] is few.office.hears("1005")["1001"] is Quality.CLEAR


def test_recording_of_a_member_that_begins_during_the_page_is_without_the_pager(few: Yard) -> None:
    few.page()
    few.api("uuid_record", f"{few.first.leg.uuid} start during.wav")
    bugs = few.first.leg.bugs
    few.settle(lambda: few.up() and bugs[-1].function == "eavesdrop", "the pager behind the recording")
    assert set(few.office.hears("during.wav")) == {"1002", "customer"}


def test_bypass_media_call_of_a_member_goes_past_the_switch_again_after_the_page(past: Yard) -> None:
    past.page().hang_up()
    past.settle(lambda: past.first.leg.state is State.HIBERNATE, "the bypass again")


def test_bypass_media_call_whose_member_holds_stays_with_the_switch(past: Yard) -> None:
    past.page()
    past.first.hold()
    past.settle(lambda: not past.legs(), "the end of its part")
    past.clock.sleep(BYPASSED)
    assert past.first.leg.state is State.SOFT_EXECUTE


def test_member_in_another_call_does_not_hear_the_pager_with_no_controller_alive(past: Yard) -> None:
    past.page()
    past.stop(past.controller)
    past.api("uuid_bridge", f"{past.first.leg.uuid} {past.second.leg.uuid}")
    past.settle(lambda: not past.legs(), "the end of its part")
    past.clock.sleep(BYPASSED)
    assert past.heard()["1002"] == {"1003"}
    assert past.first.leg.state is not State.HIBERNATE


@pytest.mark.parametrize(
    "which",
    [
        pytest.param(lambda yard: yard.legs("null/claim-"), id="claim"),
        pytest.param(lambda yard: yard.legs("loopback/member-")[1:], id="voice"),
    ],
)
def test_part_ends_with_no_controller_alive_if_somebody_bridges_a_leg_of_it(
    few: Yard, which: Callable[[Yard], list[Channel]]
) -> None:
    few.page()
    (leg,) = which(few)
    few.stop(few.controller)
    few.api("uuid_bridge", f"{few.second.leg.uuid} {leg.uuid}")
    few.settle(lambda: not few.legs(), "the end of its part")
    assert few.heard()["1002"] == {"customer"}


def test_second_claim_of_a_member_is_hung_up_and_the_page_goes_on(few: Yard) -> None:
    """As a controller makes it that has not seen the page of another one."""
    few.page()
    (claim,) = few.legs("null/claim-")
    mark = mark_of(lambda name: claim.text(name.removeprefix("variable_")))
    assert mark
    first, _ = GROUPS[8000].steps(replace(mark, page=str(uuid4()), speak=str(uuid4())))
    few.api(*first.call.text.split(" ", 1))
    few.clock.sleep(1)
    assert few.legs("null/claim-") == [claim]
    assert few.up()


def test_keys_of_a_conference_do_nothing_in_the_room_of_a_page(few: Yard) -> None:
    pager = few.page()
    for phone in (pager, few.called("1005")):
        phone.press("0")
    few.clock.sleep(0.1)
    assert few.up()


def test_phone_of_a_member_that_was_called_can_only_hang_up(few: Yard) -> None:
    few.page()
    called = few.called("1005")
    called.hold()
    assert few.up()
    few.api("uuid_transfer", f"{called.leg.uuid} pages-off")
    few.settle(lambda: called.over, "its end")
    assert PAGES_OFF not in few.sounds("1005")


def test_member_that_does_not_answer_is_called_no_longer_and_its_early_media_is_no_answer(few: Yard) -> None:
    few.office.phone("1005").behaviour = Behaviour(answers=False)
    few.office.dial("1001", GROUP)
    few.settle(lambda: few.office.phone("1005").calls, "the call")
    called = few.called("1005")
    few.api("uuid_pre_answer", called.leg.uuid)
    few.clock.sleep(RINGING + 1)
    assert called.over
    assert few.results()["1005"] == ("intercom", "unanswered")


def test_pager_hears_that_its_page_is_over_if_its_room_ends_even_after_a_reply_of_a_member(few: Yard) -> None:
    pager = few.page()
    few.settle(lambda: "1" in few.first.leg.meta, "the keys")
    few.first.press("*1")
    few.settle(lambda: few.results()["1002"] == ("whisper", "replied"), "the reply")
    (room,) = few.office.switch.rooms
    few.api("conference", f"{room} kick all")
    few.settle(lambda: pager.over, "the end")
    assert OVER in few.sounds("1001")
    assert REPLIED not in few.sounds("1001")


def test_second_controller_does_not_end_a_page_of_which_a_phone_still_rings(few: Yard) -> None:
    second = few.start()
    few.office.phone("1005").behaviour = Behaviour(answers=False)
    pager = few.office.dial("1001", GROUP)
    few.settle(lambda: "6" in few.first.leg.meta and few.office.phone("1005").calls, "the page")
    few.settle(lambda: len(station(second).live.all()) == 2, "the second one to follow a part")
    few.first.press("*6")
    few.settle(lambda: few.heard()["1002"] == {"customer"}, "the end of a part")
    few.clock.sleep(2)
    assert few.office.phone("1005").calls
    assert not pager.over
    few.settle(lambda: pager.over, "the end of the page", 60)
