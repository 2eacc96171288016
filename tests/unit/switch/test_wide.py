"""The topology of a page in HD: what differs from a page at 8 kHz."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.domain.names import UserName
from controller.switch.bypass import again
from controller.switch.pagelegs import PageMark
from controller.switch.topologies import best, is_page_leg, is_relay
from controller.switch.whisper import WHISPER
from controller.switch.wide import WIDE

TARGET = "59a5244a-5783-4895-8621-ed9fdc3a4d10"
PAGER = "252f1004-8da8-45e7-8062-ae3b863aef8d"
MARK = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), PAGER, TARGET)
STEPS = {step.name: step for step in WIDE[16000].steps(MARK)}


@pytest.mark.parametrize(
    ("rate", "pairs"),
    [(0, 8000), (8000, 8000), (16000, 16000), (24000, 16000), (32000, 32000), (48000, 32000)],
)
def test_no_pair_is_faster_than_the_slower_leg(rate: int, pairs: int) -> None:
    assert best(rate).rate == pairs


def test_each_pair_is_made_by_a_null_leg_of_its_rate_which_the_dialplan_has_make_it() -> None:
    for name, number in (("relay's maker", "wide-relay"), ("speak's maker", "wide-speak")):
        assert "rate=16000," in STEPS[name].call.text
        assert STEPS[name].call.text.endswith(f" &transfer({number}-{TARGET}\\sXML\\swhisperpage@switch)")


def test_a_pair_has_the_variables_that_it_would_have_at_8_khz() -> None:
    plain = {step.name: step.call.text for step in WHISPER.steps(MARK)}
    for name in ("relay", "speak"):
        given = plain[name].partition("{")[2].partition("}")[0].replace("\\,", "").split(",")
        wanted = {each.partition("=")[0] for each in given} - {"origination_uuid"}
        exported = STEPS[f"{name}'s maker"].call.text.partition("export_vars=")[2].partition("}")[0]
        assert set(exported.split("\\,")) == wanted


def test_a_null_leg_does_not_bring_the_calls_media_past_the_switch_as_it_goes() -> None:
    steps = {step.name: step.call.text for step in WIDE[16000].steps(replace(MARK, bypass="true"))}
    assert "api_hangup_hook" not in steps["relay's maker"]
    assert steps["bypass"] == f"uuid_setvar {MARK.relay} api_hangup_hook {again(TARGET)}"


def test_a_pair_is_there_once_it_is_bridged_to_the_leg_that_makes_it() -> None:
    for name, uuid, maker in (
        ("relay", MARK.relay, MARK.relay_maker),
        ("speak", MARK.speak, MARK.speak_maker),
    ):
        assert STEPS[name].call.text == f"uuid_getvar {uuid} last_bridge_to"
        assert STEPS[name].answer == maker
        assert STEPS[name].patience > 0
    assert [name for name, step in STEPS.items() if step.claims] == ["relay"]


def test_the_near_ends_go_where_they_belong_and_the_pager_waits_for_the_relay_to_be_there() -> None:
    assert STEPS["meet"].call.text == f"uuid_transfer {MARK.relay} meet-{TARGET} XML whisperpage@switch"
    assert STEPS["listen"].call.text == f"uuid_transfer {MARK.speak} speak-{TARGET} XML whisperpage@switch"
    assert STEPS["ready"].call.text == f"uuid_getvar {MARK.relay} whisperpage_ready"
    assert list(STEPS)[-4:] == ["ready", "mark", "answer", "join"]


def test_the_bridges_of_null_legs_are_the_pages_own() -> None:
    assert WIDE[16000].makes(MARK, frozenset({MARK.relay_maker, MARK.relay}))
    assert WIDE[16000].makes(MARK, frozenset({MARK.speak_maker, MARK.speak}))
    assert not WIDE[16000].makes(MARK, frozenset({PAGER, MARK.relay}))
    assert not WHISPER.makes(MARK, frozenset({MARK.relay_maker, MARK.relay}))


def test_null_legs_are_known_by_their_names() -> None:
    assert is_page_leg(f"null/relay-{TARGET}")
    assert is_page_leg(f"null/voice-{TARGET}")
    assert not is_relay(f"null/relay-{TARGET}")
