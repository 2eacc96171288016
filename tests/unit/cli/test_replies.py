"""`whisperpage replies`: how a target answers a page by one key."""

from __future__ import annotations

FIRST = [
    {"for": "*", "key": "*1", "words": "I am coming", "declines": False},
    {"for": "*", "key": "*2", "words": "five minutes", "declines": False},
    {"for": "*", "key": "*3", "words": "I cannot", "declines": True},
]


def test_three_replies_are_there_for_all(cli) -> None:
    assert cli.done("replies", "list", "--json").json == FIRST


def test_a_reply_is_set_for_a_domain_and_removed_again(cli) -> None:
    cli.done("replies", "set", "8", "auf dem Weg", "--declines", "--for", "@pbx.test")
    own = {"for": "@pbx.test", "key": "*8", "words": "auf dem Weg", "declines": True}
    assert cli.done("replies", "list", "--json").json == [*FIRST, own]
    cli.done("replies", "remove", "8", "--for", "@pbx.test")
    assert cli.done("replies", "list", "--json").json == FIRST


def test_a_reply_of_a_group_that_is_not_there_is_refused(cli) -> None:
    refused = cli("replies", "set", "8", "yes", "--for", "nobody")
    assert refused.status == 1
    assert "There is no settings group nobody: " in refused.err


def test_words_that_cannot_be_printed_are_refused_in_one_sentence(cli) -> None:
    refused = cli("replies", "set", "8", "a\nb")
    assert refused.status == 1
    assert refused.err.count("\n") == 1
