"""Hostile input in every place that takes a value: one sentence, and nothing is changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

VALUES = [
    "",
    "1" * 400 + "@pbx",
    "1002@p\r\nbx",
    "10\n02@pbx",
    "${system(id)}@pbx",
    "10'02@pbx",
    '10"02@pbx',
    "10}02@pbx",
    "10\x0002@pbx",
    "\x1b[31m@pbx",
    "\udcff@pbx",
    "x" * 1_000_000,
    "'; DROP TABLE users; --",
]
KIOSK = ("--scope", "kiosk", "--domain", "pbx")
PLACES = [
    ("users", "add", "{}"),
    ("users", "set", "{}", "--pages-off"),
    ("users", "show", "{}"),
    ("users", "remove", "{}"),
    ("users", "add", "1003@pbx", "--group", "{}"),
    ("users", "set", "1002@pbx", "--header", "{}"),
    ("users", "set", "1002@pbx", "--phone-kind", "{}"),
    ("users", "set", "1002@pbx", "--inherit", "{}"),
    ("users", "accept", "add", "1002@pbx", "--feature", "whisper", "--from", "{}"),
    ("users", "accept", "add", "{}", "--feature", "whisper", "--from", "group:default"),
    ("groups", "add", "{}"),
    ("groups", "set", "default", "--whisper-accept", "{}"),
    ("groups", "remove", "{}"),
    ("groups", "accept", "remove", "default", "--feature", "{}", "--from", "group:default"),
    ("phones", "set", "{}", "--kind", "desk"),
    ("phones", "remove", "{}"),
    ("phones", "add", "Acme*", "--vendor", "Acme", "--kind", "{}"),
    ("phones", "add", "Acme*", "--vendor", "Acme", "--kind", "desk", "--header", "{}"),
    ("phones", "set", "Yealink*", "--position", "{}"),
    ("phones", "show", "{}"),
    ("keys", "issue", "{}"),
    ("keys", "issue", "1002@pbx", "--label", "{}\n"),
    ("keys", "list", "--user", "{}"),
    ("keys", "revoke", "{}"),
    ("pages", "show", "{}"),
    ("pages", "prune", "--older-than", "{}"),
    ("pages", "--since", "{}"),
    ("pages", "--user", "{}"),
    ("pages", "--limit", "{}"),
    ("messages", "add", "{}", "--sound", "a.wav"),
    ("messages", "add", "lobby", "--sound", "{}"),
    ("messages", "add", "lobby", "--sound", "a.wav", "--for", "{}"),
    ("messages", "add", "lobby", "--sound", "a.wav", "--number", "{}"),
    ("messages", "add", "lobby", "--words", "x", "--voice", "{}a"),
    ("messages", "remove", "{}"),
    ("messages", "test", "{}"),
    ("messages", "send", "{}", "1002@pbx", "--from", "1001@pbx"),
    ("messages", "send", "door", "{}", "--from", "1001@pbx"),
    ("messages", "send", "door", "1002@pbx", "--from", "{}"),
    ("replies", "set", "{}", "on my way"),
    ("replies", "set", "1", "{}\n"),
    ("replies", "set", "1", "on my way", "--for", "{}"),
    ("replies", "remove", "{}"),
    ("replies", "remove", "1", "--for", "{}"),
    ("tokens", "issue", *KIOSK, "--message", "door", "--sender", "{}"),
    ("tokens", "issue", *KIOSK, "--sender", "lobby", "--message", "{}"),
    ("page-groups", "add", "{}"),
    ("page-groups", "remove", "{}"),
    ("page-groups", "members", "add", "600", "{}"),
    ("page-groups", "members", "remove", "600", "{}"),
    ("page", "{}", "1002@pbx", "--reverse"),
    ("page", "1001@pbx", "{}", "--reverse"),
    ("explain", "{}", "1002@pbx", "--reverse"),
    ("explain", "1001@pbx", "{}", "--reverse"),
    ("call-backs", "remove", "1002@pbx", "{}"),
    ("{}",),
]


ROWS = """
INSERT INTO users (extension, domain) VALUES ('1002', 'pbx');
INSERT INTO messages (owner, name, sound) VALUES ('*', 'door', 'a.wav');
INSERT INTO page_groups (extension) VALUES ('600');
"""


@pytest.fixture
def before(cli, tmp_path: Path) -> list[str]:
    with closing(sqlite3.connect(tmp_path / "test.db")) as connection:
        connection.executescript(ROWS)
    return everything(tmp_path)


def everything(folder: Path) -> list[str]:
    """Every row of every table, the audit among them."""
    with closing(sqlite3.connect(folder / "test.db")) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_hostile_input_gets_one_sentence_and_changes_nothing(
    cli, tmp_path: Path, before: list[str], place: tuple[str, ...]
) -> None:
    for value in VALUES:
        done = cli(*(word.replace("{}", value) for word in place))
        assert done.status in (1, 2)
        assert done.out == ""
        assert done.err.startswith("whisperpage: ")
        assert done.err.count("\n") == 1
        assert done.err.strip().isprintable()
        assert len(done.err) < 800
        assert "Something went wrong" not in done.err
    assert everything(tmp_path) == before
