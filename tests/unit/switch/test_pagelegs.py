"""The names that the channels of a page and the dialplan have in common."""

from __future__ import annotations

import re

import pytest

from controller import resources
from controller.switch.pagelegs import AFTER_BRIDGE, CONTEXT


def whisperpage() -> str:
    return (resources.dialplan() / "whisperpage.xml").read_text(encoding="utf-8")


def extension(name: str) -> str:
    found = re.search(rf'<extension name="{name}">.*?</extension>', whisperpage(), re.DOTALL)
    assert found
    return found[0]


def test_dialplan_has_the_context_and_every_name_of_what_a_leg_runs_after_its_bridge() -> None:
    assert f'<context name="{CONTEXT}">' in whisperpage()
    named = re.findall(r"api_after_bridge_\w+", whisperpage())
    assert set(named) == set(AFTER_BRIDGE)


@pytest.mark.parametrize("variable", AFTER_BRIDGE)
def test_voice_sets_what_the_target_runs_after_its_bridge_and_clears_it_as_it_goes(variable: str) -> None:
    assert f"uuid_setvar(${{whisperpage_target_leg}} {variable} " in extension("voice")
    assert re.search(rf'api_hangup_hook=uuid_setvar_multi [^"]*{variable}=[;"]', extension("voice"))
