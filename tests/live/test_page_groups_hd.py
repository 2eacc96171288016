"""G1, P13: a page group whose conference has the profile of 16 kHz that is documented: who hears it in HD."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from controller.laboratory.lab import Lab
from controller.laboratory.office import PHONES
from tests.live import groups
from tests.live.groups import page_group, page_legs, talk
from tests.live.laboratory import laboratory
from tests.live.levels import hears_page_tone, page_tone_is_heard_once
from tests.live.office import PLAIN, Office, wait_for
from tests.live.test_renegotiation import AGAIN, MEASURED, OK

#: Hz of the pager's tone here: no telephone of 8 kHz carries it.
PAGER = 5500
#: Members on a call, and idle ones, by the codec of their phones.
TALKING, IDLE = {1002: "G722", 1003: "OPUS"}, {1004: "G722", 1005: "OPUS"}
PAGE_GROUPS = Path(__file__).parents[2] / "docs" / "page-groups.md"


class WideLab(Lab):
    """The laboratory with the conference profile of the documents, in which some phones answer in HD."""

    def start(self, name: str, configuration: str) -> subprocess.Popen[bytes]:
        documented = re.findall(r"```xml\n(<profile .*?)```", PAGE_GROUPS.read_text(), re.S)
        assert len(documented) == 1
        if name == "pbx":
            before, profiles, after = configuration.partition('"conference.conf"><profiles>')
            configuration = before + profiles + documented[0] + after
        for phone, codec in IDLE.items():
            before, context, after = configuration.partition(f'<context name="phone{phone}">')
            answer = '<action application="answer" data=""/>'
            chosen = f'<action application="set" data="absolute_codec_string={codec}"/>{answer}'
            configuration = before + context + after.replace(answer, chosen, 1) if context else configuration
        return super().start(name, configuration)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with patch.dict(PHONES, {1001: (PHONES[1001][0], PAGER)}), laboratory(WideLab) as lab:
        yield lab


@pytest.fixture(scope="module")
def grouped(whole_module: Office) -> Iterator[Office]:
    whole_module.open()
    with page_group(whole_module, (*TALKING, *IDLE)):
        yield whole_module


@pytest.fixture
def group(grouped: Office, office: Office) -> Office:
    return office


def test_doctor_says_at_what_rate_page_groups_are_paged(office: Office) -> None:
    command = ["doctor", "--json"]
    rows = json.loads(office.whisperpage(*command))
    (found,) = (row["found"] for row in rows if row["what"] == "page groups")
    assert found == "mod_conference is loaded; the profile whisperpage has 16000 Hz"


@pytest.mark.parametrize("codec", ["G722", "OPUS"])
def test_members_hear_the_pager_in_hd_and_clients_hear_nothing_of_it(group: Office, codec: str) -> None:
    for member, own in TALKING.items():
        talk(group, member, codec=own)
    groups.page(group, tuple(TALKING), idle=len(IDLE), codec=codec)
    time.sleep(2.6)  # the time that is recorded and measured
    group.hang_up()
    names = [f"member-{each}" for each in TALKING] + [f"in-{each}-*" for each in IDLE]
    found = {name: group.lab.hears(name).get("1001", -200.0) for name in names}
    assert all(abs(level - PLAIN) < 8 for level in found.values()), found
    for client in ("customer-*", "customer2-*"):
        assert group.lab.hears(client).get("1001", -200.0) < PLAIN - 40
    assert all(level < PLAIN - 40 for level in group.lab.hears("pager").values())
    for name in (*names, "pager"):
        page_tone_is_heard_once(group, name)
    assert hears_page_tone(group, "customer-*") == hears_page_tone(group, "customer2-*") == 0


@pytest.mark.parametrize(("codecs", "hz"), [(("PCMU",), 400), (("PCMU", "G722"), PAGER)])
def test_member_whose_phone_becomes_slower_hears_the_pager_and_in_hd_as_it_is_fast_again(
    group: Office, codecs: tuple[str, ...], hz: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PHONES, 1001, (PHONES[1001][0], hz))
    (phone,) = talk(group, 1002, codec="G722")
    groups.page(group, (1002,), idle=len(IDLE), codec="G722")
    for codec in codecs:
        time.sleep(1)
        assert group.lab.phone_switch.api(f"uuid_media_reneg {phone} ={codec}") == OK
    time.sleep(AGAIN)
    group.lab.phone_switch.api(f"uuid_record {phone} start {group.lab.recordings}/after.wav")
    time.sleep(MEASURED)  # what is measured is time: this much of it is recorded
    group.hang_up()
    found = group.lab.hears("after", last=1.2, skip=0.2)
    assert abs(found["1001"] - PLAIN) < 6, found
    assert abs(found["customer"] - PLAIN) < 6, found
    assert group.lab.hears("customer-*").get("1001", -200.0) < PLAIN - 40


def test_nothing_is_left_of_a_page_in_hd_whose_controller_has_died(group: Office) -> None:
    talk(group, 1002, codec="G722")
    leg = groups.page(group, (1002,), idle=len(IDLE), codec="G722")
    group.kill_controller()
    group.lab.phone_switch.api(f"uuid_kill {leg}")
    wait_for(lambda: not page_legs(group), "the end")
    own = group.leg(1002)
    assert group.partner(own)
    assert not group.bugs(own)
    group.start_controller()


def test_pager_with_a_phone_of_8_khz_is_not_heard_in_hd(group: Office) -> None:
    talk(group, 1002, codec="G722")
    groups.page(group, (1002,), idle=len(IDLE), codec="PCMU")
    time.sleep(2.6)  # the time that is recorded and measured
    group.hang_up()
    for name in ("member-1002", *(f"in-{each}-*" for each in IDLE)):
        assert group.lab.hears(name)["1001"] < PLAIN - 40
