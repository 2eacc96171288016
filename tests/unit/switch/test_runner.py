"""Sending steps and orders to the switch."""

from __future__ import annotations

import gevent
import pytest

from controller.eventsocket import api, commands
from controller.eventsocket.outcome import Outcome, Status
from controller.switch.runner import CommandRunner
from controller.switch.steps import Step
from controller.switch.timed import TimedSwitch
from tests.unit.paging.fakes import FakeSwitch

STEPS = (Step("first", api.uuid_exists("a1"), answer="true"), Step("second", api.uuid_exists("b1")))


@pytest.fixture
def switch() -> FakeSwitch:
    return FakeSwitch({"uuid_exists": "true"})


@pytest.fixture
def runner(switch: FakeSwitch) -> CommandRunner:
    return CommandRunner(TimedSwitch(switch), 1)


def test_steps_are_run_in_order(switch: FakeSwitch, runner: CommandRunner) -> None:
    assert runner.run(STEPS) is None
    assert switch.asked == ["uuid_exists a1", "uuid_exists b1"]


@pytest.mark.parametrize("answer", ["-ERR no", "false", Outcome(Status.UNKNOWN, "late")])
def test_step_that_fails_or_says_another_thing_is_the_last(
    switch: FakeSwitch, runner: CommandRunner, answer: str | Outcome
) -> None:
    switch.answers["uuid_exists a1"] = answer
    failed = runner.run(STEPS)
    assert failed
    assert failed[0].name == "first"
    assert switch.asked == ["uuid_exists a1"]


@pytest.mark.parametrize("at_first", ["-ERR No such channel!", "_undef_"])
def test_step_with_patience_is_repeated_until_the_switch_is_ready(
    switch: FakeSwitch, runner: CommandRunner, at_first: str
) -> None:
    switch.answers["uuid_getvar"] = at_first
    gevent.spawn_later(0.02, switch.answers.update, {"uuid_getvar": "page-1"})
    step = Step("ready", api.uuid_getvar("a1", "ready"), answer="page-1", patience=5)
    assert runner.run([step]) is None
    assert len(switch.asked) > 1


def test_patience_of_a_step_ends(switch: FakeSwitch, runner: CommandRunner) -> None:
    switch.answers["uuid_getvar"] = "_undef_"
    failed = runner.run([Step("ready", api.uuid_getvar("a1", "ready"), answer="page-1", patience=0.02)])
    assert failed
    assert failed[1].text == "_undef_"


def test_another_answer_ends_the_patience_of_a_step(switch: FakeSwitch, runner: CommandRunner) -> None:
    switch.answers["uuid_getvar"] = "page-2"
    assert runner.run([Step("ready", api.uuid_getvar("a1", "ready"), answer="page-1", patience=5)])
    assert len(switch.asked) == 1


def test_orders_are_all_sent_whatever_becomes_of_each(switch: FakeSwitch, runner: CommandRunner) -> None:
    switch.answers["uuid_kill"] = "-ERR No such channel!"
    runner.post((api.uuid_kill("a1"), commands.execute("b1", "answer")))
    assert switch.asked == []
    runner.drain(60)
    assert switch.names() == ["uuid_kill", "sendmsg"]


def test_nothing_to_send_is_no_work(runner: CommandRunner) -> None:
    runner.post(())
    runner.drain(0)
