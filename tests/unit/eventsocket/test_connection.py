"""One connection to a small fake switch on a port of its own."""

import socket as plain_socket

import gevent
import pytest
from gevent.event import Event as Flag
from gevent.queue import Queue
from gevent.server import StreamServer

from controller.errors import (
    FellBehind,
    LoginRefused,
    ProtocolError,
    SwitchRefusedUs,
    SwitchUnreachable,
)
from controller.eventsocket import api, commands, dispatcher
from controller.eventsocket import connection as module
from controller.eventsocket.connection import Connection
from controller.eventsocket.dispatcher import MAX_QUEUED_EVENTS
from controller.eventsocket.outcome import Outcome, Status
from controller.switch_address import SwitchAddress

LEG = "16c543d6-b46d-4bc2-b388-a7f23b5d6a82"


@pytest.fixture
def connection(switch):
    """A connection that is up and handles events."""
    connection = Connection(switch.address)
    connection.connect()
    connection.dispatch()
    yield connection
    connection.close(SwitchUnreachable("The test is over."))


# -- connecting --------------------------------------------------------------------------------------------


def test_it_logs_in_with_the_password(switch, connection):
    assert switch.next_command("auth") == ["auth ClueCon"]
    assert connection.connected


def test_it_logs_in_as_a_user_where_there_is_one(switch):
    switch.answers["userauth page@pbx.test:secret"] = switch.answers["auth ClueCon"]
    connection = Connection(SwitchAddress("127.0.0.1", switch.address.port, "secret", "page@pbx.test"))
    connection.connect()
    connection.stop()
    assert switch.next_command("userauth") == ["userauth page@pbx.test:secret"]


def test_a_wrong_password_is_reported_and_not_shown(switch):
    connection = Connection(SwitchAddress("127.0.0.1", switch.address.port, "hunter2"))
    with pytest.raises(LoginRefused, match="refused the password: check the switch URL") as caught:
        connection.connect()
    assert "hunter2" not in str(caught.value)
    assert connection.closed.is_set()


def test_a_wrong_password_is_the_reason_though_the_switch_hangs_up_with_its_answer(switch, frame):
    refused = frame("command/reply", Reply_Text="-ERR invalid")
    switch.answers["auth"] = refused + frame("text/disconnect-notice", b"Disconnected, goodbye.\n")
    connection = Connection(SwitchAddress("127.0.0.1", switch.address.port, "hunter2"))
    with pytest.raises(LoginRefused):
        connection.connect()
    assert isinstance(connection.error, LoginRefused)


def test_a_wrong_user_is_named(switch, frame):
    switch.answers["userauth"] = frame("command/reply", Reply_Text="-ERR invalid")
    address = SwitchAddress("127.0.0.1", switch.address.port, "hunter2", "page@pbx.test")
    with pytest.raises(LoginRefused, match=r"user page@pbx\.test or its password"):
        Connection(address).connect()


def test_a_user_without_a_domain_is_reported(switch):
    address = SwitchAddress("127.0.0.1", switch.address.port, "hunter2", "page")
    with pytest.raises(LoginRefused, match="user@domain"):
        Connection(address).connect()


def test_an_address_outside_the_acl_is_reported(switch, frame):
    switch.greeting = frame("text/rude-rejection", b"Access Denied, go away.\n")
    with pytest.raises(SwitchRefusedUs, match="apply-inbound-acl"):
        Connection(switch.address).connect()


def test_a_server_that_says_nothing_is_reported(switch):
    switch.greeting = b""
    with pytest.raises(SwitchUnreachable, match="check the port"):
        Connection(switch.address, timeout=0.05).connect()


def test_a_server_with_another_protocol_is_reported(switch):
    switch.greeting = b"HTTP/1.1 400 Bad Request\n\n"
    with pytest.raises(ProtocolError, match="check the port"):
        Connection(switch.address).connect()


