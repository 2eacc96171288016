"""The switch as a whole: its state, and its reaction to unknown commands."""

from __future__ import annotations

from controller.simulator.office import Office


def test_call_that_is_not_known_is_refused_and_remembered(office: Office) -> None:
    assert office.switch.call("fly", "away") == "-ERR fly Command not found!\n"
    assert office.switch.unknown == ["api fly away"]
    office.switch.unknown.clear()


def test_events_are_numbered_in_order(office: Office) -> None:
    numbers: list[int] = []
    office.switch.listen(lambda event: numbers.append(int(event.get("Event-Sequence"))))
    office.dial(1002, "3001")
    office.settle(lambda: len(numbers) > 5, "some events")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_variable_of_a_leg_stands_before_one_of_all(office: Office) -> None:
    call = office.dial(1002, "3001")
    assert office.switch.variable(call.leg, "domain") == "pbx.test"
    call.leg.set("domain", "mine")
    assert office.switch.variable(call.leg, "domain") == "mine"
    assert office.switch.variable(call.leg, "destination_number") == "3001"
    assert office.switch.variable(call.leg, "nothing") is None


def test_task_runs_in_time_unless_it_was_deleted(office: Office) -> None:
    ran: list[str] = []
    office.switch.schedule(1, "kept", lambda: ran.append("kept"))
    office.switch.schedule(1, "lost", lambda: ran.append("lost"))
    assert office.switch.unschedule("lost") == 1
    office.settle(lambda: ran, "the task")
    office.switch.clock.sleep(1)
    assert ran == ["kept"]


def test_tasks_of_a_leg_end_with_it(office: Office) -> None:
    call = office.dial(1002, "3001")
    office.switch.schedule(100, call.leg.uuid, lambda: None)
    call.hang_up()
    office.settle(lambda: not office.switch.channels, "the end")
    assert office.switch.tasks == {}
