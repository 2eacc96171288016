"""`whisperpage messages`: what targets are told without a pager."""

from __future__ import annotations

LOBBY = {"for": "*", "name": "lobby", "number": 1, "sound": "visitor.wav", "words": None}
DOOR = {"for": "@pbx.test", "name": "door", "number": None, "sound": "ivr/door.wav", "words": None}


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


def test_a_message_is_sent_by_a_controller_that_runs(cli) -> None:
    refused = cli(
        "messages", "send", "lobby", "1002", "--from", "lobby@pbx.test", "--url", "http://127.0.0.1:1"
    )
    assert refused.status == 1
    assert refused.err.count("\n") == 1