def test_a_server_that_hangs_up_at_once_is_reported(within):
    server = StreamServer(("127.0.0.1", 0), lambda client, _: client.close())
    server.start()
    with pytest.raises(SwitchUnreachable, match="closed the connection"):
        Connection(SwitchAddress("127.0.0.1", server.server_port, "x")).connect()
    server.stop()


def test_a_login_that_is_not_answered_is_reported(switch):
    switch.answers["auth ClueCon"] = None
    with pytest.raises(SwitchUnreachable, match=r"within 0.05 s: auth\."):
        Connection(switch.address, timeout=0.05).connect()


# -- commands ----------------------------------------------------------------------------------------------


def test_a_call_has_its_output(connection):
    assert connection.api(api.status(), 5) == Outcome(Status.DONE, "UP 0 years")


def test_calls_made_at_once_have_each_its_own_output(switch, connection, frame):
    switch.answers["api uuid_exists"] = lambda lines: frame("api/response", lines[0][-1].encode())
    calls = [gevent.spawn(connection.api, api.uuid_exists(f"leg{i}"), 5) for i in range(10)]
    assert [call.get().text for call in calls] == [str(i) for i in range(10)]


def test_a_call_before_connecting_is_not_sent(within):
    outcome = Connection(SwitchAddress("127.0.0.1", 1, "x")).api(api.status(), 5)
    assert outcome.status is Status.NOT_SENT


def test_a_call_after_the_end_is_not_sent_and_says_why(switch, connection):
    switch.hang_up()
    connection.closed.wait()
    outcome = connection.api(api.status(), 5)
    assert outcome == Outcome(Status.NOT_SENT, f"The switch at {switch.address} closed the connection.")


def test_a_call_without_an_answer_by_its_deadline_is_unknown(switch, connection):
    switch.answers["api status"] = None
    outcome = connection.api(api.status(), 0.02)
    assert outcome == Outcome(Status.UNKNOWN, "The switch did not answer within 0.02 s: api status.")
    assert connection.connected


def test_an_answer_after_its_deadline_does_not_go_to_the_next_call(switch, connection, frame):
    switch.answers["api status"] = None
    switch.answers["api uuid_exists"] = None
    assert connection.api(api.status(), 0.02).status is Status.UNKNOWN
    call = gevent.spawn(connection.api, api.uuid_exists("leg1"), 5)
    switch.next_command("api uuid_exists")
    switch.say(frame("api/response", b"late") + frame("api/response", b"true"))
    assert call.get() == Outcome(Status.DONE, "true")


def test_calls_that_wait_when_the_connection_drops_end_at_once(switch, connection):
    switch.answers["api status"] = None
    calls = [gevent.spawn(connection.api, api.status(), 60) for _ in range(3)]
    for _ in calls:
        switch.next_command("api status")
    switch.hang_up()
    assert [call.get().status for call in calls] == [Status.UNKNOWN] * 3


def test_a_command_larger_than_the_sockets_buffers_is_sent_whole(switch, connection, frame):
    switch.answers["sendmsg"] = lambda lines: frame("command/reply", Reply_Text=f"+OK {len(lines[3])}")
    argument = "x" * 8_000_000
    outcome = connection.send(commands.execute(LEG, "set", argument), 10)
    assert outcome.text == f"+OK {len('execute-app-arg: ' + argument)}"


def test_a_deadline_in_the_middle_of_a_command_ends_the_connection(switch, connection):
    silent = Flag()
    switch.answers["api status"] = lambda lines: silent.wait() and b""  # reads no further command
    gevent.spawn(connection.api, api.status(), 60)
    switch.next_command("api status")
    outcome = connection.send(commands.execute(LEG, "set", "x" * 30_000_000), 0.2)
    assert outcome.status is Status.UNKNOWN
    assert connection.closed.is_set()
    assert "no longer reads" in str(connection.error)
    silent.set()


