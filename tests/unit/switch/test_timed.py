"""Measuring the time of the switch."""

from __future__ import annotations

import gevent
import pytest
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.testing import capture_logs

from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall
from controller.eventsocket.outcome import Outcome, Status
from controller.switch.timed import TimedSwitch
from tests.unit.paging.fakes import FakeSwitch

WAIT = 0.01


class Slow(FakeSwitch):
    def api(self, call: ApiCall, deadline: float) -> Outcome:
        gevent.sleep(WAIT)
        return super().api(call, deadline)


def test_each_greenlet_knows_how_long_it_has_waited_itself() -> None:
    switch = TimedSwitch(Slow())

    def ask(times: int) -> float:
        for _ in range(times):
            switch.api(api.status(), 1)
        return switch.waited

    once, thrice = gevent.spawn(ask, 1), gevent.spawn(ask, 3)
    assert once.get() >= WAIT
    assert thrice.get() >= 3 * WAIT
    assert switch.waited == 0


def test_the_time_of_a_failed_wait_counts_too() -> None:
    class Broken(FakeSwitch):
        def api(self, call: ApiCall, deadline: float) -> Outcome:
            gevent.sleep(WAIT)
            raise RuntimeError

    switch = TimedSwitch(Broken())
    with pytest.raises(RuntimeError):
        switch.api(api.status(), 1)
    assert switch.waited >= WAIT


def test_commands_are_counted_by_what_became_of_them() -> None:
    late = Outcome(Status.UNKNOWN, "late")
    switch = TimedSwitch(FakeSwitch({"status": "-ERR no", "uuid_media": late}))
    switch.api(api.status(), 1)
    switch.api(api.uuid_kill("a-1"), 1)
    switch.send(commands.leave(), 1)
    switch.bgapi(api.uuid_media("a-1"), 1)
    assert {status: each.count for status, each in switch.quick.items() if each.count} == {
        Status.REFUSED: 1,
        Status.DONE: 2,
    }
    assert switch.background[Status.UNKNOWN].count == 1


def test_commands_are_logged_with_the_page_that_they_are_for() -> None:
    with (
        capture_logs([merge_contextvars]) as logs,
        bound_contextvars(page="page-1"),
    ):
        TimedSwitch(FakeSwitch()).api(api.status(), 1)
        TimedSwitch(FakeSwitch()).send(commands.execute("a-1", "hold", "now"), 1)
    assert [entry["page"] for entry in logs] == ["page-1", "page-1"]
    assert [entry["command"] for entry in logs] == ["status", "sendmsg a-1 execute hold now"]
    assert [entry["outcome"] for entry in logs] == ["done", "done"]
