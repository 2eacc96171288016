"""The rooms of page groups, as the configuration of the switch makes them."""

from __future__ import annotations

import pytest

from controller.switch.rooms import configuration, profile_in, rate_in


def written(params: str, name: str = "whisperpage") -> str:
    """A configuration with one profile."""
    return f'<configuration><profiles><profile name="{name}">{params}</profile></profiles></configuration>'


@pytest.mark.parametrize(
    ("answer", "rate"),
    [
        ("can't find anything", 8000),
        ("<configuration/>", 8000),
        (written('<param name="rate" value="48000"/>', name="default"), 8000),
        (written(""), 8000),
        (written('<param name="rate" value="16000"/>'), 16000),
        (written('<param name="rate" value="auto"/>'), 8000),
        (written('<param name="rate" value="-16000"/>'), 8000),
    ],
)
def test_rate_is_that_of_the_profile_or_that_of_a_conference_without_one(answer: str, rate: int) -> None:
    assert rate_in(answer) == rate


def test_profile_has_its_settings_and_those_of_no_other() -> None:
    assert profile_in(written('<param name="enter-sound" value="a.wav"/><param/>')) == {
        "enter-sound": "a.wav",
        "": "",
    }
    assert profile_in(written("", name="default")) is None
    assert configuration().text == "xml_locate configuration configuration name conference.conf"
