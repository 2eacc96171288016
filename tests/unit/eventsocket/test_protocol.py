"""The messages of the switch, and the commands that they answer."""

import pytest

from controller.errors import ProtocolError
from controller.eventsocket import api, commands
from controller.eventsocket.events import Event
from controller.eventsocket.outcome import Outcome, Status
from controller.eventsocket.protocol import Answered, AuthRequested, Disconnected, Protocol, Rejected
from controller.eventsocket.tally import Tally

JOB = "7b51915e-a243-4192-afe2-607e0540a5cc"
STATUS = api.status().foreground()
OK = b"Content-Type: command/reply\nReply-Text: +OK\n\n"
OUTPUT = b"Content-Type: api/response\nContent-Length: 4\n\nyes\n"
NO_REPLY = b"Content-Type: api/response\nContent-Length: 14\n\n-ERR no reply\n"
DENIED = b"Content-Type: command/reply\nReply-Text: -ERR permission denied\n\n"


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def protocol(tally: Tally) -> Protocol:
    return Protocol(lambda key: key != "UNWANTED", tally)


@pytest.fixture
def hear(protocol, split):
    """A function that returns the messages of a stream, for each way of splitting it."""

    def read(data: bytes) -> list:
        heard = []
        for piece in split(data):
            protocol.receive_data(piece)
            heard += iter(protocol.next_message, None)
        return heard

    return read


def test_the_bytes_of_a_command_are_given_to_be_sent(protocol):
    assert protocol.send(STATUS)[1] == b"api status\n\n"


def test_the_switch_asks_for_a_login(hear):
    assert hear(b"Content-Type: auth/request\n\n") == [AuthRequested()]


def test_a_rude_rejection_is_reported(hear):
    data = b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
    assert hear(data) == [Rejected("Access Denied, go away.")]


def test_a_disconnect_notice_is_reported(hear):
    body = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
    data = b"Content-Type: text/disconnect-notice\nContent-Length: %d\n\n%b" % (len(body), body)
    assert hear(data) == [Disconnected("Disconnected, goodbye.")]


def test_answers_of_both_kinds_go_to_commands_in_order(protocol, hear):
    first, second, third = (protocol.send(c)[0] for c in (STATUS, commands.execute("1", "park"), STATUS))
    assert hear(OUTPUT + OK + NO_REPLY) == [
        Answered(first, Outcome(Status.DONE, "yes")),
        Answered(second, Outcome(Status.DONE, "+OK")),
        Answered(third, Outcome(Status.DONE, "")),
    ]
    assert protocol.unanswered == 0


def test_two_commands_of_the_same_text_are_two(protocol, hear):
    first, second = protocol.send(STATUS)[0], protocol.send(STATUS)[0]
    assert [message.sent for message in hear(OUTPUT + OUTPUT)] == [first, second]
    assert first != second


def test_a_denied_api_call_is_answered_in_its_place(protocol, hear):
    denied, after = protocol.send(STATUS)[0], protocol.send(STATUS)[0]
    assert hear(DENIED + OUTPUT) == [
        Answered(denied, Outcome(Status.REFUSED, "-ERR permission denied")),
        Answered(after, Outcome(Status.DONE, "yes")),
    ]


def test_an_output_for_a_command_that_has_none_is_an_error(protocol, hear):
    protocol.send(commands.execute("1", "park"))
    with pytest.raises(ProtocolError, match="out of step"):
        hear(OUTPUT)


def test_an_ok_for_an_api_call_is_an_error(protocol, hear):
    protocol.send(STATUS)
    with pytest.raises(ProtocolError, match="out of step"):
        hear(OK)


def test_a_receipt_for_another_job_is_an_error(protocol, hear):
    protocol.send(api.status().background(JOB))
    with pytest.raises(ProtocolError, match="out of step"):
        hear(b"Content-Type: command/reply\nReply-Text: +OK Job-UUID: x\nJob-UUID: x\n\n")


def test_a_receipt_for_a_job_is_its_answer(protocol, hear):
    sent, _ = protocol.send(api.status().background(JOB))
    receipt = f"Content-Type: command/reply\nReply-Text: +OK Job-UUID: {JOB}\nJob-UUID: {JOB}\n\n"
    assert hear(receipt.encode()) == [Answered(sent, Outcome(Status.DONE, f"+OK Job-UUID: {JOB}"))]


def test_a_denied_job_is_refused(protocol, hear):
    sent, _ = protocol.send(api.status().background(JOB))
    assert hear(DENIED) == [Answered(sent, Outcome(Status.REFUSED, "-ERR permission denied"))]


def test_an_answer_to_nothing_is_an_error(hear):
    with pytest.raises(ProtocolError, match="did not send"):
        hear(OK)


def test_an_output_that_is_not_utf8_is_replaced(protocol, hear):
    protocol.send(STATUS)
    (answered,) = hear(b"Content-Type: api/response\nContent-Length: 3\n\na\xebb")
    assert answered.outcome.text == "a\ufffdb"


def test_events_between_answers_come_in_their_place(protocol, hear, recording):
    protocol.send(STATUS)
    protocol.send(STATUS)
    heard = hear(OUTPUT + recording("call.plain.esl") + OUTPUT)
    assert [isinstance(message, Event) for message in heard] == [False, True, True, True, False]


def test_events_that_nobody_wants_are_dropped(hear):
    def event(payload: bytes) -> bytes:
        return b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (len(payload), payload)

    unwanted = event(b'{"Event-Name":"UNWANTED"}') + event(b'{"Command":"sendevent","Event-Name":"UNWANTED"}')
    (heard,) = hear(unwanted + event(b'{"Event-Name":"WANTED"}'))
    assert heard.key == "WANTED"


def test_each_event_is_counted_once_wanted_or_not_however_it_arrives(hear, tally):
    def event(payload: bytes) -> bytes:
        return b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (len(payload), payload)

    unusual = b'Content-Type: text/event-json\nContent-Length: 23\n\n{"Event-Name":"WANTED"}\n'
    names = ("UNWANTED", "WANTED")
    heard = hear(b"".join(event(b'{"Event-Name":"%b"}' % name.encode()) for name in names) + unusual)
    assert tally.received == 3
    assert len(heard) == 2


def test_frames_of_other_kinds_are_passed_over(hear):
    log = b"Content-Type: log/data\nContent-Length: 5\nLog-Level: 7\n\nhello"
    assert hear(log + b"Content-Type: auth/request\n\n") == [AuthRequested()]


def test_a_frame_of_no_kind_is_an_error(hear):
    with pytest.raises(ProtocolError, match="Content-Type"):
        hear(b"HTTP: no\n\n")


def test_the_end_of_the_stream_within_a_frame_is_an_error(protocol):
    protocol.receive_data(OUTPUT[:-1])
    assert protocol.next_message() is None
    with pytest.raises(ProtocolError, match="middle"):
        protocol.receive_eof()
