"""The HTTP server, on a real socket."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import gevent
import pytest
from flask import Flask, request
from gevent import socket

from controller.errors import CannotListen
from controller.web import body, connections
from controller.web.body import read_body
from controller.web.server import Server

#: Seconds in which whoever asks is answered on a busy machine, too: far less than anybody else may wait here.
SOON = 5.0


def length() -> str:
    read_body()
    return str(len(request.get_data()))


Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture
def server(app: Flask, real_time: None) -> Iterator[Server]:
    app.add_url_rule("/hello", "hello", lambda: "hello")
    app.add_url_rule("/hello", "hello_post", lambda: "hello", methods=["POST"])
    app.add_url_rule("/length", "length", length, methods=["POST"])
    app.add_url_rule("/slow", "slow", lambda: str(gevent.sleep(60)))
    app.add_url_rule("/while", "while", lambda: str(gevent.sleep(0.3)))
    app.add_url_rule("/large", "large", lambda: "x" * 20_000_000)
    server = Server(app, ("127.0.0.1", 0))
    server.start()
    yield server
    server.stop()


def talk(server: Server, *pieces: bytes, pause: float = 0.0) -> bytes:
    """The answer to a client that sends these pieces, until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        for piece in pieces:
            client.sendall(piece)
            gevent.sleep(pause)
        received = b""
        try:
            while data := client.recv(65536):
                received += data
        except ConnectionResetError:
            pass
        return received


def test_a_request_is_answered(server: Server) -> None:
    answer = talk(server, b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"hello")


def test_no_answer_waits_for_the_client_to_acknowledge_its_head(server: Server) -> None:
    taken = []
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        for _ in range(20):
            began = time.monotonic()
            client.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"hello"):
                answer += client.recv(65536)
            taken.append(time.monotonic() - began)
    assert min(taken[1:]) < 0.03  # an acknowledgement comes after 40 ms


def test_a_taken_port_is_one_sentence(server: Server, app: Flask) -> None:
    with pytest.raises(CannotListen, match=rf"127\.0\.0\.1:{server.port} \(Address already in use"):
        Server(app, ("127.0.0.1", server.port))


def test_an_address_of_another_machine_is_one_sentence(app: Flask) -> None:
    with pytest.raises(CannotListen, match="set http_listen to another"):
        Server(app, ("192.0.2.1", 8019))


