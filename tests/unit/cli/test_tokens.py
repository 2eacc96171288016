"""`whisperpage tokens`: tokens of the API, and the listings of one domain."""

from __future__ import annotations

import json

import pytest

from tests.unit.cli.conftest import CommandLine, Done


def issued(cli: CommandLine, *words: str) -> str:
    return cli.done("tokens", "issue", *words).out.strip()


def listed(cli: CommandLine, *words: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(cli.done("tokens", "list", "--json", *words).out)
    return rows


def failed(cli: CommandLine, *words: str) -> Done:
    done = cli(*words)
    assert done.status == 1
    return done


def test_a_token_is_printed_once_and_listed_without_itself(cli: CommandLine) -> None:
    token = issued(cli, "--domain", "One.test", "--label", "tablet")
    assert len(token) > 40
    (row,) = listed(cli)
    assert (row["domain"], row["label"], row["revoked_at"]) == ("one.test", "tablet", None)
    assert token not in str(row)


def test_tokens_are_listed_by_domain(cli: CommandLine) -> None:
    issued(cli, "--domain", "one.test")
    issued(cli)
    assert [row["domain"] for row in listed(cli)] == ["one.test", ""]
    assert [row["domain"] for row in listed(cli, "--domain", "one.test")] == ["one.test"]


def test_a_token_is_revoked_by_its_id(cli: CommandLine) -> None:
    issued(cli)
    cli.done("tokens", "revoke", "1")
    assert listed(cli)[0]["revoked_at"]


def test_an_unknown_id_is_reported_with_the_command_that_lists_them(cli: CommandLine) -> None:
    assert "`whisperpage tokens list` shows those that there are" in failed(cli, "tokens", "revoke", "7").err


@pytest.mark.parametrize("domain", ["", "one test", "a/b"])
def test_an_invalid_domain_gets_no_token(cli: CommandLine, domain: str) -> None:
    assert cli("tokens", "issue", "--domain", domain).status == 2
    assert listed(cli) == []


def test_users_groups_and_pages_are_listed_by_domain(cli: CommandLine) -> None:
    cli.done("groups", "add", "sales@one.test")
    cli.done("users", "add", "1001@one.test", "--group", "sales@one.test")
    cli.done("users", "add", "1001@two.test")
    users = json.loads(cli.done("users", "list", "--domain", "two.test", "--json").out)
    assert [row["user"] for row in users] == ["1001@two.test"]
    groups = json.loads(cli.done("groups", "list", "--domain", "two.test", "--json").out)
    assert [row["name"] for row in groups] == ["default"]
    assert json.loads(cli.done("pages", "--domain", "two.test", "--json").out) == []


def test_a_user_cannot_be_put_into_a_group_of_another_domain(cli: CommandLine) -> None:
    cli.done("groups", "add", "sales@one.test")
    told = failed(cli, "users", "add", "1001@two.test", "--group", "sales@one.test").err
    assert "1001@two.test cannot be in the settings group sales@one.test" in told


def test_a_token_reads_and_pages_unless_it_is_for_something_else(cli: CommandLine) -> None:
    issued(cli)
    issued(cli, "--scope", "settings", "--scope", "read")
    assert [row["scopes"] for row in listed(cli)] == ["read page", "read settings"]


def test_a_kiosk_is_named_with_its_messages(cli: CommandLine) -> None:
    cli.done("messages", "add", "visitor", "--sound", "visitor.wav")
    words = "--domain", "one.test", "--scope", "kiosk", "--sender", "lobby", "--message", "visitor"
    assert "/lobby#TOKEN" in cli.done("tokens", "issue", *words).err
    (row,) = listed(cli)
    assert (row["scopes"], row["sender"], row["messages"]) == ("kiosk", "lobby", "visitor")
    assert "no message parcel" in failed(cli, "tokens", "issue", *words, "--message", "parcel").err


def test_what_is_no_scope_makes_no_token(cli: CommandLine) -> None:
    done = cli("tokens", "issue", "--scope", "all")
    assert done.status == 2
    assert "read, page, settings" in done.err.replace("'", "")
    assert listed(cli) == []
