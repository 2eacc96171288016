"""`whisperpage groups accept` and `whisperpage users accept`."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def people(cli) -> None:
    cli.done("groups", "add", "managers")
    cli.done("users", "add", "1002@pbx")


@pytest.mark.parametrize("owner", [("groups", "default"), ("users", "1002@pbx")])
def test_entries_are_added_listed_and_removed(cli, owner: tuple[str, str]) -> None:
    kind, name = owner
    for allowed in ("group:managers", "1002@pbx"):
        cli.done(kind, "accept", "add", name, "--feature", "intercom", "--from", allowed)
    cli.done(kind, "accept", "remove", name, "--feature", "intercom", "--from", "group:managers")
    assert cli.done(kind, "accept", "list", name, "--json").json == [
        {"feature": "intercom", "from": "1002@pbx"}
    ]


def test_a_list_that_does_not_count_is_reported_with_the_remedy(cli) -> None:
    add = ("groups", "accept", "add", "default", "--feature", "whisper", "--from")
    note = cli.done(*add, "group:managers").err
    assert "default accepts none: `whisperpage groups set default --whisper-accept listed`" in note
    cli.done("groups", "set", "default", "--whisper-accept", "listed")
    assert "does not count" not in cli.done(*add, "1002@pbx").err


def test_the_remedy_for_a_user_is_a_command_of_users(cli) -> None:
    note = cli.done(
        "users", "accept", "add", "1002@pbx", "--feature", "intercom", "--from", "group:managers"
    ).err
    assert "`whisperpage users set 1002@pbx --intercom-accept listed`" in note


@pytest.mark.parametrize("what", ["add", "remove"])
def test_the_owner_of_a_list_must_be_known(cli, what: str) -> None:
    done = cli("groups", "accept", what, "nosuch", "--feature", "whisper", "--from", "1002@pbx")
    assert done.status == 1
    assert "no settings group nosuch" in done.err
