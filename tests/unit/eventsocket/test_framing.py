"""Reading frames from bytes."""

import time

import pytest

from controller.errors import ProtocolError
from controller.eventsocket.framing import MAX_BODY_BYTES, MAX_HEADER_BYTES, Framer

EVENT = b'Content-Length: 18\nContent-Type: text/event-json\n\n{"Event-Name":"X"}'
REPLY = b"Content-Type: command/reply\nReply-Text: +OK\n\n"


def test_a_frame_has_a_body_of_its_length(frames):
    (frame,) = frames(EVENT)
    assert frame.headers == {"Content-Length": "18", "Content-Type": "text/event-json"}
    assert frame.body == b'{"Event-Name":"X"}'


def test_a_frame_without_a_length_has_no_body(frames):
    (frame,) = frames(REPLY)
    assert frame.headers == {"Content-Type": "command/reply", "Reply-Text": "+OK"}
    assert frame.body == b""


def test_frames_follow_each_other_without_a_separator(frames):
    assert [bytes(frame.body) for frame in frames(EVENT + REPLY + EVENT)] == [EVENT[-18:], b"", EVENT[-18:]]


def test_a_recording_is_read_to_its_last_byte(frames, recording):
    found = frames(recording("call.json.esl"))
    assert [len(frame.body) for frame in found] == [int(frame.headers["Content-Length"]) for frame in found]
    assert all(frame.body[:2] == b'{"' and frame.body[-1:] == b"}" for frame in found)
    assert len(found) == 12


def test_blank_lines_within_a_body_belong_to_it(frames):
    (frame,) = frames(b"Content-Type: api/response\nContent-Length: 6\n\na\n\nb\n\n")
    assert frame.body == b"a\n\nb\n\n"


def test_blank_lines_before_a_frame_are_skipped(frames):
    assert len(frames(REPLY + b"\n" + REPLY + b"\n\n\n" + EVENT)) == 3


def test_the_first_of_two_equal_headers_counts(frames):
    (frame,) = frames(b"Content-Type: a\nContent-Type: b\n\n")
    assert frame.headers["Content-Type"] == "a"


def test_a_headers_value_is_left_as_it_is(frames):
    (frame,) = frames(b"Content-Type: command/reply\nReply-Text: +OK [a%0Ab: c]\n\n")
    assert frame.headers["Reply-Text"] == "+OK [a%0Ab: c]"


@pytest.mark.parametrize("length", ["-1", "+1", "1.0", "0x10", "abc", "", "1 ", "²", str(MAX_BODY_BYTES + 1)])
def test_a_length_that_is_no_plain_number_within_bounds_is_an_error(frames, length):
    with pytest.raises(ProtocolError, match="Content-Length"):
        frames(f"Content-Type: api/response\nContent-Length: {length}\n\n".encode())


def test_an_event_is_what_is_made_of_it_and_is_passed_over_if_that_is_nothing():
    def event(content_type, received, start, end):
        made.append((content_type, received[start:end]))
        return len(made) if len(made) > 1 else None

    made = []
    framer = Framer(event)
    framer.receive_data(EVENT + EVENT[:-1] + b"]" + REPLY)
    second, reply = iter(framer.next_frame, None)
    assert made == [(b"text/event-json", EVENT[-18:]), (b"text/event-json", EVENT[-18:-1] + b"]")]
    assert second == 2
    assert reply.headers["Reply-Text"] == "+OK"


def test_a_length_of_thousands_of_digits_is_an_error(frames):
    with pytest.raises(ProtocolError, match="Content-Length"):
        frames(b"Content-Length: " + b"9" * 5000 + b"\nContent-Type: text/event-json\n\n")


def test_headers_without_an_end_are_an_error(frames):
    with pytest.raises(ProtocolError, match="without an end"):
        frames(b"A: " + b"x" * MAX_HEADER_BYTES)


def test_headers_that_end_beyond_the_bound_are_an_error():
    framer = Framer()
    framer.receive_data(b"A: " + b"x" * MAX_HEADER_BYTES + b"\n\n")
    with pytest.raises(ProtocolError, match="without an end"):
        framer.next_frame()


def test_another_protocol_is_an_error(frames):
    with pytest.raises(ProtocolError, match=r"SSH-2\.0"):
        frames(b"SSH-2.0-OpenSSH_9.2\n\n")


@pytest.mark.parametrize("cut", [1, len(EVENT) - 18, len(EVENT) - 1])
def test_the_end_of_the_stream_within_a_frame_is_an_error(cut):
    framer = Framer()
    framer.receive_data(EVENT[:cut])
    assert framer.next_frame() is None
    with pytest.raises(ProtocolError, match="middle"):
        framer.receive_eof()


def test_the_end_of_the_stream_between_frames_is_none():
    framer = Framer()
    framer.receive_data(EVENT + b"\n")
    assert framer.next_frame()
    framer.receive_eof()


def test_a_login_reply_that_the_switch_cut_short_is_whole(frames):
    whole = b"Content-Type: command/reply\nReply-Text: +OK accepted\nAllowed-Events: all\nAllowed-API: "
    cut = (whole + b"uuid_something " * 50)[:538]
    login, after = frames(cut + EVENT)
    assert login.headers["Reply-Text"] == "+OK accepted"
    assert after.body == EVENT[-18:]


def test_a_long_login_reply_that_is_not_cut_is_whole_too(frames):
    start = b"Content-Type: command/reply\nReply-Text: +OK accepted\nAllowed-API: "
    login, after = frames(start + b"x" * (536 - len(start)) + b"\n\n" + EVENT)
    assert login.headers["Allowed-API"].endswith("x")
    assert after.body == EVENT[-18:]


def _seconds(data: bytes, size: int) -> float:
    framer, pieces = Framer(), [data[i : i + size] for i in range(0, len(data), size)]
    start = time.process_time()
    for piece in pieces:
        framer.receive_data(piece)
        while framer.next_frame():
            pass
    return time.process_time() - start


def test_a_large_body_is_not_kept_until_the_next_bytes_come():
    framer = Framer()
    framer.receive_data(
        b"Content-Type: api/response\nContent-Length: 2000000\n\n" + bytes(2_000_000) + b"Cont"
    )
    assert len(framer.next_frame().body) == 2_000_000
    assert sum(map(len, framer._pieces)) + len(framer._buffer) == 4
    framer.receive_data(b"ent-Type: auth/request\n\n")
    assert framer.next_frame().headers == {"Content-Type": "auth/request"}


def test_a_body_that_comes_byte_by_byte_takes_time_in_proportion_to_its_length():
    def stream(length: int) -> bytes:
        return b"Content-Length: %d\nContent-Type: text/event-json\n\n" % length + b"x" * length

    small = min(_seconds(stream(40_000), 1) for _ in range(3))
    assert _seconds(stream(400_000), 1) < 40 * small


def test_many_frames_at_once_take_time_in_proportion_to_their_number():
    small = min(_seconds(EVENT * 1_000, 10**9) for _ in range(3))
    assert _seconds(EVENT * 20_000, 10**9) < 80 * small
