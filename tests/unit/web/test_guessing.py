"""A client that guesses tokens, over a socket, at the same address as everybody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import gevent
import pytest
from flask import Flask
from gevent import socket

from controller.app import Controller
from controller.domain.key_token import KeyToken
from controller.simulator.office import Office
from controller.web import keyring
from controller.web.keyring import AT_ONCE, WRONG
from controller.web.server import Server
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work

#: So many wrong tokens, by so many connections.
GUESSES, CONNECTIONS = 2000, 20


@pytest.fixture
def server(app: Flask, real_time: None) -> Iterator[Server]:
    server = Server(app, ("127.0.0.1", 0))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def looked_up(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that are looked up in the database."""
    asked: list[str] = []
    tokens = controller.key_tokens

    def find(token: str) -> KeyToken | None:
        asked.append(token)
        return tokens.find(token)

    monkeypatch.setattr(controller, "key_tokens", replace(tokens, find=find))
    return asked


def statuses(server: Server, *requests: str) -> Counter[int]:
    """The number of answers with each status, on one connection."""
    found: Counter[int] = Counter()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        answers = client.makefile("rb")
        for request in requests:
            client.sendall(request.encode())
            found[int(answers.readline().split()[1])] += 1
            length = 0
            while (line := answers.readline().strip()) != b"":
                name, _, value = line.partition(b": ")
                length = int(value) if name == b"Content-Length" else length
            answers.read(length)
    return found


def api(token: str) -> str:
    return f"GET /api/v1/pages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"


def key(token: str) -> str:
    return f"GET /keys/{token}/mute HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(("ask", "wrong"), [(api, 401), (key, 403)])
def test_thousands_of_wrong_tokens_are_refused_and_right_ones_accepted(
    looked_up: list[str],
    server: Server,
    controller: Controller,
    office: Office,
    ask: Callable[[str], str],
    wrong: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keyring, "TURN", 60.0)  # on a busy machine, too, each has its turn
    tokens = at_work(controller, office)
    each = GUESSES // CONNECTIONS
    guessers = [
        gevent.spawn(statuses, server, *(ask(f"guess-{number}-{guess}") for guess in range(each)))
        for number in range(CONNECTIONS)
    ]
    gevent.sleep(0.5)
    meanwhile = statuses(server, api(TOKEN), api(tokens[1001]), key(tokens[1002]))
    gevent.joinall(guessers, raise_error=True)
    told = sum((guesser.value for guesser in guessers), Counter())
    assert set(told) == {wrong, 429}
    assert WRONG.times <= told[wrong] < WRONG.times + AT_ONCE
    assert len([token for token in looked_up if token.startswith("guess")]) == told[wrong]
    after = statuses(server, api(TOKEN), api(tokens[1001]), key(tokens[1002]))
    assert meanwhile == after == {200: 2, 409: 1}  # nobody is being paged
