"""Rows of messages that mean nothing, from before SQL refused them: whoever sends one gets one sentence (M1).

An administrator's script has written them. Neither the speech command nor the switch gets anything of them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from controller.cli.main import run
from controller.cli.remote import Remote
from controller.domain.console import Role
from controller.domain.names import UserName
from controller.store import console, key_tokens, users
from controller.web.app import build
from controller.web.feed import Feed
from controller.web.vitals import Vitals
from tests.contract.office import SimulatedOffice
from tests.unit.web.console.conftest import Browser

TOKEN = "0123456789abcdef-token"
ALICE = UserName("1001", "pbx.test")
#: The values of `words` and `sound`.
ROWS = {
    "10 kB": (10_000 * "nonsense", None),
    "line feed": ("nonsense\nbgapi status", None),
    "end of a command": ("nonsense\n\napi status", None),
    "escape": ("\x1b[2Jnonsense", None),
    "NUL": ("nonsense\0", None),
    "blank": (" ", None),
    "nothing": (None, None),
    "expansion": (None, "${system(nonsense)}"),
    "upwards": (None, "../nonsense.wav"),
    "arguments": (None, "a.wav nonsense\nbgapi status"),
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SimulatedOffice]:
    spoken = {"speech_command": f"touch {tmp_path}/spoken {{file}}", "speech_folder": f"{tmp_path}/kept"}
    with closing(SimulatedOffice(tmp_path, api_token=TOKEN, **spoken)) as office:
        office.target_calls()
        yield office
        assert not (tmp_path / "spoken").exists()


@pytest.fixture
def commands(office: SimulatedOffice) -> list[str]:
    """Every line that the switch is sent from now on by the controller."""
    sent: list[str] = []
    office.office.socket.faults.before = lambda line, number: sent.append(line) if number == 1 else None
    return sent


@pytest.fixture
def client(office: SimulatedOffice) -> Iterator[FlaskClient]:
    assert office.controller
    vitals = Vitals(office.controller)
    yield build(office.controller, vitals, Feed(office.controller)).test_client()
    vitals.stop()


def write(office: SimulatedOffice, words: str | None, sound: str | None) -> None:
    """Write a row as a script does on a database that does not refuse it."""
    with closing(sqlite3.connect(office.settings.database_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("DELETE FROM messages")
        row = "INSERT INTO messages (owner, name, number, words, sound) VALUES ('*', 'lobby', 1, ?, ?)"
        connection.execute(row, (words, sound))
        connection.commit()


def by_api(client: FlaskClient) -> str:
    body = {"message": "lobby", "from": "lobby@pbx.test", "to": ["1002"]}
    answer = client.post("/api/v1/messages", headers={"Authorization": f"Bearer {TOKEN}"}, json=body)
    assert answer.status_code == 400
    return str(answer.json["detail"])


def by_key(client: FlaskClient, token: str) -> str:
    answer = client.get(f"/keys/{token}/message/lobby/1002")
    assert answer.status_code == 400
    return answer.text.removesuffix("\n")


def by_console(browser: Browser) -> str:
    told: Any = browser.post("/console/tell", 400, ext="1002", message="lobby")
    return str(told["detail"])


def test_who_sends_a_message_that_is_none_gets_one_sentence(
    office: SimulatedOffice,
    client: FlaskClient,
    commands: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By the API, a key, the console and a command."""
    with office.store.unit() as unit:
        users.add(unit, ALICE, {})
        _, key = key_tokens.issue(unit, ALICE)
        _, secret = console.invite(unit, ALICE, Role.USER)
        unit.commit()
    browser = Browser(client.application, secret)

    def ask(_: Remote, method: str, path: str, sent: str | None = None, *__: float) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = client.open(path, method=method, headers=headers, json=json.loads(sent or "null"))
        return answer.status_code, answer.json

    monkeypatch.setattr(Remote, "_ask", ask)
    monkeypatch.setenv("WHISPERPAGE_API_TOKEN", TOKEN)
    command = ["messages", "send", "lobby", "1002", "--from", "lobby@pbx.test", "--url", "http://pbx.test"]
    for row, values in ROWS.items():
        write(office, *values)
        told = [by_api(client), by_key(client, key), by_console(browser)]
        assert run(command) == 1
        told.append(capsys.readouterr().err.removesuffix("\n").removeprefix("whisperpage: "))
        for sentence in told:
            assert sentence.isprintable(), row
            assert len(sentence) < 500, row
            assert "use " in sentence, row
        assert commands == [], row


def test_who_dials_a_message_that_is_none_is_refused(office: SimulatedOffice, commands: list[str]) -> None:
    for number, (row, values) in enumerate(ROWS.items(), 1):
        write(office, *values)
        assert office.cause(office.dial("1001", "*181*1002")) == "NORMAL_TEMPORARY_FAILURE", row
        office.wait(lambda number=number: len(office.attempts()) == number, "the attempt")
        office.attempt(treatment="refused", reason="not_spoken", message="lobby")
    words = ("nonsense", "originate", "loopback")
    assert [each for each in commands if any(word in each for word in words)] == []
