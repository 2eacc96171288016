"""`/api/v1/events`: the stream that a client gets from an office at work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gevent
import pytest
from flask import Flask
from flask.testing import FlaskClient
from gevent import socket
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.paging.events import BlockChanged
from controller.simulator.office import Office
from controller.store import api_tokens, key_tokens
from controller.web import connections
from controller.web import feed as feeding
from controller.web import server as serving
from controller.web import stream as streaming
from controller.web.feed import Feed
from controller.web.server import Server
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work, call, talk, user

EVENTS = "/api/v1/events"
Wait = Callable[[Callable[[], object]], None]


@dataclass(frozen=True)
class Event:
    name: str
    id: str
    data: Any


class Stream:
    """A client of the stream, which reads it piece by piece."""

    def __init__(self, client: FlaskClient, token: str, after: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": after} if after else {})
        self.answer = client.get(EVENTS, headers=headers)
        self._pieces = iter(self.answer.response)
        self._waiting: list[Event] = []
        self.comments = 0

    def next(self, name: str = "") -> Event:
        """The next event with this name; without one the next of any name but `presence`."""
        while not (wanted := [each for each in self._waiting if self._wanted(each, name)]):
            with gevent.Timeout(30, AssertionError("no event came")):
                piece = next(self._pieces)
            self._read(piece.decode() if isinstance(piece, bytes) else piece)
        self._waiting.remove(wanted[0])
        return wanted[0]

    def has(self, name: str) -> bool:
        """Whether such an event has come by now."""
        return any(event.name == name for event in self._waiting)

    @staticmethod
    def _wanted(event: Event, name: str) -> bool:
        return event.name == name if name else event.name != "presence"

    def over(self) -> bool:
        """Whether nothing more comes, after what has come already."""
        with gevent.Timeout(30, AssertionError("it goes on")):
            for piece in self._pieces:
                self._read(piece.decode() if isinstance(piece, bytes) else piece)
        return not self._waiting

    def _read(self, piece: str) -> None:
        for block in piece.split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            self.comments += block == ":"
            if "event" in lines:
                self._waiting.append(Event(lines["event"], lines["id"], json.loads(lines["data"])))


@pytest.fixture
def tokens(controller: Controller, office: Office) -> dict[int, str]:
    return at_work(controller, office)


@pytest.fixture
def listen(client: FlaskClient, tokens: dict[int, str]) -> Iterator[Callable[..., Stream]]:
    """A function that opens a stream of the administrator, or of the user 1001 or 1002."""
    made: list[Stream] = []

    def listen(extension: int | None = None, after: str = "") -> Stream:
        made.append(Stream(client, TOKEN if extension is None else tokens[extension], after))
        return made[-1]

    yield listen
    for stream in made:
        stream.answer.close()


def test_a_stream_begins_with_a_start_in_the_format_that_browsers_read(
    listen: Callable[..., Stream],
) -> None:
    stream = listen()
    assert stream.answer.content_type == "text/event-stream; charset=utf-8"
    assert stream.answer.headers["Cache-Control"] == "no-store"
    start = stream.next()
    assert (start.name, start.data) == ("start", {})


def test_the_events_of_a_page_are_as_the_api_shows_it(
    listen: Callable[..., Stream],
    office: Office,
    controller: Controller,
    client: FlaskClient,
    eventually: Wait,
) -> None:
    talk(office, controller)
    stream = listen()
    stream.next()
    pager = office.dial("1001", "*191002")
    up = stream.next()
    assert (up.name, up.data["state"], up.data["target"]) == ("page", "up", "1002@pbx.test")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get(f"/api/v1/pages/{up.data['id']}", headers=headers).json == up.data
    eventually(lambda: "5" in office.phone(1002).calls[0].leg.meta)
    office.phone(1002).calls[0].press("*5")
    assert stream.next().data == up.data | {"muted": True}
    pager.hang_up()
    ended = stream.next()
    while ended.data["state"] != "ended":  # the end may be told to unmute first
        ended = stream.next()
    assert (ended.data["id"], ended.data["ending"]) == (up.data["id"], "pager_hung_up")


def test_a_click_is_an_event_when_its_phone_rings_and_when_it_is_answered(
    listen: Callable[..., Stream], office: Office, controller: Controller, client: FlaskClient
) -> None:
    stream = listen()
    stream.next()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    asked = {"pager": "1001@pbx.test", "target": "1003@pbx.test"}
    made = client.post("/api/v1/pages", json=asked, headers=headers).json
    rings = stream.next()
    assert (rings.name, rings.data) == ("page", made)
    assert made["state"] == "ringing"
    assert stream.next().data == made | {"state": "answered"}


def test_administrators_get_the_presence_of_users_without_their_far_parties(
    listen: Callable[..., Stream], office: Office, controller: Controller, client: FlaskClient
) -> None:
    own, everything = listen(1001), listen()
    talk(office, controller)
    states: list[str] = []
    while "on_call" not in states:
        told = everything.next("presence").data
        assert "9555" not in str(told)
        states += [each["state"] for each in told["users"] if each["user"] == "1002@pbx.test"]
    headers = {"Authorization": f"Bearer {TOKEN}"}
    (now,) = client.get("/api/v1/presence", headers=headers).json["users"]
    assert (now["user"], now["state"], set(now)) == ("1002@pbx.test", "on_call", {"user", "state", "since"})
    office.phone(1002).calls[0].hang_up()
    while states[-1] != "free":
        states += [each["state"] for each in everything.next("presence").data["users"]]
    controller.events.publish(BlockChanged(user(1001), off=True))
    own.next()
    assert own.next().name == "pages-off"
    assert not own.has("presence")


def test_a_switch_that_goes_down_and_up_is_an_event(
    listen: Callable[..., Stream], office: Office, controller: Controller, client: FlaskClient
) -> None:
    with controller.store.unit() as unit:
        _, token = api_tokens.issue(unit, "pbx.test")
        unit.commit()
    everything, of_domain = listen(), Stream(client, token)
    link = controller.stations[0].link
    link.stop()
    down = everything.next("switch").data
    assert (down["switch"], down["state"]) == (controller.stations[0].name, "down")
    assert down["trouble"]
    named = {"switch": None, "trouble": None}
    assert of_domain.next("switch").data == down | named
    link.start()
    up = everything.next("switch").data
    assert (up["state"], up["trouble"]) == ("up", "")
    of_domain.answer.close()


def test_whisper_page_off_is_an_event(listen: Callable[..., Stream], office: Office) -> None:
    stream = listen()
    stream.next()
    office.dial("1002", "*20")
    off = stream.next()
    assert (off.name, off.data) == ("pages-off", {"user": "1002@pbx.test", "off": True})


def test_a_user_gets_its_own_events_and_a_neutral_reason(
    listen: Callable[..., Stream], office: Office, controller: Controller
) -> None:
    call(office, controller, "3001")
    everything, own = listen(), listen(1001)
    assert own.next().name == everything.next().name == "start"
    office.dial("1003", "*191002")
    assert everything.next().data["reason"] == "conference"
    office.dial("1001", "*191002")
    assert everything.next().data["reason"] == "conference"
    seen = own.next().data
    assert (seen["pager"], seen["reason"]) == ("1001@pbx.test", "unavailable")


def test_a_client_resumes_after_the_last_event_that_it_has_got(
    listen: Callable[..., Stream], controller: Controller
) -> None:
    stream = listen()
    start = stream.next()
    stream.answer.close()
    controller.events.publish(BlockChanged(user(1002), off=True))
    controller.events.publish(BlockChanged(user(1002), off=False))
    again = listen(after=start.id)
    first = again.next()
    assert (first.name, first.data["off"]) == ("pages-off", True)
    once_more = listen(after=first.id)
    assert once_more.next().data["off"] is False
    assert listen(after="of another run").next().name == "start"


def test_a_client_that_leaves_is_forgotten(listen: Callable[..., Stream], feed: Feed) -> None:
    stream = listen()
    assert feed.clients == 1
    stream.answer.close()
    assert feed.clients == 0


def test_an_idle_stream_gets_a_comment(
    listen: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch, controller: Controller
) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT", 0.01)
    stream = listen()
    stream.next()
    gevent.spawn_later(0.1, controller.events.publish, BlockChanged(user(1002), off=True))
    assert stream.next().name == "pages-off"
    assert stream.comments >= 1


def test_a_revoked_key_ends_its_streams(
    listen: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch, controller: Controller
) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT", 0.01)
    monkeypatch.setattr("controller.web.keyring.FRESH", 0.0)
    stream = listen(1001)
    stream.next()
    with controller.store.unit() as unit:
        [key] = key_tokens.listing(unit, user(1001))
        key_tokens.revoke(unit, key.id)
        unit.commit()
    assert stream.over()


def test_without_a_token_there_is_no_stream(client: FlaskClient, tokens: dict[int, str], feed: Feed) -> None:
    assert client.get(EVENTS).status_code == 401
    assert feed.clients == 0


def test_one_user_with_too_many_streams_is_refused_one_more(
    listen: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "PER_USER", 1)
    listen(1001)
    refused: TestResponse = listen(1001).answer
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert listen(1002).next().name == "start"


def test_too_many_streams_in_total_are_refused_for_now(
    listen: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "CLIENTS", 1)
    listen()
    assert listen().answer.status_code == 503


def test_a_head_request_leaves_no_stream_behind(
    client: FlaskClient, tokens: dict[int, str], feed: Feed
) -> None:
    client.head(EVENTS, headers={"Authorization": f"Bearer {TOKEN}"}).close()
    assert feed.clients == 0


# -- over a socket -----------------------------------------------------------------------------------------


@pytest.fixture
def server(app: Flask, tokens: dict[int, str], real_time: None) -> Iterator[Server]:
    server = Server(app, ("127.0.0.1", 0))
    # inherited by its connections: so few messages that nobody reads fill one
    server._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    server.start()
    yield server
    server.stop()


def connect(server: Server) -> socket.socket:
    """A client that has sent its request, and has a small window."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(20)
    client.connect(("127.0.0.1", server.port))
    client.sendall(
        f"GET {EVENTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode(),
    )
    return client


