"""Late and missing answers: no command ever gets the answer of another one."""

import random

import pytest
from gevent.pool import Pool

from controller.errors import SwitchUnreachable
from controller.eventsocket import api, commands
from controller.eventsocket.connection import MAX_UNANSWERED_COMMANDS, Connection
from controller.eventsocket.outcome import Status

COMMANDS, AT_ONCE = 10_000, 100


@pytest.fixture(params=[1, 2, 3])
def chance(request):
    """A random generator with a fixed seed."""
    return random.Random(request.param)


@pytest.fixture
def slow(switch, frame, event, chance, clock):
    """A switch that answers each command with the command's own text, in order, and sometimes late."""

    def pause():
        if chance.random() < 0.02:
            clock.sleep(chance.uniform(0.001, 0.02))

    def output(lines):
        pause()
        return frame("api/response", lines[0].removeprefix("api echo ").encode())

    def reply(lines):
        pause()
        return frame("command/reply", Reply_Text=f"+OK {lines[0].rpartition(' ')[2]}")

    def receipt(lines):
        pause()
        job, text = lines[1].removeprefix("Job-UUID: "), lines[0].removeprefix("bgapi echo ")
        told = event("BACKGROUND_JOB", {"Job-UUID": job, "_body": text})
        clock.later(chance.choice([0, 0, 0.002, 0.02]), lambda: switch.say(told))
        return frame("command/reply", Reply_Text=f"+OK Job-UUID: {job}", Job_UUID=job)

    switch.answers |= {"api echo": output, "bgapi echo": receipt, "filter": reply}
    return switch


@pytest.fixture
def connection(slow, clock):
    connection = Connection(slow.address, clock=clock)
    connection.connect()
    connection.dispatch()
    yield connection
    connection.close(SwitchUnreachable("The test is over."))


def test_ten_thousand_random_deadlines_pair_no_answer_with_another_command(connection, chance):
    ways = {
        lambda number, within: connection.api(api.call("echo", str(number)), within): "{}",
        lambda number, within: connection.bgapi(api.call("echo", str(number)), within): "{}",
        lambda number, within: connection.send(commands.event_filter("n", str(number)), within): "+OK {}",
    }
    asks = [(number, chance.choice(list(ways)), chance.expovariate(1 / 0.02)) for number in range(COMMANDS)]

    def ask(what):
        number, way, within = what
        outcome = way(number, within)
        assert not outcome.done or outcome.text == ways[way].format(number)
        return outcome.status

    became = Pool(AT_ONCE).map(ask, asks)
    assert set(became) <= {Status.DONE, Status.UNKNOWN, Status.NOT_SENT}
    assert became.count(Status.DONE) > COMMANDS / 20
    assert became.count(Status.UNKNOWN) > COMMANDS / 20
    assert connection.api(api.call("echo", "last"), 30).text == "last"


def test_commands_that_are_never_answered_wait_no_longer_than_they_may(switch, connection, chance, clock):
    switch.answers["api echo"] = None
    late = []

    def ask(within):
        began = clock.monotonic()
        status = connection.api(api.call("echo", "x"), within).status
        late.append(clock.monotonic() - began - within)
        return status

    asks = [chance.uniform(0.0, 0.2) for _ in range(MAX_UNANSWERED_COMMANDS)]
    assert set(Pool(len(asks)).map(ask, asks)) == {Status.UNKNOWN}
    assert max(late) < 0.001
    assert ask(1.0) is Status.NOT_SENT  # no more commands are sent than may be unanswered
