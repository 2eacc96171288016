"""The doctor's trial of a page, on a fake switch."""

from __future__ import annotations

from contextlib import closing

import pytest

from controller.doctor import audio, trial
from controller.doctor.audio import TURNS, try_page
from controller.doctor.check import Check
from controller.doctor.hearing import AFTER, BEFORE, CONTROL, Observation, moments, page
from controller.switch.topology import Party
from controller.switch.whisper import WHISPER
from tests.unit.doctor.fakes import FakeSwitch

PAGE = page(WHISPER)
MOMENTS = moments(WHISPER)

PARTIES, PAGE_LEGS = 3, 2


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> FakeSwitch:
    """A switch on which everything is right; a digit takes a hundredth of a second."""
    limits = {"PATIENCE": 0.1, "SETTLE": 0.03, "HEARING": 0.05, "HANG_UP": 0.2, "LOOK": 0.01}
    for name, seconds in limits.items():
        monkeypatch.setattr(trial, name, seconds)
    fake = FakeSwitch()
    monkeypatch.setattr(audio, "Connection", lambda address, timeout: fake)
    return fake


def tried(switch: FakeSwitch) -> list[Observation | Check]:
    return list(try_page(switch.address, 5, lambda turns: None))


def trouble(switch: FakeSwitch) -> Check:
    last = tried(switch)[-1]
    assert isinstance(last, Check)
    return last


def test_on_a_sound_switch_everybody_hears_whom_they_should(switch: FakeSwitch) -> None:
    assert tried(switch) == [Observation(moment, moment.hears) for moment in MOMENTS]


def test_its_parties_and_its_page_are_gone_when_it_is_over(switch: FakeSwitch) -> None:
    tried(switch)
    assert len(switch.legs) == PARTIES + PAGE_LEGS
    assert switch.left_over == set()
    assert switch.stopped


def test_each_turn_is_reported_for_the_progress_bar(switch: FakeSwitch) -> None:
    turns: list[int] = []
    list(try_page(switch.address, 5, turns.append))
    assert sum(turns) == TURNS


def test_a_leak_is_heard(switch: FakeSwitch) -> None:
    switch.leaks.add((Party.FAR, Party.PAGER))
    heard = {each.moment: each for each in tried(switch) if isinstance(each, Observation)}
    assert (Party.FAR, Party.PAGER) in heard[PAGE].heard
    assert [moment for moment in MOMENTS if not heard[moment].right] == [PAGE]


def test_without_a_control_silence_is_not_taken_for_isolation(switch: FakeSwitch) -> None:
    switch.deaf.add(Party.FAR)
    [control] = tried(switch)
    assert isinstance(control, Observation)
    assert control.moment is CONTROL
    assert not control.right
    assert switch.left_over == set()


def test_a_voice_that_comes_late_is_waited_for(switch: FakeSwitch) -> None:
    said: list[None] = []

    def speak() -> None:
        said.append(None)
        switch.deaf = {Party.FAR} if len(said) < 3 else set()

    switch.on_speech = speak
    switch.deaf = {Party.FAR}
    assert all(each.right for each in tried(switch) if isinstance(each, Observation))


def test_nobody_speaks_before_all_legs_of_the_page_eavesdrop(switch: FakeSwitch) -> None:
    """What the far party says during the tone of a page leaks to nobody."""
    before: list[bool] = []
    switch.beginning = 3
    switch.on_speech = lambda: before.append(switch.beginning >= 0)
    tried(switch)
    assert before == [True] * 5 + [False] * 5


def test_a_page_whose_legs_never_eavesdrop_is_observed_as_it_is(
    switch: FakeSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "BEGIN", 0.1)
    switch.answers["uuid_buglist"] = "<media-bugs></media-bugs>"
    assert tried(switch) == [Observation(moment, moment.hears) for moment in MOMENTS]


def test_a_module_that_is_missing_is_named_and_nothing_is_made(switch: FakeSwitch) -> None:
    switch.answers["module_exists mod_loopback"] = "false"
    [check] = tried(switch)
    assert isinstance(check, Check)
    assert check.found == "not tried: modules 6 of 7 loaded"
    assert "mod_loopback" in check.fix
    assert switch.legs == []


def test_a_dialplan_that_the_switch_does_not_show_is_tried_all_the_same(switch: FakeSwitch) -> None:
    """FreeSWITCH may get the dialplan from a database, call by call (docs/install.md, FusionPBX)."""
    switch.answers["xml_locate"] = "-ERR can't find context"
    assert all(each.right for each in tried(switch) if isinstance(each, Observation))


def test_a_login_without_the_right_to_the_event_is_reported_with_a_remedy(switch: FakeSwitch) -> None:
    switch.answers["event json"] = "-ERR permission denied"
    assert "esl-allowed-events" in trouble(switch).fix
    assert switch.legs == []


def test_a_switch_that_makes_no_leg_is_reported_with_its_cause(switch: FakeSwitch) -> None:
    switch.answers["originate"] = "-ERR NORMAL_TEMPORARY_FAILURE"
    check = trouble(switch)
    assert not check.right
    assert "NORMAL_TEMPORARY_FAILURE" in check.fix


def test_a_failed_page_is_reported_with_its_step_and_all_legs_are_hung_up(switch: FakeSwitch) -> None:
    switch.answers["originate {whisperpage_"] = "-ERR USER_BUSY"
    assert "the step `relay`" in trouble(switch).fix
    assert len(switch.legs) == PARTIES + 1
    assert switch.left_over == set()


def test_a_leg_that_does_not_hang_up_is_reported(switch: FakeSwitch) -> None:
    switch.answers["uuid_exists"] = "true"
    assert "hangs up by itself in 60 s" in trouble(switch).fix


@pytest.mark.parametrize("turn", [1, 4, TURNS])
def test_everything_is_hung_up_when_somebody_interrupts(switch: FakeSwitch, turn: int) -> None:
    said: list[None] = []

    def interrupt() -> None:
        said.append(None)
        if len(said) == turn:
            raise KeyboardInterrupt

    switch.on_speech = interrupt
    with pytest.raises(KeyboardInterrupt):
        tried(switch)
    assert switch.legs
    assert switch.left_over == set()
    assert switch.stopped


def test_everything_is_hung_up_when_nobody_wants_to_know_more(switch: FakeSwitch) -> None:
    with closing(try_page(switch.address, 5, lambda turns: None)) as found:
        next(found)
        assert switch.left_over
    assert switch.left_over == set()


def test_the_call_is_looked_at_before_and_after_the_page() -> None:
    assert MOMENTS == (CONTROL, BEFORE, PAGE, AFTER)
    assert BEFORE.hears == AFTER.hears
