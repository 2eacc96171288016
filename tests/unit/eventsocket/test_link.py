"""A link, which outlives its connections."""

import time

import gevent
import pytest
from gevent.event import Event as Flag
from gevent.queue import Queue
from structlog.testing import capture_logs

from controller import supervision
from controller.errors import (
    EventsRefused,
    HandlersDied,
    LoginRefused,
    SwitchError,
    SwitchTrouble,
    SwitchUnreachable,
)
from controller.eventsocket import api, commands
from controller.eventsocket import dispatcher as dispatcher_module
from controller.eventsocket.backoff import Backoff
from controller.eventsocket.dispatcher import MAX_QUEUED_EVENTS
from controller.eventsocket.link import Link
from controller.eventsocket.outcome import Outcome, Status
from controller.eventsocket.reminder import Reminder


class Owner:
    """Notes the calls of a link; on_up runs `rebuild`."""

    def __init__(self, switch, **settings) -> None:
        self.log = Queue()
        self.rebuild = lambda: None
        settings = {"timeout": 2.0, "probe_every": 60.0, "backoff": Backoff(0.001, 0.01, 0.01)} | settings
        self.link = Link(
            switch.address,
            events=["A", "B"],
            custom=["page::mute"],
            **settings,
        )
        self.link.on_up(self._on_up)
        self.link.on_down(lambda: self.log.put(("down", self.link.error)))
        self.link.on("A", lambda e: self.log.put(("A", e.get("Number"))))

    def _on_up(self) -> None:
        self.log.put(("up", None))
        self.rebuild()

    def next(self) -> tuple:
        return self.log.get()


@pytest.fixture
def own(switch):
    """A function that makes an owner with a link that is not started."""
    owners = []

    def make(**settings) -> Owner:
        owners.append(Owner(switch, **settings))
        return owners[-1]

    yield make
    for owner in owners:
        owner.link.stop()


@pytest.fixture
def owner(own):
    """An owner whose link is up."""
    owner = own()
    owner.link.start()
    assert owner.next() == ("up", None)
    return owner


# -- coming up ---------------------------------------------------------------------------------------------


def test_it_subscribes_to_its_events_and_to_background_jobs(switch, owner):
    assert switch.next_command("event") == ["event json A B BACKGROUND_JOB CUSTOM page::mute"]


def test_it_is_up_once_its_owner_is(own, eventually):
    owner, go_on = own(), Flag()
    owner.rebuild = go_on.wait
    assert owner.link.state == "down"
    owner.link.start()
    owner.next()
    assert owner.link.state == "connecting"
    go_on.set()
    eventually(lambda: owner.link.state == "up")
    assert owner.link.error is None
    assert owner.link.times_up == 1


def test_the_owner_can_ask_the_switch_while_it_rebuilds(own):
    owner = own()
    owner.rebuild = lambda: owner.log.put(owner.link.api(api.status(), 5))
    owner.link.start()
    assert [owner.next(), owner.next()] == [("up", None), Outcome(Status.DONE, "UP 0 years")]


def test_events_that_come_while_the_owner_rebuilds_are_handled_after_it(switch, own, event):
    def rebuild():
        switch.say(event("A", {"Number": "1"}) + event("A", {"Number": "2"}))
        assert owner.link.api(api.status(), 5).done  # its answer comes after the events
        owner.log.put("rebuilt")

    owner = own()
    owner.rebuild = rebuild
    owner.link.start()
    assert [owner.next() for _ in range(4)] == [("up", None), "rebuilt", ("A", "1"), ("A", "2")]


@pytest.mark.parametrize("fault", [SwitchTrouble("No answer to show channels."), RuntimeError("mine")])
def test_an_owner_that_fails_to_rebuild_gets_another_connection(own, fault):
    def fail():
        owner.rebuild = lambda: None
        raise fault

    owner = own()
    owner.rebuild = fail
    with capture_logs():
        owner.link.start()
        assert owner.next() == ("up", None)
        what, error = owner.next()
        assert owner.next() == ("up", None)
    assert what == "down"
    assert isinstance(error, SwitchError)


def test_a_connection_that_ends_while_the_owner_rebuilds_is_made_again(switch, own, event):
    def lose():
        owner.rebuild = lambda: None
        switch.say(event("A", {"Number": "lost"}))
        switch.hang_up()
        assert owner.link.api(api.status(), 5).status is not Status.DONE

    owner = own()
    owner.rebuild = lose
    owner.link.start()
    assert [owner.next()[0] for _ in range(3)] == ["up", "down", "up"]
    switch.say(event("A", {"Number": "after"}))
    assert owner.next() == ("A", "after")
    assert owner.link.times_up == 1


