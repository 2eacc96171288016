"""Steps and orders, as they go to the switch."""

from __future__ import annotations

import pytest

from controller.eventsocket import api, commands
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.orders import Orders
from controller.switch.steps import Step
from tests.unit.paging.fakes import FakeSwitch

STEPS = (Step("first", api.uuid_exists("a1"), answer="true"), Step("second", api.uuid_exists("b1")))


@pytest.fixture
def switch() -> FakeSwitch:
    return FakeSwitch({"uuid_exists": "true"})


@pytest.fixture
def orders(switch: FakeSwitch) -> Orders:
    return Orders(switch, 1)


def test_steps_are_run_in_their_order(switch: FakeSwitch, orders: Orders) -> None:
    assert orders.run(STEPS) is None
    assert switch.asked == ["uuid_exists a1", "uuid_exists b1"]


@pytest.mark.parametrize("answer", ["-ERR no", "false", Outcome(Status.UNKNOWN, "late")])
def test_step_that_fails_or_says_another_thing_is_the_last(
    switch: FakeSwitch, orders: Orders, answer: str | Outcome
) -> None:
    switch.answers["uuid_exists a1"] = answer
    failed = orders.run(STEPS)
    assert failed
    assert failed[0].name == "first"
    assert switch.asked == ["uuid_exists a1"]


def test_orders_are_all_sent_whatever_becomes_of_each(switch: FakeSwitch, orders: Orders) -> None:
    switch.answers["uuid_kill"] = "-ERR No such channel!"
    orders.post((api.uuid_kill("a1"), commands.execute("b1", "answer")))
    assert switch.asked == []
    orders.drain(1)
    assert switch.names() == ["uuid_kill", "sendmsg"]


def test_nothing_to_send_is_no_work(orders: Orders) -> None:
    orders.post(())
    orders.drain(0)