def read_until(client: socket.socket, text: bytes) -> bytes:
    seen = b""
    while text not in seen:
        data = client.recv(65536)
        assert data, seen
        seen += data
    return seen


def test_a_stream_outlives_the_time_limit_of_other_answers(
    server: Server, monkeypatch: pytest.MonkeyPatch, controller: Controller
) -> None:
    monkeypatch.setattr(connections, "DEADLINE", 0.1)
    with connect(server) as client:
        read_until(client, b"event: start")
        gevent.sleep(0.3)  # what is tested is time: three times as long as others have
        controller.events.publish(BlockChanged(user(1002), off=True))
        read_until(client, b"event: pages-off")


def test_a_client_that_does_not_read_is_cut_off(
    server: Server, monkeypatch: pytest.MonkeyPatch, controller: Controller, feed: Feed, eventually: Wait
) -> None:
    monkeypatch.setattr(streaming, "PATIENCE", 0.2)
    monkeypatch.setattr(feeding, "WAITING", 1_000_000)
    with connect(server) as client:
        read_until(client, b"event: start")

        def publish_and_look() -> bool:
            for _ in range(1000):
                controller.events.publish(BlockChanged(user(1002), off=True))
            return feed.clients == 0

        eventually(publish_and_look)
        assert feed.thrown_out == 1


def test_a_server_that_stops_ends_its_streams_at_once(
    server: Server, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "GRACE", 20.0)
    with connect(server) as client:
        read_until(client, b"event: start")
        with gevent.Timeout(10, AssertionError("it waits for its streams")):
            feed.close()
            read_until(client, b"0\r\n\r\n")
            client.close()
            server.stop()
