"""What the doctor says of conferences, for page groups."""

from __future__ import annotations

import pytest

from controller.doctor.check import Check
from controller.doctor.conferences import look_at_conferences
from controller.eventsocket.api import ApiCall


def told(profiles: str, loaded: str = "true") -> Check:
    """The check on a switch with these profiles."""

    def ask(call: ApiCall) -> str:
        if call.text == "module_exists mod_conference":
            return loaded
        assert call.text == "xml_locate configuration configuration name conference.conf"
        return profiles

    return look_at_conferences(ask)


def profile(*params: str, name: str = "whisperpage") -> str:
    """A configuration with one profile; each of its params is `NAME=VALUE`."""
    inner = "".join('<param name="{}" value="{}"/>'.format(*each.split("=")) for each in params)
    return f'<configuration><profiles><profile name="{name}">{inner}</profile></profiles></configuration>'


def test_without_mod_conference_only_page_groups_are_out_of_order() -> None:
    check = told("", loaded="false")
    assert not check.right
    assert not check.fails
    assert "load mod_conference" in check.fix


@pytest.mark.parametrize(
    ("profiles", "rate"),
    [
        ("can't find anything", "without a profile whisperpage: 8000 Hz"),
        (profile("rate=48000", name="default"), "without a profile whisperpage: 8000 Hz"),
        (profile(), "the profile whisperpage has 8000 Hz"),
        (profile("rate=16000", "enter-sound="), "the profile whisperpage has 16000 Hz"),
    ],
)
def test_the_rate_of_pages_to_groups_is_said(profiles: str, rate: str) -> None:
    check = told(profiles)
    assert check.right
    assert rate in check.found


def test_sounds_that_the_members_would_hear_are_named() -> None:
    check = told(profile("rate=16000", "enter-sound=a.wav", "alone-sound=b.wav"))
    assert not check.right
    assert not check.fails
    assert "remove alone-sound, enter-sound from the profile whisperpage" in check.fix