@pytest.mark.parametrize("pieces", [(), (b"GET",), (b"GET /hello HTTP/1.1\r\n", b"X-A: 1\r\n")])
def test_a_client_that_does_not_finish_its_headers_is_disconnected(
    server: Server, monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(connections, "HEAD_DEADLINE", 0.05)
    assert talk(server, *pieces) == b""


def test_a_client_that_does_not_finish_its_body_is_answered_and_disconnected(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "BODY_DEADLINE", 0.05)
    monkeypatch.setattr(connections, "DEADLINE", 0.2)
    answer = talk(server, b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_an_answer_that_takes_too_long_ends_the_connection(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "DEADLINE", 0.05)
    assert talk(server, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n") == b""


def test_a_body_in_chunks_has_the_same_limit(server: Server) -> None:
    head = b"POST /length HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    assert talk(server, head, chunk, b"0\r\n\r\n").endswith(b"\r\n\r\n8192")
    assert b" 413 " in talk(server, head, *[chunk] * 9, b"0\r\n\r\n").partition(b"\r\n")[0]


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /hello HTTP/9.9\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_an_invalid_request_is_answered_without_a_traceback(
    server: Server, capfd: pytest.CaptureFixture[str], sent: bytes
) -> None:
    answer = talk(server, sent)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    assert b"Traceback" not in answer
    assert capfd.readouterr().err == ""


# -- clients that are slow on purpose ----------------------------------------------------------------------

HALF_HEAD = b"GET /hello HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n"
HALF_BODY = b"POST /api/v1/pages HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"
HALF_LENGTH = b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"
NOT_TAKEN = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"

Slow = Callable[[bytes, int], list[socket.socket]]


@pytest.fixture
def slow(server: Server) -> Iterator[Slow]:
    """A function that opens a number of connections, each of which sends something and then stops."""
    clients: list[socket.socket] = []

    def open_more(sent: bytes, number: int) -> list[socket.socket]:
        more = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(number)]
        clients.extend(more)
        for client in more:
            client.sendall(sent)
        gevent.sleep(0.05)
        return more

    yield open_more
    for client in clients:
        client.close()


def healthy(server: Server) -> float:
    """The time in seconds that /healthz takes."""
    began = time.monotonic()
    answer = talk(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    return time.monotonic() - began


def ended(client: socket.socket) -> bool:
    """Whether the server has closed the connection by now, with any answer."""
    client.settimeout(0)
    try:
        while client.recv(65536):
            pass
    except BlockingIOError:
        return False
    except ConnectionResetError:
        pass
    return True


def test_a_hundred_unfinished_headers_and_bodies_delay_nobody(server: Server, slow: Slow) -> None:
    slow(HALF_HEAD, 100)
    slow(HALF_BODY, 100)
    assert healthy(server) < SOON
    assert healthy(server) < SOON


@pytest.mark.parametrize("sent", [b"", HALF_HEAD, HALF_BODY, HALF_LENGTH, NOT_TAKEN])
def test_of_too_many_connections_the_one_idle_for_longest_is_closed(
    server: Server, slow: Slow, monkeypatch: pytest.MonkeyPatch, eventually: Eventually, sent: bytes
) -> None:
    monkeypatch.setattr(connections, "AT_ONCE", 20)
    monkeypatch.setattr(connections, "REST", 60.0)
    clients = slow(sent, 20)
    gevent.sleep(0.2)  # until answers that nobody takes fill what the system keeps of them
    eventually(lambda: len(server._server.waiting) == 20)
    more = slow(b"", 10)
    eventually(lambda: len(server._server.waiting) == 20)
    assert healthy(server) < SOON
    for client in more:
        client.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"hello" in client.recv(65536)
    eventually(lambda: sum(map(ended, clients)) >= 11)  # one for each of those, and one for /healthz


def test_a_request_in_progress_is_not_closed_for_new_connections(
    server: Server, slow: Slow, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(connections, "AT_ONCE", 3)
    clients = slow(b"GET /while HTTP/1.1\r\nHost: x\r\n\r\n", 3)
    others = slow(HALF_HEAD, 20)
    eventually(lambda: all(map(ended, others)))
    assert all(client.recv(65536).startswith(b"HTTP/1.1 200 OK") for client in clients)
    assert healthy(server) < SOON


def test_nothing_is_left_of_a_client_that_has_gone(
    server: Server, slow: Slow, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(connections, "AT_ONCE", 10)
    for sent in (b"", HALF_HEAD, HALF_BODY, HALF_LENGTH, NOT_TAKEN):
        for client in slow(sent, 15):
            client.close()
    eventually(lambda: not len(server._server.pool))
    assert (len(server._server.waiting), server._server.leaving) == (0, 0)


# -- bodies ------------------------------------------------------------------------------------------------


def test_no_body_is_awaited_without_a_token(server: Server) -> None:
    began = time.monotonic()
    answer = talk(server, HALF_BODY)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nConnection: close\r\n" in answer
    assert time.monotonic() - began < connections.REST + 1


@pytest.mark.parametrize(
    "head", [b"Content-Length: 100000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n186a0\r\n"]
)
def test_a_client_that_still_sends_an_unwanted_body_gets_the_answer(server: Server, head: bytes) -> None:
    pieces = [b"x" * 10_000] * 10
    answer = talk(server, b"POST /hello HTTP/1.1\r\nHost: x\r\n" + head, *pieces, pause=0.02)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"hello")


def test_an_unwanted_body_is_not_taken_for_a_request(server: Server) -> None:
    request = b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    assert talk(server, request + b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").count(b"HTTP/1.1 200 OK") == 1


def test_the_rest_of_an_unwanted_body_is_not_taken_for_a_request(
    server: Server, app: Flask, slow: Slow, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(connections, "MAX_REST", 0)
    asked: list[str] = []
    app.before_request_funcs.setdefault(None, []).append(lambda: asked.append(request.path))
    head = b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    slow(head + b"GET /hello?smuggled HTTP/1.1\r\nHost: x\r\n\r\n", 1)
    eventually(lambda: asked and not len(server._server.pool))
    assert asked == ["/hello"]


def test_a_client_with_an_unwanted_body_is_disconnected_even_if_it_stays(
    server: Server, slow: Slow, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(connections, "REST", 0.05)
    slow(HALF_BODY, 1)
    assert len(server._server.pool) == 1
    eventually(lambda: not len(server._server.pool))


def test_a_connection_goes_on_after_a_body_that_was_read(server: Server) -> None:
    request = b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n%b\r\nabc"
    answer = talk(server, request % b"", request % b"Connection: close\r\n")
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 2


def test_an_unfinished_header_is_no_request_even_at_its_clients_end(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(HALF_HEAD)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_the_length_of_the_headers_is_limited(server: Server) -> None:
    line = b"X-A: " + b"x" * 993 + b"\r\n"
    end = b"Connection: close\r\n\r\n"
    assert talk(server, b"GET /hello HTTP/1.1\r\n", line * 32, end).startswith(b"HTTP/1.1 200 ")
    assert b" 400 " in talk(server, b"GET /hello HTTP/1.1\r\n", line * 33, end).partition(b"\r\n")[0]


# -- the end -----------------------------------------------------------------------------------------------


def test_the_server_stops_even_if_a_client_is_still_there(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)):
        server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=60)