def test_a_command_that_waits_behind_another_beyond_its_deadline_is_not_sent(switch, connection):
    silent = Flag()
    switch.answers["api status"] = lambda lines: silent.wait() and b""
    gevent.spawn(connection.api, api.status(), 60)
    switch.next_command("api status")
    large = gevent.spawn(connection.send, commands.execute(LEG, "set", "x" * 30_000_000), 60)
    gevent.sleep(0)
    assert connection.api(api.status(), 0.05).status is Status.NOT_SENT
    silent.set()
    large.kill()


def test_too_many_unanswered_commands_are_not_sent(switch, connection, monkeypatch):
    monkeypatch.setattr(module, "MAX_UNANSWERED_COMMANDS", 2)
    switch.answers["api status"] = None
    outcomes = [connection.api(api.status(), 0.01).status for _ in range(3)]
    assert outcomes == [Status.UNKNOWN, Status.UNKNOWN, Status.NOT_SENT]


def test_anothers_timeout_passes_through(switch, connection):
    switch.answers["api status"] = None
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
        connection.api(api.status(), 60)
    assert connection.connected


# -- background jobs ---------------------------------------------------------------------------------------


def job_of(lines: list[str]) -> str:
    return lines[1].removeprefix("Job-UUID: ")


def test_a_background_call_has_its_output(switch, connection, event):
    call = gevent.spawn(connection.bgapi, api.status(), 5)
    job = job_of(switch.next_command("bgapi status"))
    switch.say(event("BACKGROUND_JOB", {"Job-UUID": "another", "_body": "no"}))
    switch.say(event("BACKGROUND_JOB", {"Job-UUID": job, "_body": "-ERR USER_BUSY\n"}))
    assert call.get() == Outcome(Status.REFUSED, "-ERR USER_BUSY")


def test_a_background_call_can_be_made_by_a_handler(switch, connection, event):
    outcomes = Queue()
    connection.register_handle("X", lambda e: outcomes.put(connection.bgapi(api.status(), 5)))
    switch.say(event("X"))
    job = job_of(switch.next_command("bgapi"))
    switch.say(event("BACKGROUND_JOB", {"Job-UUID": job}))
    assert outcomes.get() == Outcome(Status.DONE, "")


def test_a_denied_background_call_is_refused(switch, connection, frame):
    switch.answers["bgapi"] = frame("command/reply", Reply_Text="-ERR permission denied")
    assert connection.bgapi(api.status(), 5) == Outcome(Status.REFUSED, "-ERR permission denied")


def test_a_background_call_without_an_output_by_its_deadline_is_unknown(connection):
    outcome = connection.bgapi(api.status(), 0.02)
    assert outcome == Outcome(Status.UNKNOWN, "The switch did not finish within 0.02 s: status.")


def test_a_background_call_that_runs_when_the_connection_drops_ends_at_once(switch, connection):
    call = gevent.spawn(connection.bgapi, api.status(), 60)
    switch.next_command("bgapi")
    switch.hang_up()
    assert call.get().status is Status.UNKNOWN


# -- events ------------------------------------------------------------------------------------------------


def test_events_go_to_the_handlers_of_their_name(switch, connection, event):
    handled = Queue()
    connection.register_handle("WANTED", handled.put)
    switch.say(event("UNWANTED") + event("WANTED", {"Unique-ID": "1"}))
    assert handled.get()["Unique-ID"] == "1"
    assert handled.empty()


def test_custom_events_go_to_the_handlers_of_their_subclass(switch, connection, recording):
    handled = Queue()
    connection.register_handle("conference::maintenance", handled.put)
    switch.say(recording("call.json.esl"))
    assert handled.get().subclass == "conference::maintenance"


def test_a_handler_of_everything_gets_what_no_other_does(switch, connection, event):
    handled = Queue()
    connection.register_handle("*", lambda e: handled.put(("*", e.name)))
    connection.register_handle("A", lambda e: handled.put(("A", e.name)))
    switch.say(event("A") + event("B"))
    assert [handled.get(), handled.get()] == [("A", "A"), ("*", "B")]


