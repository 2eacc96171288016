"""The HTTP server, on a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest
from flask import Flask, request
from gevent import socket

from controller.errors import CannotListen
from controller.web import app as application
from controller.web import server as serving
from controller.web.server import Server


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    app.add_url_rule("/hello", "hello", lambda: "hello")
    app.add_url_rule("/length", "length", lambda: str(len(request.get_data())), methods=["POST"])
    app.add_url_rule("/slow", "slow", lambda: str(gevent.sleep(60)))
    server = Server(app, ("127.0.0.1", 0))
    server.start()
    yield server
    server.stop()


def talk(server: Server, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What a client gets that sends these pieces, until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
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


def test_it_serves(server: Server) -> None:
    answer = talk(server, b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"hello")


def test_a_taken_port_is_one_sentence(server: Server, app: Flask) -> None:
    with pytest.raises(CannotListen, match=rf"127\.0\.0\.1:{server.port} \(Address already in use"):
        Server(app, ("127.0.0.1", server.port))


def test_an_address_of_another_machine_is_one_sentence(app: Flask) -> None:
    with pytest.raises(CannotListen, match="set http_listen to another"):
        Server(app, ("192.0.2.1", 8019))


@pytest.mark.parametrize("pieces", [(), (b"GET",), (b"GET /hello HTTP/1.1\r\n", b"X-A: 1\r\n")])
def test_a_client_that_does_not_finish_its_headers_is_let_go(
    server: Server, monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(serving, "HEAD_DEADLINE", 0.05)
    assert talk(server, *pieces) == b""


def test_a_client_that_does_not_finish_its_body_is_told_and_let_go(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "BODY_DEADLINE", 0.05)
    monkeypatch.setattr(serving, "DEADLINE", 0.2)
    answer = talk(server, b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_an_answer_that_takes_too_long_ends_the_connection(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "DEADLINE", 0.05)
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
def test_what_is_no_request_is_answered_without_a_word_of_ours(
    server: Server, capfd: pytest.CaptureFixture[str], sent: bytes
) -> None:
    answer = talk(server, sent)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    assert b"Traceback" not in answer
    assert capfd.readouterr().err == ""


def test_it_stops_though_a_client_is_still_there(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)):
        server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)
