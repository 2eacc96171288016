"""The names that the channels of a page share with the dialplan."""

from __future__ import annotations

import re

import pytest

from controller import resources
from controller.domain.names import UserName
from controller.switch.pagelegs import AFTER_BRIDGE, CONTEXT, RECORD_START, PageMark, relay_uuid, speak_uuid

TARGET = "59a5244a-5783-4895-8621-ed9fdc3a4d10"
PAGER = "252f1004-8da8-45e7-8062-ae3b863aef8d"
FAR = "a3d01d72-7671-4aab-af01-f24f1e2c2720"
MARK = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), PAGER, TARGET, FAR)


def whisperpage() -> str:
    return (resources.dialplan() / "whisperpage.xml").read_text(encoding="utf-8")


def extension(name: str) -> str:
    found = re.search(rf'<extension name="{name}">.*?</extension>', whisperpage(), re.DOTALL)
    assert found
    return found[0]


def test_dialplan_has_the_context_and_every_name_of_what_a_leg_runs() -> None:
    assert f'<context name="{CONTEXT}">' in whisperpage()
    named = re.findall(r"api_(?:after|on)_\w+_whisperpage\w*", whisperpage())
    assert set(named) == {*AFTER_BRIDGE, RECORD_START}


@pytest.mark.parametrize("variable", [*AFTER_BRIDGE, RECORD_START])
def test_voice_sets_what_the_target_runs_and_clears_it_when_it_ends(variable: str) -> None:
    assert f"uuid_setvar(${{whisperpage_target_leg}} {variable} " in extension("voice")
    assert re.search(rf'api_hangup_hook=uuid_setvar_multi [^"]*{variable}=[;"]', extension("voice"))


def test_one_target_leg_has_one_relay_and_another_has_another() -> None:
    assert relay_uuid(TARGET) == relay_uuid(TARGET)
    assert relay_uuid(TARGET) != relay_uuid(FAR)


def test_nobody_who_knows_the_legs_of_a_page_knows_the_leg_that_eavesdrops() -> None:
    again = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), PAGER, TARGET, FAR)
    assert len({MARK.speak, again.speak, speak_uuid(TARGET), MARK.relay}) == 4
