"""Requests that take long: those that wait for the end of a message, and those that send to many."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import gevent
import pytest
from flask import Flask
from flask.testing import FlaskClient
from gevent import socket
from sqlalchemy import event
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.domain.message import Message
from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.paging.messages import Sending
from controller.simulator.office import DOMAIN, Office
from controller.store import api_tokens, messages, pages
from controller.web import actions, connections, waits
from controller.web.server import Server
from controller.web.waits import Waits
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work, user

MESSAGES = "/api/v1/messages"
LOBBY = UserName("lobby", DOMAIN)
#: A message that another controller follows, as far as the history says.
THEIRS = PageRecord(
    "7" * 36, "elsewhere", LOBBY, user(1002), Treatment.WHISPER, datetime.now(UTC), message="lobby"
)
Wait = Callable[[Callable[[], object]], None]


@pytest.fixture
def keys(controller: Controller, office: Office) -> dict[int, str]:
    keys = at_work(controller, office)
    with controller.store.unit() as unit:
        pages.save(unit, THEIRS)
        messages.add(unit, "*", Message("lobby", "visitor.wav"))
        unit.commit()
    return keys


@pytest.fixture
def token(controller: Controller) -> str:
    """An API token of the domain."""
    with controller.store.unit() as unit:
        _, token = api_tokens.issue(unit, DOMAIN)
        unit.commit()
    return token


class Program:
    """Waits for the message of the other controller."""

    def __init__(self, client: FlaskClient, places: Waits) -> None:
        self._client, self._places = client, places

    def wait(self, token: str = TOKEN, seconds: int = 60) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"}
        return self._client.get(f"{MESSAGES}/{THEIRS.page_id}?wait={seconds}", headers=headers)

    def begin(self, number: int, token: str = TOKEN) -> list[gevent.Greenlet[[], TestResponse]]:
        """Requests that wait now; the clock must stand still."""
        wanted = len(self._places) + number
        begun = [gevent.spawn(self.wait, token) for _ in range(number)]
        with gevent.Timeout(20, AssertionError("they do not wait")):
            while len(self._places) < wanted:
                gevent.sleep(0.001)
        return begun


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """The waiting requests of the application."""
    places = Waits()
    monkeypatch.setattr("controller.web.messages.Waits", lambda: places)
    return places


@pytest.fixture
def program(places: Waits, client: FlaskClient, keys: dict[int, str]) -> Program:
    return Program(client, places)


# -- how many wait -----------------------------------------------------------------------------------------


def test_one_token_with_too_many_waiting_requests_is_refused_one_more(
    program: Program, token: str, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "PER_TOKEN", 2)
    with controller.clock.outside():
        waiting = program.begin(2, token)
        refused = program.wait(token)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
        assert refused.json["detail"] == (
            "2 requests of this token wait for messages: ask again later, or without wait."
        )
        assert program.wait(token, 0).json["result"] == "waiting"
        other = program.begin(1)
    assert {each.get().status_code for each in (*waiting, *other)} == {200}
    assert program.wait(token, 1).status_code == 200  # there is room again


def test_too_many_waiting_requests_in_total_are_refused_for_now(
    program: Program, token: str, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "ALL", 1)
    with controller.clock.outside():
        program.begin(1)
        refused = program.wait(token)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")


def test_all_that_may_wait_leave_room_for_other_requests() -> None:
    assert waits.ALL <= connections.AT_ONCE / 4


def test_the_database_is_read_as_often_for_many_as_for_some(
    program: Program, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "READS", 2)
    asked: list[str] = []
    with controller.clock.outside():
        waiting = program.begin(10)
        event.listen(controller.store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    gevent.joinall(waiting)
    assert 60 <= sum("WHERE pages.page_id = " in each for each in asked) <= 60 * 2 + 10


def test_a_token_that_is_not_waiting_takes_no_memory() -> None:
    places = Waits()
    with places.place("API token 1"):
        assert (len(places), places.pause) == (1, waits.LOOK)
    assert not places._of


# -- who waits ---------------------------------------------------------------------------------------------


def test_a_token_that_is_revoked_meanwhile_does_not_get_the_answer(
    program: Program, token: str, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.web.keyring.FRESH", 0.0)
    with controller.clock.outside():
        [waiting] = program.begin(1, token)
        with controller.store.unit() as unit:
            [issued] = api_tokens.listing(unit)
            api_tokens.revoke(unit, issued.id)
            ended = replace(THEIRS, ended_at=datetime.now(UTC), ending="replied", reply="come")
            pages.save(unit, ended)
            unit.commit()
    answer = waiting.get()
    assert answer.status_code == 401
    assert "come" not in answer.text


# -- over a socket -----------------------------------------------------------------------------------------


@pytest.fixture
def server(app: Flask, keys: dict[int, str], real_time: None) -> Iterator[Server]:
    server = Server(app, ("127.0.0.1", 0))
    server.start()
    yield server
    server.stop()


def connect(server: Server, request: str, body: str = "") -> socket.socket:
    """A client that has sent its request."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    head = f"{request} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    client.sendall(f"{head}\r\n{body}".encode())
    return client


def answer(client: socket.socket) -> bytes:
    with client:
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_wait_is_answered_though_it_is_longer_than_other_requests_may_take(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "DEADLINE", 0.3)
    told = answer(connect(server, f"GET {MESSAGES}/{THEIRS.page_id}?wait=1"))
    assert told.startswith(b"HTTP/1.1 200 ")
    assert b'"result":"waiting"' in told


def test_a_client_that_leaves_while_it_waits_is_noticed(server: Server, eventually: Wait) -> None:
    began = time.monotonic()
    client = connect(server, f"GET {MESSAGES}/{THEIRS.page_id}?wait=60")
    eventually(lambda: len(server._server.pool))
    gevent.sleep(0.1)  # until it waits; it may not be noticed before
    assert len(server._server.pool)
    client.close()
    eventually(lambda: not len(server._server.pool))
    assert time.monotonic() - began < 20


@pytest.fixture
def slow(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Targets to which a message was sent, each of which takes longer than a request may."""
    monkeypatch.setattr(connections, "DEADLINE", 0.2)
    sent: list[str] = []

    def send(first: object, sending: Sending) -> PageRecord:
        gevent.sleep(0.4)
        assert sending.target
        sent.append(sending.target.extension)
        return replace(THEIRS, target=sending.target)

    monkeypatch.setattr(controller.outlets, "send", send)
    return sent


def test_what_was_sent_is_answered_however_long_it_takes(server: Server, slow: list[str]) -> None:
    body = '{"message": "lobby", "from": "lobby@pbx.test", "to": ["1001", "1002", "1003", "1004", "1005"]}'
    told = answer(connect(server, f"POST {MESSAGES}", body))
    assert told.startswith(b"HTTP/1.1 200 ")
    assert sorted(slow) == ["1001", "1002", "1003", "1004", "1005"]


def test_a_message_is_sent_to_its_end_though_nobody_waits_any_more(
    server: Server, slow: list[str], keys: dict[int, str], monkeypatch: pytest.MonkeyPatch, eventually: Wait
) -> None:
    monkeypatch.setattr(actions, "SENDING", 0.0)
    assert answer(connect(server, f"GET /keys/{keys[1001]}/message/lobby/1002")) == b""
    assert slow == []
    eventually(lambda: slow == ["1002"])
