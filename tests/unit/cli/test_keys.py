"""`whisperpage keys`."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def alice(cli) -> None:
    cli.done("users", "add", "1002@pbx")


def test_a_token_is_printed_alone_and_only_once(cli) -> None:
    done = cli.done("keys", "issue", "1002@pbx", "--label", "desk phone")
    token = done.out.strip()
    assert len(token) >= 40
    assert "cannot be shown again" in done.err
    assert token not in cli.done("keys", "list", "--json").out


def test_tokens_are_listed_for_all_or_for_one_user(cli) -> None:
    cli.done("users", "add", "1003@pbx")
    for user in ("1003@pbx", "1002@pbx"):
        cli.done("keys", "issue", user, "--label", "desk phone")
    assert [each["user"] for each in cli.done("keys", "list", "--json").json] == ["1002@pbx", "1003@pbx"]
    (found,) = cli.done("keys", "list", "--user", "1003@pbx", "--json").json
    assert (found["id"], found["label"]) == (1, "desk phone")
    assert (found["last_used_at"], found["revoked_at"]) == (None, None)


def test_a_revoked_token_is_listed_as_such(cli) -> None:
    cli.done("keys", "issue", "1002@pbx")
    cli.done("keys", "revoke", "1")
    (found,) = cli.done("keys", "list", "--json").json
    assert found["revoked_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["issue", "7@pbx"], "no user 7@pbx"),
        (["list", "--user", "7@pbx"], "no user 7@pbx"),
        (["revoke", "9"], "no token 9"),
    ],
)
def test_what_cannot_be_done_is_refused(cli, arguments: list[str], said: str) -> None:
    done = cli("keys", *arguments)
    assert done.status == 1
    assert said in done.err
