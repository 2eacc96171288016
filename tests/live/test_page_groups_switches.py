"""G1, C1: a page to a group with members at two real switches: who hears whom, and what is left of it."""

from __future__ import annotations

import time

import pytest

from controller.laboratory.office import DOMAIN
from controller.switch.pagelegs import AFTER_BRIDGE, RECORD_START
from tests.live.groups import GROUP, heard, only
from tests.live.levels import hears_page_tone, page_tone_is_heard_once
from tests.live.office import wait_for
from tests.live.two import TwoOffice

OFFICE = TwoOffice
#: At the pager's switch: on a call, and idle. At the other one: on a call, idle, and with a phone that rings.
TALKING_HERE, IDLE_HERE, TALKING, IDLE, LEFT_OUT = 1003, 1004, 1002, 1005, 1006
MEMBERS = (TALKING_HERE, IDLE_HERE, TALKING, IDLE, LEFT_OUT)


@pytest.fixture(scope="module")
def grouped(whole_module: TwoOffice) -> TwoOffice:
    """The office with the group."""
    whole_module.open()
    whole_module.whisperpage("page-groups", "add", f"600@{DOMAIN}")
    for member in MEMBERS:
        whole_module.whisperpage("page-groups", "members", "add", f"600@{DOMAIN}", f"{member}@{DOMAIN}")
    return whole_module


@pytest.fixture
def group(grouped: TwoOffice, office: TwoOffice) -> TwoOffice:
    return office


def talk(office: TwoOffice, codec: str = "PCMU") -> None:
    office.target_calls(codec)
    office.lab.dial(TALKING_HERE, "9200", "member-here", codec=codec)


def in_room(office: TwoOffice) -> int:
    """The number of legs in the page's room, the pager's among them."""
    return sum("whisperpage-" in row["application_data"] for row in office.other_channels())


def page(office: TwoOffice, codec: str = "PCMU") -> str:
    leg = office.dial(GROUP, codec=codec)
    answer = office.answer_of(leg)
    assert answer.startswith("+OK"), f"{answer}; {office.log.read_text()[-2000:]}"
    wait_for(lambda: in_room(office) == 5, f"all in the room, not {in_room(office)}")
    wait_for(lambda: office.whispering() and office.keyed(), "the page at the other switch")
    return leg


def only_the_calls(office: TwoOffice) -> bool:
    """Whether each switch has the two legs of its call, and no other one."""
    return len(office.other_channels()) == len(office.lab.channels()) == 2


def rows(office: TwoOffice) -> dict[str, dict[str, str]]:
    """The newest rows of the history, by the extension of the target, once all have an end."""
    count = len(MEMBERS) + 1
    wait_for(lambda: all(row["ending"] for row in office.history()[:count]), "the history")
    return {row["target"].partition("@")[0]: row for row in office.history()[:count]}


@pytest.mark.parametrize(("codec", "pager"), [("PCMU", "PCMU"), ("G722", "G722"), ("OPUS", "PCMU")])
def test_members_at_both_switches_hear_the_pager_and_nobody_hears_anything_else(
    group: TwoOffice, codec: str, pager: str
) -> None:
    talk(group, codec)
    page(group, pager)
    time.sleep(3)  # the tones, and the time that is recorded and measured
    group.hang_up()
    assert only(heard(group, "pager"))
    assert only(heard(group, f"in-{IDLE_HERE}-*"), "1001")
    assert only(heard(group, f"in-{IDLE}-*"), "1001")
    assert only(heard(group, "target"), "1001", "customer", own=str(TALKING)), heard(group, "target")
    assert only(heard(group, "member-here"), "1001", "customer2", own=str(TALKING_HERE))
    assert only(heard(group, "customer-*"), str(TALKING)), heard(group, "customer-*")
    assert only(heard(group, "customer2-*"), str(TALKING_HERE))


def test_pager_and_members_hear_the_tone_once_and_no_client_does(group: TwoOffice) -> None:
    talk(group)
    page(group)
    time.sleep(1)  # the tone
    group.hang_up()
    for name in ("pager", "target", "member-here", f"in-{IDLE_HERE}-*", f"in-{IDLE}-*"):
        page_tone_is_heard_once(group, name)
    for name in ("customer-*", "customer2-*"):
        assert hears_page_tone(group, name) == 0