def test_a_handler_that_is_taken_off_is_not_called(switch, connection, event):
    handled = Queue()
    connection.register_handle("A", handled.put)
    connection.register_handle("B", handled.put)
    connection.unregister_handle("A", handled.put)
    switch.say(event("A") + event("B"))
    assert handled.get().name == "B"


def test_a_handler_can_ask_the_switch(switch, connection, event):
    outcomes = Queue()
    connection.register_handle("X", lambda e: outcomes.put(connection.api(api.status(), 5)))
    switch.say(event("X"))
    assert outcomes.get().done


def test_a_flood_that_the_handlers_can_follow_is_followed(switch, connection, event):
    count, done = [0], Flag()

    def handle(e):
        count[0] += 1
        if e.name == "LAST":
            done.set()

    connection.register_handle("FLOOD", handle)
    connection.register_handle("LAST", handle)
    switch.say(event("FLOOD") * (5 * MAX_QUEUED_EVENTS) + event("LAST"))
    done.wait()
    assert count == [5 * MAX_QUEUED_EVENTS + 1]


def test_a_flood_is_followed_though_the_turns_are_short(switch, connection, event, monkeypatch):
    monkeypatch.setattr(dispatcher, "_TURN", 0.0)
    test_a_flood_that_the_handlers_can_follow_is_followed(switch, connection, event)


def test_handlers_that_stay_behind_end_the_connection(switch, connection, event, monkeypatch):
    monkeypatch.setattr(dispatcher, "_TURN", 0.0)
    monkeypatch.setattr(dispatcher, "_PATIENCE", 0.0)
    connection.register_handle("FLOOD", lambda e: None)
    switch.say(event("FLOOD") * (5 * MAX_QUEUED_EVENTS))
    connection.closed.wait()
    assert isinstance(connection.error, FellBehind)


def test_a_flood_that_the_handlers_cannot_follow_ends_the_connection(switch, connection, event):
    never = Flag()
    connection.register_handle("FLOOD", lambda e: never.wait())
    switch.say(event("FLOOD") * (MAX_QUEUED_EVENTS + 2))
    connection.closed.wait()
    assert isinstance(connection.error, FellBehind)


# -- the end -----------------------------------------------------------------------------------------------


def test_a_disconnect_notice_ends_it_and_says_why(switch, connection, frame):
    switch.say(frame("text/disconnect-notice", b"The system is being shut down.\n"))
    connection.closed.wait()
    assert "ended the connection: The system is being shut down." in str(connection.error)


def test_the_end_of_the_stream_inside_a_body_ends_it(switch, connection):
    switch.say(b"Content-Type: api/response\nContent-Length: 100\n\nhalf")
    switch.hang_up()
    connection.closed.wait()
    assert isinstance(connection.error, ProtocolError)


def test_bytes_that_make_no_sense_end_it(switch, connection):
    switch.say(b"Content-Type: text/event-json\nContent-Length: 99999999999\n\n")
    connection.closed.wait()
    assert isinstance(connection.error, ProtocolError)


def test_a_reset_ends_it(switch, connection):
    reset = plain_socket.SOL_SOCKET, plain_socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
    switch.clients[-1].setsockopt(*reset)
    switch.clients[-1].close()
    connection.closed.wait()
    assert isinstance(connection.error, SwitchUnreachable)


def test_stopping_sends_exit(switch, connection):
    connection.stop()
    assert switch.next_command("exit") == ["exit"]
    assert connection.closed.is_set()


def test_stopping_waits_for_the_running_handler(switch, connection, event):
    begun, go_on, log = Flag(), Flag(), []

    def slow(_):
        begun.set()
        go_on.wait()
        log.append("handled")

    connection.register_handle("X", slow)
    switch.say(event("X"))
    begun.wait()
    stopping = gevent.spawn(connection.stop)
    connection.closed.wait()
    assert log == []
    go_on.set()
    stopping.get()
    assert log == ["handled"]


def test_a_connection_that_never_was_can_be_stopped(within):
    connection = Connection(SwitchAddress("127.0.0.1", 1, "x"))
    connection.stop()
    assert connection.closed.is_set()