def test_refused_events_are_reported(switch, own, eventually, frame):
    switch.answers["event json"] = frame("command/reply", Reply_Text="-ERR permission denied")
    owner = own()
    with capture_logs():
        owner.link.start()
        eventually(lambda: owner.link.error)
    assert isinstance(owner.link.error, EventsRefused)
    assert "event json A B BACKGROUND_JOB CUSTOM page::mute" in str(owner.link.error)


def test_a_subscription_that_is_not_answered_is_reported(switch, own, eventually):
    switch.answers["event json"] = None
    owner = own(timeout=0.02)
    with capture_logs():
        owner.link.start()
        eventually(lambda: owner.link.error)
    assert isinstance(owner.link.error, SwitchUnreachable)


def test_the_same_failure_again_and_again_is_logged_once(switch, own):
    switch.answers["auth ClueCon"] = switch.answers["auth"]
    owner = own()
    with capture_logs() as logs:
        owner.link.start()
        for _ in range(4):
            switch.next_command("auth")
    assert [log["event"] for log in logs] == ["switch.not_up"]
    assert isinstance(owner.link.error, LoginRefused)
    assert owner.log.empty()


def test_a_failure_that_goes_on_is_reported_again_when_it_is_time(switch, own):
    switch.answers["auth ClueCon"] = switch.answers["auth"]
    owner = own(reminder=Reminder(0.0, 0.0))
    with capture_logs() as logs:
        owner.link.start()
        for _ in range(4):
            switch.next_command("auth")
    assert len(logs) >= 3
    assert {log["event"] for log in logs} == {"switch.not_up"}


def test_the_end_of_a_connection_that_was_up_is_told_each_time(switch, owner):
    with capture_logs() as logs:
        for _ in range(2):
            switch.next_command("event")
            switch.hang_up()
            assert owner.next()[0] == "down"
            assert owner.next()[0] == "up"
    assert [log["event"] for log in logs if log["event"] == "switch.down"] == ["switch.down"] * 2


def test_it_comes_up_when_the_switch_does(switch, own):
    wrong, switch.answers["auth ClueCon"] = switch.answers["auth ClueCon"], switch.answers["auth"]
    owner = own()
    with capture_logs():
        owner.link.start()
        switch.next_command("auth")
        switch.answers["auth ClueCon"] = wrong
        assert owner.next() == ("up", None)


# -- going down --------------------------------------------------------------------------------------------


def test_it_connects_and_subscribes_again(switch, owner):
    switch.next_command("event")
    switch.hang_up()
    what, error = owner.next()
    assert (what, type(error)) == ("down", SwitchUnreachable)
    assert owner.next() == ("up", None)
    assert switch.next_command("event")


class Noted(Backoff):
    """Does not wait, and notes the link's argument for each end."""

    def __init__(self) -> None:
        super().__init__()
        self.away: list[bool] = []

    def failed(self, *, away: bool = False) -> float:
        self.away.append(away)
        return 0.001


def test_a_switch_that_hangs_up_or_does_not_answer_is_away(switch, own, eventually):
    waits = Noted()
    owner = own(backoff=waits)
    owner.link.start()
    owner.next()
    switch._server.stop()  # connections are refused now
    switch.hang_up()
    with capture_logs():
        eventually(lambda: len(waits.away) > 3)
    assert set(waits.away) == {True}


def test_a_switch_that_refuses_us_is_not_away(switch, own, eventually):
    switch.answers["auth ClueCon"] = switch.answers["auth"]
    waits = Noted()
    with capture_logs():
        own(backoff=waits).link.start()
        eventually(lambda: len(waits.away) > 3)
    assert set(waits.away) == {False}


def test_an_owner_that_fails_to_rebuild_does_not_mean_that_the_switch_is_away(own, eventually):
    def fail():
        raise SwitchTrouble("No answer to show channels.")

    waits = Noted()
    owner = own(backoff=waits)
    owner.rebuild = fail
    with capture_logs():
        owner.link.start()
        eventually(lambda: len(waits.away) > 3)
    assert set(waits.away) == {False}


def test_handlers_survive_a_reconnect(switch, owner, event):
    switch.hang_up()
    assert [owner.next()[0], owner.next()[0]] == ["down", "up"]
    switch.say(event("A", {"Number": "1"}))
    assert owner.next() == ("A", "1")


