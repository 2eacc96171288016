"""`whisperpage messages`: what targets are told without a pager."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

LOBBY = {"for": "*", "name": "lobby", "number": 1, "sound": "visitor.wav", "words": None, "voice": None}
DOOR = {
    "for": "@pbx.test",
    "name": "door",
    "number": None,
    "sound": "ivr/door.wav",
    "words": None,
    "voice": None,
}


def test_there_is_no_message_in_the_beginning(cli) -> None:
    assert cli.done("messages", "list", "--json").json == []


def test_messages_are_added_listed_and_removed(cli) -> None:
    cli.done("messages", "add", "lobby", "--sound", "visitor.wav", "--number", "1")
    cli.done("messages", "add", "door", "--sound", "ivr/door.wav", "--for", "@pbx.test")
    assert cli.done("messages", "list", "--json").json == [LOBBY, DOOR]
    cli.done("messages", "remove", "door", "--for", "@pbx.test")
    assert cli.done("messages", "list", "--json").json == [LOBBY]


def test_a_message_that_is_there_or_is_not_there_is_said_so(cli) -> None:
    cli.done("messages", "add", "lobby", "--sound", "visitor.wav")
    assert cli("messages", "add", "lobby", "--sound", "visitor.wav").status == 1
    assert "no message 'door'" in cli("messages", "remove", "door").err


@pytest.fixture
def speaks(cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command that speaks; returns the folder of its sounds."""
    with wave.open(str(tmp_path / "sample.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16_000))
    for name, value in (("command", f"cp {tmp_path}/sample.wav {{file}}"), ("voices", "en, de")):
        monkeypatch.setenv(f"WHISPERPAGE_SPEECH_{name.upper()}", value)
    monkeypatch.setenv("WHISPERPAGE_SPEECH_FOLDER", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_a_text_is_added_with_its_voice_and_tried(cli, speaks: Path) -> None:
    cli.done("messages", "add", "door", "--words", "Besuch für Sie", "--voice", "de")
    [row] = cli.done("messages", "list", "--json").json
    assert (row["words"], row["voice"], row["sound"]) == ("Besuch für Sie", "de", None)
    told = cli.done("messages", "test", "door").out
    assert told.startswith(f"{speaks}/")
    assert told.endswith(".wav: 1.0 s\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--words", "x", "--voice", "fr"), "no voice 'fr'"),
        (("--words", "x", "--sound", "a.wav"), "give one of them"),
        ((), "give one of them"),
        (("--words", "x" * 10_240), "cannot be a message"),
        (("--words", "a\nb"), "cannot be a message"),
        (("--sound", "../a.wav"), "no '..'"),
    ],
)
def test_what_is_no_message_is_refused_in_one_sentence(
    cli, speaks: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = cli("messages", "add", "door", *words)
    assert done.status == 1
    assert sentence in done.err
    assert done.err.count("\n") == 1
    assert cli.done("messages", "list", "--json").json == []


def test_a_text_that_nothing_speaks_and_a_message_that_is_not_there_are_said_so(cli) -> None:
    cli.done("messages", "add", "door", "--words", "x")
    assert "speech_command is not set" in cli("messages", "test", "door").err
    assert "no message 'lobby'" in cli("messages", "test", "lobby").err


def test_a_message_is_sent_by_a_controller_that_runs(cli) -> None:
    refused = cli(
        "messages", "send", "lobby", "1002", "--from", "lobby@pbx.test", "--url", "http://127.0.0.1:1"
    )
    assert refused.status == 1
    assert refused.err.count("\n") == 1
