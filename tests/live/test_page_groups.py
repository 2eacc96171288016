"""G1: a page to a group of six, three of them on calls with clients: who hears whom, measured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.laboratory.levels import loudness, read_wave
from controller.switch.pagelegs import AFTER_BRIDGE, RECORD_START
from tests.live import groups
from tests.live.groups import heard, levels, members, only, page_group, page_legs
from tests.live.office import Office, wait_for

#: On a call each, with a client; idle; and the two that cannot be reached: a phone that rings only, and none.
TALKING, IDLE, LEFT_OUT = (1002, 1003, 1005), 1004, (1006, 1009)


@pytest.fixture
def group(office: Office) -> Iterator[Office]:
    with page_group(office, (*TALKING, IDLE, *LEFT_OUT)):
        yield office


def talk(office: Office, codec: str = "PCMU") -> list[str]:
    return groups.talk(office, *TALKING, codec=codec)


def page(office: Office, codec: str = "PCMU") -> str:
    return groups.page(office, TALKING, codec=codec)


@pytest.mark.parametrize("pager", ["PCMU", "G722"])
@pytest.mark.parametrize("target", ["PCMU", "G722", "OPUS"])
def test_all_members_hear_the_pager_and_nobody_hears_anything_else(
    group: Office, target: str, pager: str
) -> None:
    began = time.time()
    talk(group, target)
    page(group, pager)
    time.sleep(2.6)  # the time that is recorded and measured
    group.hang_up()
    told = {name: heard(group, name) for name in ("pager", *(f"member-{each}" for each in TALKING))}
    told["idle"] = heard(group, f"in-{IDLE}-*")
    assert only(told["pager"]), told
    assert only(told["idle"], "1001"), told
    for member, client in ((1002, "customer"), (1003, "customer2"), (1005, "customer")):
        found = told[f"member-{member}"]
        assert only(found, "1001", client, own=str(member)), sorted(found.items(), key=lambda each: -each[1])[
            :4
        ]
    clients = [
        each for each in Path(group.lab.recordings).glob("customer*.wav") if each.stat().st_mtime > began
    ]
    assert len(clients) == 3
    speakers = sorted(next(who for who, level in levels(each).items() if level > -30) for each in clients)
    assert speakers == ["1002", "1003", "1005"]
    assert all(
        only(levels(each), who) for each, who in zip(sorted(clients, key=_speaker), speakers, strict=True)
    )


def _speaker(path: Path) -> str:
    return max(levels(path).items(), key=lambda each: each[1])[0]


def test_everything_of_a_page_goes_with_its_pager_and_the_calls_go_on(group: Office) -> None:
    talk(group)
    leg = page(group)
    group.lab.phone_switch.api(f"uuid_kill {leg}")
    wait_for(lambda: not page_legs(group) and not group.lab.channels(presence_id=f"{IDLE}@"), "the end")
    for member in TALKING:
        own = group.leg(member)
        assert group.partner(own)
        assert group.bugs(own) == 0
        for variable in (*AFTER_BRIDGE, RECORD_START):
            assert group.lab.pbx.api(f"uuid_getvar {own} {variable}") == "_undef_"
    wait_for(lambda: all(row["ending"] for row in group.history()[:7]), "the history")
    rows = {row["target"].partition("@")[0]: row for row in group.history()[:7]}
    assert {rows[str(each)]["treatment"] for each in TALKING} == {"whisper"}
    assert {rows[str(each)]["ending"] for each in (*TALKING, IDLE, 600)} == {"pager_hung_up"}
    assert [rows[str(each)]["reason"] for each in LEFT_OUT] == ["not_automatic", "not_registered"]
    assert {rows[str(each)]["part_of"] for each in (*TALKING, IDLE, *LEFT_OUT)} == {rows["600"]["page_id"]}


def test_nothing_outlives_the_pager_without_a_controller(group: Office) -> None:
    talk(group)
    leg = page(group)
    group.kill_controller()
    group.lab.phone_switch.api(f"uuid_kill {leg}")
    wait_for(lambda: not page_legs(group) and not group.lab.channels(presence_id=f"{IDLE}@"), "the end")
    assert all(group.bugs(group.leg(each)) == 0 for each in TALKING)
    group.start_controller()


def test_controller_that_comes_back_follows_the_page_and_ends_it(group: Office) -> None:
    talk(group)
    leg = page(group)
    group.kill_controller()
    group.start_controller()
    group.lab.phone_switch.api(f"uuid_kill {leg}")
    wait_for(lambda: not page_legs(group), "the end")
    wait_for(lambda: all(row["ending"] for row in group.history()[:7]), "the history")
    assert {row["ending"] for row in group.history()[:7]} >= {"pager_hung_up"}


def test_member_ends_its_own_part_by_a_key(group: Office) -> None:
    member, *_ = talk(group)
    page(group)
    own = group.leg(1002)
    time.sleep(0.6)  # until its keys are bound
    group.lab.phone_switch.api(f"uuid_send_dtmf {member} *6")
    wait_for(lambda: group.bugs(own) == 0, "the end of its part")
    assert group.partner(own)
    wait_for(lambda: members(group) == 4, "the others to go on")
    time.sleep(2.2)  # the time that is recorded and measured
    group.hang_up()
    assert only(heard(group, "member-1002"), "customer")
    assert only(heard(group, "member-1003"), "1001", "customer2")


def test_pager_and_members_hear_the_tone_and_no_client_does(group: Office) -> None:
    talk(group)
    page(group)
    group.hang_up()
    tone = 2500
    for name in ("pager", f"in-{IDLE}-*", *(f"member-{each}" for each in TALKING)):
        assert _loudest(group, name, tone) > -30, name
    for name in ("customer-*", "customer2-*"):
        assert _loudest(group, name, tone) < -45, name


def _loudest(office: Office, name: str, hz: int) -> float:
    path = max(Path(office.lab.recordings).glob(f"{name}.wav"), key=lambda each: each.stat().st_mtime)
    samples, rate = read_wave(str(path))
    part = rate // 10
    return max(loudness(samples[at : at + part], rate, hz) for at in range(0, len(samples) - part, part))


def test_phone_that_names_a_leg_of_the_page_in_replaces_hears_nobody(group: Office) -> None:
    talk(group)
    page(group)
    leg = group.leg(IDLE)
    phone = group.handset("third", 1006, 1300)
    phone.call("nobody", f"Replaces: {leg};to-tag=1;from-tag=2\r\n")
    time.sleep(2)  # the time that is recorded and measured
    group.hang_up()
    assert only(levels(Path(group.lab.recordings) / "third.wav"))