def test_a_handler_may_be_added_while_it_is_up(switch, owner, event):
    owner.link.on("page::mute", lambda e: owner.log.put(e.name))
    switch.say(event("page::mute"))
    assert owner.next() == "CUSTOM"


def test_a_handler_of_an_event_that_was_not_asked_for_is_a_mistake(owner):
    with pytest.raises(ValueError, match="CHANNEL_CREATE"):
        owner.link.on("CHANNEL_CREATE", print)


def test_while_it_is_down_commands_are_not_sent_and_say_why(switch, own):
    owner = own(backoff=Backoff(60, 60, 60))
    assert owner.link.api(api.status(), 5).status is Status.NOT_SENT
    owner.link.start()
    owner.next()
    switch.hang_up()
    owner.next()
    assert owner.link.state == "down"
    reason = Outcome(Status.NOT_SENT, f"The switch at {switch.address} closed the connection.")
    assert owner.link.api(api.status(), 5) == reason
    assert owner.link.bgapi(api.status(), 5) == reason
    assert owner.link.send(commands.leave(), 5) == reason
    assert str(owner.link.error) == reason.text


def test_a_running_handler_learns_why_its_command_is_not_sent(switch, owner, event, eventually):
    begun, go_on = Flag(), Flag()

    def slow(_):
        begun.set()
        go_on.wait()
        owner.log.put(owner.link.api(api.status(), 5).text)

    owner.link.on("B", slow)
    switch.say(event("B"))
    begun.wait()
    switch.hang_up()
    eventually(lambda: owner.link.state == "down")
    go_on.set()
    assert owner.next() == f"The switch at {switch.address} closed the connection."


def test_the_owner_hears_that_it_is_down_when_the_running_handler_has_ended(switch, owner, event, eventually):
    begun, go_on = Flag(), Flag()

    def slow(_):
        begun.set()
        go_on.wait()
        owner.log.put("handled")

    owner.link.on("B", slow)
    switch.say(event("B") + event("A"))
    begun.wait()
    switch.hang_up()
    eventually(lambda: owner.link.api(api.status(), 1).status is Status.NOT_SENT)
    assert owner.log.empty()
    go_on.set()
    assert [owner.next(), owner.next()[0], owner.next()[0]] == ["handled", "down", "up"]


def test_an_owner_that_fails_to_go_down_does_not_end_it(switch, own):
    owner = own()

    def fail():
        raise RuntimeError("mine")

    owner.link.on_down(fail)
    with capture_logs():
        owner.link.start()
        owner.next()
        switch.hang_up()
        assert [owner.next()[0], owner.next()[0]] == ["down", "up"]


def test_a_switch_that_hangs_is_noticed(switch, own):
    switch.answers["api status"] = None
    owner = own(timeout=0.05, probe_every=0.01)
    owner.link.start()
    owner.next()
    what, error = owner.next()
    assert what == "down"
    assert "hangs" in str(error)


def test_a_switch_that_denies_the_question_is_alive(switch, own, frame):
    switch.answers["api status"] = frame("command/reply", Reply_Text="-ERR permission denied")
    owner = own(probe_every=0.001)
    owner.link.start()
    owner.next()
    for _ in range(3):
        switch.next_command("api status")
    assert owner.link.state == "up"
    assert owner.log.empty()


def test_falling_behind_is_counted_and_ends_the_connection(switch, own, monkeypatch, event):
    monkeypatch.setattr(dispatcher_module, "HANDLER_GRACE", 0.01)
    owner = own()
    owner.link.on("B", lambda e: Flag().wait())
    owner.link.start()
    owner.next()
    switch.say(event("B") * (MAX_QUEUED_EVENTS + 2))
    assert [owner.next()[0], owner.next()[0]] == ["down", "up"]
    assert owner.link.times_behind == 1


def test_handlers_that_die_end_the_connection_and_health_knows_it(switch, own, event, eventually):
    owner = own(backoff=Backoff(0.05, 0.05, chance=lambda: 0.0))

    def die(_):
        raise gevent.GreenletExit

    owner.link.on("B", die)
    owner.link.start()
    owner.next()
    with capture_logs() as logs:
        switch.say(event("B"))
        what, error = owner.next()
        assert what == "down"
        assert isinstance(error, HandlersDied)
        assert owner.link.trouble == str(error)
        assert owner.next()[0] == "up"
    assert "work.died" in [log["event"] for log in logs]
    eventually(lambda: owner.link.state == "up")
    switch.say(event("A", {"Number": "1"}))
    assert owner.next() == ("A", "1")
    assert owner.link.trouble == ""