@pytest.mark.parametrize("controller", ["with a controller", "without one"])
def test_pager_who_hangs_up_leaves_no_leg_on_either_switch(group: TwoOffice, controller: str) -> None:
    talk(group)
    leg = page(group)
    if controller == "without one":
        group.kill_controller()
    group.lab.phone_switch.api(f"uuid_kill {leg}")
    wait_for(lambda: only_the_calls(group), "the calls alone", 8)
    target = group.leg(TALKING)
    assert group.partner(target)
    assert group.bugs(target) == 0
    for variable in (*AFTER_BRIDGE, RECORD_START):
        assert group.lab.pbx.api(f"uuid_getvar {target} {variable}") == "_undef_"
    if not group.controller:
        return
    found = rows(group)
    ended = {who: (row["treatment"], row["ending"], row["switch"]) for who, row in found.items()}
    assert ended == {
        "600": ("group", "pager_hung_up", "alpha"),
        str(TALKING): ("whisper", "pager_hung_up", "beta"),
        str(IDLE): ("intercom", "pager_hung_up", "beta"),
        str(TALKING_HERE): ("whisper", "pager_hung_up", "alpha"),
        str(IDLE_HERE): ("intercom", "pager_hung_up", "alpha"),
        str(LEFT_OUT): ("refused", "refused", "alpha"),
    }
    assert {row["part_of"] for who, row in found.items() if who != "600"} == {found["600"]["page_id"]}


def test_member_at_the_other_switch_ends_its_part_by_a_key_and_the_others_go_on(group: TwoOffice) -> None:
    talk(group)
    page(group)
    group.lab.phone_switch.api(f"uuid_send_dtmf {group.target_phone()} *6")
    wait_for(lambda: in_room(group) == 4, "its leg to leave the room")
    wait_for(lambda: group.bugs(group.leg(TALKING)) == 0, "the end of its part")
    time.sleep(2.2)  # the time that is recorded and measured
    group.hang_up()
    assert only(heard(group, "target"), "customer")
    assert only(heard(group, "member-here"), "1001", "customer2")
    assert only(heard(group, f"in-{IDLE}-*"), "1001")
    assert rows(group)[str(TALKING)]["ending"] == "stopped"


def test_page_ends_with_its_last_member_at_the_other_switch(group: TwoOffice) -> None:
    talk(group)
    page(group)
    for who in (IDLE_HERE, IDLE):
        phone = wait_for(lambda: group.phone_legs(who), "its phone")[-1]["Unique-ID"]  # noqa: B023
        group.lab.phone_switch.api(f"uuid_kill {phone}")
    own = next(row["uuid"] for row in group.other_channels() if f"{TALKING_HERE}@" in row["presence_id"])
    group.lab.other.api(f"uuid_kill {own}")
    wait_for(lambda: in_room(group) == 2, "two in the room")
    group.lab.phone_switch.api(f"uuid_send_dtmf {group.target_phone()} *6")
    wait_for(lambda: not group.other_channels(), "the pager's call to end", 8)
    assert rows(group)["600"]["ending"] == "target_hung_up"


def test_leg_to_the_other_switch_that_somebody_takes_hangs_up(group: TwoOffice) -> None:
    talk(group)
    page(group)
    group.kill_controller()
    sent = [row for row in group.other_channels() if "whisperpage@" in row["name"]]
    assert len(sent) == 2
    second = next(row["uuid"] for row in group.other_channels() if f"{TALKING_HERE}@" in row["presence_id"])
    group.lab.other.api(f"uuid_transfer {sent[0]['uuid']} pages-off XML whisperpage@switch")
    group.lab.other.api(f"uuid_bridge {sent[1]['uuid']} {second}")
    wait_for(lambda: len(group.lab.channels()) == 2, "the call at the other switch alone", 8)
    assert in_room(group) == 2  # the pager and the idle member: the call of the other one is another one now


def test_controller_that_comes_back_follows_the_legs_and_closes_the_history(group: TwoOffice) -> None:
    talk(group)
    leg = page(group)
    group.kill_controller()
    group.start_controller()
    group.lab.phone_switch.api(f"uuid_kill {leg}")
    wait_for(lambda: only_the_calls(group), "the calls alone", 8)
    assert {row["ending"] for row in rows(group).values()} == {"pager_hung_up", "refused"}
