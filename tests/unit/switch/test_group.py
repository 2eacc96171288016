"""The topology of a page to a member of a page group, and the marks of its legs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.domain.names import UserName
from controller.domain.record import Ending
from controller.eventsocket.api import ApiCall, uuid_kill
from controller.switch.group import GROUPS, MemberMark, call, gather, leave, member_of
from controller.switch.pagelegs import PageMark
from controller.switch.topologies import TOPOLOGIES, best, is_page_leg, is_relay, mark_of, topology_of
from controller.switch.topology import Party

TARGET = "59a5244a-5783-4895-8621-ed9fdc3a4d10"
PAGER = "252f1004-8da8-45e7-8062-ae3b863aef8d"
USERS = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
GROUP = GROUPS[8000]
MARK = PageMark("part-1", *USERS, PAGER, TARGET, topology=GROUP.name, room="page-1")
MEMBER = MemberMark("part-2", "page-1", *USERS, PAGER, leg="x1")


def test_pager_hears_nobody() -> None:
    assert not {listener for listener, _ in GROUP.hears} & {Party.PAGER}
    assert not GROUP.two_way
    assert all(each.two_way for each in TOPOLOGIES if each.has_pager and each not in GROUPS.values())


def test_mark_of_a_part_is_read_back_with_its_room() -> None:
    told = {f"variable_{name}": value for name, value in MARK.variables().items()}
    assert mark_of(lambda name: told.get(name, "")) == MARK
    assert topology_of(MARK) is GROUP


def test_page_whose_room_is_on_another_switch_names_what_it_is_a_part_of() -> None:
    mark = replace(MARK, topology="whisper-8000", room="", part_of="page-1")
    told = {f"variable_{name}": value for name, value in mark.variables().items()}
    assert mark_of(lambda name: told.get(name, "")) == mark


def test_mark_of_a_called_member_is_read_back_or_is_none() -> None:
    told = {f"variable_{name}": value for name, value in MEMBER.variables().items()} | {"Unique-ID": "x1"}
    assert member_of(lambda name: told.get(name, "")) == MEMBER
    assert member_of(lambda name: told.get(name, "") if "room" not in name else "") is None


def test_leg_to_another_switch_names_it_and_enters_the_room_without_a_tone() -> None:
    mark = replace(MEMBER, switch="beta")
    told = {f"variable_{name}": value for name, value in mark.variables().items()} | {"Unique-ID": "x1"}
    assert member_of(lambda name: told.get(name, "")) == mark
    text = call(mark, ("[a=b]sofia/trunk/whisperpage@10.0.0.2:5080",), {}, 10).text
    assert text.endswith("&transfer(called-elsewhere\\sXML\\swhisperpage@switch)")
    assert "whisperpage_switch" not in MEMBER.variables()


def test_leg_that_can_be_guessed_takes_no_part_in_the_sound() -> None:
    claim, speak = GROUP.steps(MARK)
    assert claim.claims
    assert f"origination_uuid={MARK.relay}}}null/claim-" in claim.call.text
    assert f"origination_uuid={MARK.speak}}}loopback/member-" in speak.call.text
    assert GROUP.own_bugs(MARK) == {TARGET: 1}


@pytest.mark.parametrize(
    ("rate", "pairs"),
    [(0, 8000), (8000, 8000), (12000, 8000), (16000, 16000), (24000, 16000), (48000, 32000)],
)
def test_pair_is_no_faster_than_the_member_and_the_room(rate: int, pairs: int) -> None:
    assert best(rate, group=True) is GROUPS[pairs]


def test_pair_in_hd_is_made_by_a_leg_of_nobody_with_its_rate() -> None:
    claim, maker, made, speak = GROUPS[16000].steps(MARK)
    assert claim == GROUP.steps(MARK)[0]
    assert "rate=16000," in maker.call.text
    assert f"origination_uuid={MARK.speak_maker}," in maker.call.text
    assert maker.call.text.endswith(f" &transfer(wide-member-{TARGET}\\sXML\\swhisperpage@switch)")
    assert (made.answer, made.call.text) == (MARK.speak_maker, f"uuid_getvar {MARK.speak} last_bridge_to")
    assert speak.call.text == f"uuid_transfer {MARK.speak} speak-{TARGET} XML whisperpage@switch"
    assert is_page_leg(f"null/member-{TARGET}")
    assert not is_relay(f"null/member-{TARGET}")


def test_legs_are_known_by_their_names() -> None:
    assert is_relay(f"null/claim-{TARGET}")
    assert is_page_leg(f"loopback/member-{TARGET}-b")
    assert not is_relay(f"loopback/member-{TARGET}-a")


def test_end_of_a_part_keeps_the_media_of_a_call_that_is_another_one_now() -> None:
    assert GROUP.end(MARK, Ending.STOPPED) == (uuid_kill(MARK.relay),)
    kept, _ = GROUP.end(MARK, Ending.TRANSFERRED)
    assert kept == ApiCall(f"uuid_setvar {MARK.relay} api_hangup_hook")


def test_new_rate_of_the_target_begins_its_eavesdrop_anew_and_that_of_the_pager_does_nothing() -> None:
    (again,) = GROUP.take_rate(MARK, Party.TARGET)
    assert again == ApiCall(f"uuid_transfer {MARK.speak} behind-{TARGET} XML whisperpage@switch")
    assert GROUP.take_rate(MARK, Party.PAGER) == ()


def test_pager_enters_its_room_and_leaves_it_by_the_dialplan() -> None:
    assert [step.call.text.split()[0] for step in gather(PAGER, "page-1")] == [
        "uuid_setvar_multi",
        "uuid_transfer",
    ]
    assert leave(PAGER).text == f"uuid_transfer {PAGER} group-over XML whisperpage@switch"


def test_phone_that_is_called_can_only_hang_up() -> None:
    text = call(MEMBER, ("[a=b]sofia/internal/sip:1002@h",), {"origination_caller_id_name": "Anna"}, 10).text
    for each in (
        "rtp_disable_hold=true",
        "deny_refer_requests=true",
        "whisperpage_part=part-2",
        "timeout=10",
    ):
        assert each in text
    assert text.endswith("&transfer(called\\sXML\\swhisperpage@switch)")
