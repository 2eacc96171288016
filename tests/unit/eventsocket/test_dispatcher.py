"""The queue of events and their handlers."""

import time

import gevent
import pytest
from gevent.event import Event as Flag
from gevent.queue import Queue
from structlog.testing import capture_logs

from controller.errors import FellBehind
from controller.eventsocket import dispatcher as module
from controller.eventsocket.dispatcher import MAX_QUEUED_EVENTS, Dispatcher
from controller.eventsocket.events import JsonEvent
from controller.eventsocket.tally import Tally

pytestmark = pytest.mark.usefixtures("within")


def event(name: str) -> JsonEvent:
    return JsonEvent(b'{"Event-Name":"%b"}' % name.encode())


@pytest.fixture
def handlers():
    return {}


@pytest.fixture
def dispatcher(handlers):
    dispatcher = Dispatcher(lambda key: handlers.get(key, ()))
    yield dispatcher
    dispatcher.stop()
    dispatcher.join()


def test_events_are_handled_in_order(dispatcher, handlers):
    handled = Queue()
    handlers["A"] = [lambda e: handled.put("A1"), lambda e: handled.put("A2")]
    handlers["B"] = [lambda e: handled.put("B")]
    for name in "ABA":
        dispatcher.put(event(name))
    dispatcher.start()
    assert [handled.get() for _ in range(5)] == ["A1", "A2", "B", "A1", "A2"]


def test_handled_events_are_counted_by_name_even_where_a_handler_fails(handlers, eventually):
    tally = Tally()
    dispatcher = Dispatcher(lambda key: handlers.get(key, ()), tally)
    handlers["A"] = [print, lambda e: 1 / 0]
    handlers["B"] = [print]
    for name in "ABA":
        dispatcher.put(event(name))
    assert len(dispatcher) == 3
    dispatcher.start()
    eventually(lambda: not len(dispatcher))
    assert tally.handled == {"A": 2, "B": 1}
    dispatcher.stop()
    dispatcher.join()


def test_events_are_kept_until_it_starts(dispatcher, handlers):
    handled = Queue()
    handlers["A"] = [handled.put]
    dispatcher.put(event("A"))
    gevent.sleep(0)
    assert handled.empty()
    dispatcher.start()
    assert handled.get().name == "A"


@pytest.mark.parametrize("fault", [ValueError("mine"), gevent.Timeout(1)])
def test_a_handler_that_raises_is_logged_and_the_others_go_on(dispatcher, handlers, fault):
    def faulty(_):
        raise fault

    handled = Queue()
    handlers["A"] = [faulty, handled.put]
    with capture_logs() as logs:
        dispatcher.put(event("A"))
        dispatcher.put(event("A"))
        dispatcher.start()
        handled.get()
        handled.get()
    assert [(log["event"], log["name"]) for log in logs] == [("handler.failed", "A")] * 2


def test_its_owner_is_notified_when_it_dies(handlers):
    died = Flag()
    dispatcher = Dispatcher(lambda key: handlers.get(key, ()), died=died.set)

    def die(_):
        raise gevent.GreenletExit

    handlers["A"] = [die]
    dispatcher.put(event("A"))
    with capture_logs():
        dispatcher.start()
        assert died.wait()


def test_its_owner_is_not_notified_when_it_is_stopped(handlers):
    died = Flag()
    dispatcher = Dispatcher(lambda key: handlers.get(key, ()), died=died.set)
    dispatcher.start()
    dispatcher.stop()
    dispatcher.join()
    gevent.sleep(0.01)
    assert not died.is_set()


def test_a_handler_may_be_taken_off_by_another(dispatcher, handlers):
    handled = Queue()
    handlers["A"] = [lambda e: handlers["A"].pop(), handled.put]
    dispatcher.put(event("A"))
    dispatcher.start()
    assert handled.get().name == "A"


def test_more_events_than_the_queue_holds_are_too_many(dispatcher):
    for _ in range(MAX_QUEUED_EVENTS):
        dispatcher.put(event("A"))
    with pytest.raises(FellBehind, match=f"{MAX_QUEUED_EVENTS} events behind"):
        dispatcher.put(event("A"))


def test_a_full_queue_can_be_stopped(dispatcher, handlers):
    handled = []
    handlers["A"] = [handled.append]
    for _ in range(MAX_QUEUED_EVENTS):
        dispatcher.put(event("A"))
    dispatcher.stop()
    dispatcher.start()
    dispatcher.join()
    assert handled == []


def test_stopping_waits_for_the_running_handler_and_starts_no_other(dispatcher, handlers):
    begun, go_on, log = Flag(), Flag(), []

    def slow(_):
        begun.set()
        go_on.wait()
        log.append("handled")

    handlers["A"] = [slow]
    dispatcher.put(event("A"))
    dispatcher.put(event("A"))
    dispatcher.start()
    begun.wait()
    dispatcher.stop()
    gevent.spawn(go_on.set)
    dispatcher.join()
    assert log == ["handled"]


def test_a_handler_that_does_not_end_is_ended(dispatcher, handlers, monkeypatch):
    monkeypatch.setattr(module, "HANDLER_GRACE", 0.01)
    begun, ended = Flag(), Flag()

    def endless(_):
        begun.set()
        try:
            Flag().wait()
        finally:
            ended.set()

    handlers["A"] = [endless]
    dispatcher.put(event("A"))
    dispatcher.start()
    begun.wait()
    dispatcher.stop()
    dispatcher.join()
    assert ended.is_set()


def test_a_handler_may_stop_its_own_dispatcher(dispatcher, handlers):
    stopped = Flag()

    def last(_):
        dispatcher.stop()
        dispatcher.join()
        stopped.set()

    handlers["A"] = [last]
    dispatcher.put(event("A"))
    dispatcher.start()
    assert stopped.wait()


def test_a_long_queue_does_not_keep_others_from_running(dispatcher, handlers):
    others, handled = [], Flag()

    def work(_):
        until = time.perf_counter() + 0.001
        while time.perf_counter() < until:
            pass

    handlers["A"] = [work]
    handlers["Z"] = [lambda e: handled.set()]
    for name in "A" * 50 + "Z":
        dispatcher.put(event(name))

    def count():
        while not handled.is_set():
            others.append(1)
            gevent.sleep(0)

    dispatcher.start()
    counter = gevent.spawn(count)
    handled.wait()
    counter.join()
    assert len(others) > 3