def test_handlers_that_die_again_and_again_are_a_trouble_that_stays(switch, own, event, eventually):
    owner = own()

    def die(_):
        raise gevent.GreenletExit

    owner.link.on("B", die)
    owner.link.start()
    with capture_logs():
        for _ in range(3):
            assert owner.next()[0] == "up"
            eventually(lambda: owner.link.state == "up")
            switch.say(event("B"))
            assert owner.next()[0] == "down"
        eventually(lambda: owner.link.state == "up")
    assert "died 3 times" in owner.link.trouble


def test_a_link_that_dies_is_started_again(own, monkeypatch):
    monkeypatch.setattr(supervision, "AGAIN", 0.01)
    owner = own()
    owner.link.start()
    owner.next()
    with capture_logs():
        owner.link._work._greenlet.kill()
        assert not owner.link.running
        assert owner.link.trouble
        assert [owner.next()[0], owner.next()[0]] == ["down", "up"]
    assert owner.link.running
    assert owner.link.trouble == ""


# -- the end -----------------------------------------------------------------------------------------------


def test_stopping_ends_it_for_good(switch, owner):
    owner.link.stop()
    assert owner.next()[0] == "down"
    assert owner.link.state == "down"
    assert switch.next_command("exit")
    assert owner.log.empty()
    assert owner.link.api(api.status(), 5).status is Status.NOT_SENT


def test_it_can_be_stopped_while_it_connects(switch, own):
    switch.answers["auth ClueCon"] = None
    owner = own(timeout=60.0)
    with capture_logs() as logs:
        owner.link.start()
        switch.next_command("auth")
        owner.link.stop()
    assert owner.log.empty()
    assert logs == []


def test_it_can_be_stopped_while_it_waits(switch, own, eventually):
    switch.answers["auth ClueCon"] = switch.answers["auth"]
    owner = own(backoff=Backoff(60, 60, 60))
    with capture_logs():
        owner.link.start()
        eventually(lambda: owner.link.error)
        owner.link.stop()
    assert isinstance(owner.link.error, LoginRefused)


def test_it_can_be_stopped_before_it_starts(own):
    own().link.stop()


# -- its state ---------------------------------------------------------------------------------------------


def test_its_events_are_counted_over_all_its_connections(switch, owner, event, eventually):
    for number in "12":
        switch.say(event("A", {"Number": number}) + event("UNWANTED"))
        assert owner.next() == ("A", number)
        eventually(lambda seen=2 * int(number): owner.link.tally.received == seen)
        switch.hang_up()
        assert [owner.next()[0], owner.next()[0]] == ["down", "up"]
    assert owner.link.tally.handled == {"A": 2}


def test_it_knows_since_when_it_is_up_or_not(switch, owner, eventually):
    eventually(lambda: owner.link.state == "up")
    up = owner.link.since
    owner.link.stop()
    down = owner.link.since
    assert abs(time.time() - down) < 5
    assert up < down


def test_tries_in_between_do_not_change_since_when_it_is_down(switch, own, eventually):
    owner = own()
    made = owner.link.since
    switch.answers["auth ClueCon"] = switch.answers["auth"]
    owner.link.start()
    eventually(lambda: owner.link.error)
    assert owner.link.since == made


def test_it_knows_how_many_events_wait(switch, own, event, eventually):
    owner, go_on = own(), Flag()
    owner.rebuild = go_on.wait
    owner.link.start()
    owner.next()
    switch.say(event("A", {"Number": "1"}) + event("A", {"Number": "2"}))
    eventually(lambda: owner.link.queued == 2)
    go_on.set()
    eventually(lambda: owner.link.queued == 0)


def test_it_knows_whether_it_is_running(own):
    link = own().link
    assert not link.running
    link.start()
    assert link.running
    link.stop()
    assert not link.running


def test_a_handler_that_takes_seconds_keeps_neither_the_reader_nor_the_probes_waiting(switch, own, event):
    owner = own(timeout=0.2, probe_every=0.05)
    ends = Flag()
    owner.link.on("B", lambda e: ends.wait())
    owner.link.start()
    assert owner.next() == ("up", None)
    switch.say(event("B") + event("A", {"Number": "1"}))
    for _ in range(20):
        assert switch.next_command("api status")
    assert owner.link.state == "up"
    ends.set()
    assert owner.next() == ("A", "1")
