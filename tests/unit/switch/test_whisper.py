"""The topology of a whisper page: its commands, its legs, and its end."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from controller import resources
from controller.domain.names import UserName
from controller.domain.record import Ending
from controller.eventsocket.api import ApiCall
from controller.switch.bypass import again
from controller.switch.pagelegs import PageMark
from controller.switch.steps import Order
from controller.switch.whisper import EARLIER, WHISPER

TARGET = "59a5244a-5783-4895-8621-ed9fdc3a4d10"
PAGER = "252f1004-8da8-45e7-8062-ae3b863aef8d"
FAR = "a3d01d72-7671-4aab-af01-f24f1e2c2720"
MARK = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), PAGER, TARGET, FAR)


def calls() -> dict[str, str]:
    return {step.name: step.call.text for step in WHISPER.steps(MARK)}


def test_the_relay_is_made_before_the_pager_is_bridged_to_it() -> None:
    assert list(calls()) == ["relay", "speak", "mark", "answer", "join"]
    assert calls()["join"] == f"uuid_transfer {MARK.relay} join-{TARGET} XML whisperpage@switch"


def test_both_loopbacks_stay_in_the_call() -> None:
    for name in ("relay", "speak"):
        assert "loopback_bowout=false" in calls()[name]


def test_a_loopback_is_made_only_under_the_uuid_asked_for() -> None:
    expected = {step.name: step.answer for step in WHISPER.steps(MARK) if step.answer}
    assert expected == {"relay": MARK.relay, "speak": MARK.speak}


def test_loopbacks_are_made_in_the_background_and_the_rest_at_once() -> None:
    assert [step.name for step in WHISPER.steps(MARK) if step.slow] == ["relay", "speak"]


def test_each_loopback_goes_into_the_dialplan_by_itself() -> None:
    for name, number in (("relay", "meet"), ("speak", "speak")):
        assert calls()[name].endswith(f" &transfer({number}-{TARGET}\\sXML\\swhisperpage@switch)")


def test_a_pager_that_leaves_its_relay_hears_that_its_page_is_over() -> None:
    assert calls()["mark"].endswith(
        f";api_after_bridge_whisperpage_1=uuid_transfer {PAGER} over XML whisperpage@switch"
    )


def test_the_pagers_phone_shows_the_target() -> None:
    assert "origination_caller_id_name=Paging\\s1002,origination_caller_id_number=1002" in calls()["relay"]


def test_a_failed_step_shows_whether_the_relay_is_anothers_or_the_call_has_changed() -> None:
    assert [step.name for step in WHISPER.steps(MARK) if step.claims] == ["relay"]
    assert [step.name for step in WHISPER.steps(MARK) if step.looks] == ["relay", "speak"]


def test_a_bypass_media_call_has_bypass_media_again_after_the_page() -> None:
    hook = f"api_hangup_hook={again(TARGET)}".replace(" ", "\\s")
    bypassed = WHISPER.steps(replace(MARK, bypass="true"))
    assert hook in bypassed[0].call.text
    assert "api_hangup_hook" not in calls()["relay"]


# -- its end -----------------------------------------------------------------------------------------------

KILL = f"uuid_kill {MARK.relay} NORMAL_CLEARING"
KEEP = f"uuid_setvar_multi {MARK.relay} api_hangup_hook=;api_reporting_hook="
KILL_SPEAK = f"uuid_kill {MARK.speak} NORMAL_CLEARING"


def end(ending: Ending) -> list[str]:
    return [text(order) for order in WHISPER.end(MARK, ending)]


def text(order: Order) -> str:
    return order.text if isinstance(order, ApiCall) else str(order)


@pytest.mark.parametrize("ending", list(Ending))
def test_a_page_ends_by_its_relay_after_everything_else(ending: Ending) -> None:
    assert end(ending)[-1] == KILL


@pytest.mark.parametrize("ending", [Ending.PAGER_HUNG_UP, Ending.STOPPED, Ending.BLOCKED, Ending.FAILED])
def test_a_page_whose_target_goes_on_with_the_same_call_ends_by_its_relay_alone(ending: Ending) -> None:
    assert end(ending) == [KILL]


@pytest.mark.parametrize("ending", [Ending.HELD, Ending.TRANSFERRED, Ending.CALL_ENDED, Ending.JOINED])
def test_a_page_whose_target_goes_on_otherwise_leaves_media_and_display_as_they_are(ending: Ending) -> None:
    assert end(ending) == [KEEP, KILL]


def test_a_page_that_has_lost_a_leg_ends_by_speak_as_well() -> None:
    assert end(Ending.LOST) == [KILL_SPEAK, KILL]


# -- its legs ----------------------------------------------------------------------------------------------


def test_it_adds_the_relay_and_speak_under_uuids_that_are_known() -> None:
    assert WHISPER.added(MARK) == (MARK.relay, MARK.speak)


def test_two_media_bugs_on_the_targets_leg_and_one_on_the_relay_are_its_own() -> None:
    assert WHISPER.own_bugs(MARK) == {TARGET: 2, MARK.relay: 1}


def test_a_page_of_an_earlier_version_has_the_same_media_bugs() -> None:
    assert EARLIER.own_bugs(MARK) == WHISPER.own_bugs(MARK)


def test_each_media_bug_of_its_own_is_an_eavesdrop_in_the_dialplan() -> None:
    dialplan = (resources.dialplan() / "whisperpage.xml").read_text(encoding="utf-8")
    eavesdropped = re.findall(r'application="(?:native_)?eavesdrop" data="\$\{whisperpage_(\w+)\}', dialplan)
    assert set(eavesdropped) == {leg.bug_on for leg in WHISPER.legs if leg.bug_on}


def test_each_loopback_is_one_that_its_steps_make() -> None:
    for leg in WHISPER.legs:
        assert any(f"{leg.begins}{TARGET}/" in call for call in calls().values())
