"""`whisperpage console`: invitations; and the audit of what commands change."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

import pytest

from tests.unit.cli.conftest import CommandLine

ANNA = "1001@one.test"


def states(cli: CommandLine) -> list[str]:
    return [row["state"] for row in cli.done("console", "list", "--json").json]


def audited() -> list[tuple[str, ...]]:
    with sqlite3.connect("test.db") as database:
        return database.execute("SELECT actor, what, details FROM audit ORDER BY at").fetchall()


def test_an_invitation_is_a_link_that_is_printed_once(cli: CommandLine) -> None:
    done = cli.done("console", "invite", ANNA, "--url", "https://pbx.example.org/")
    link = re.fullmatch(r"https://pbx\.example\.org/login/([\w-]{43})\n", done.out)
    assert link
    assert link[1] not in cli.done("console", "list", "--json").out
    assert "console revoke 1" in done.err


def test_a_link_leads_to_the_address_of_the_settings(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISPERPAGE_HTTP_LISTEN", "127.0.0.1:9000")
    assert cli.done("console", "invite", ANNA).out.startswith("http://127.0.0.1:9000/login/")


def test_an_invitation_is_listed_with_its_role_and_ended_by_its_id(cli: CommandLine) -> None:
    cli.done("console", "invite", ANNA, "--role", "tenant")
    (row,) = cli.done("console", "list", "--json").json
    assert (row["user"], row["role"], row["state"]) == (ANNA, "tenant", "open")
    cli.done("console", "revoke", "1")
    assert states(cli) == ["revoked"]


def test_invitations_are_listed_by_domain(cli: CommandLine) -> None:
    cli.done("console", "invite", ANNA)
    cli.done("console", "invite", "1001@two.test")
    (row,) = cli.done("console", "list", "--json", "--domain", "two.test").json
    assert row["user"] == "1001@two.test"


def test_an_unknown_invitation_is_told_with_where_they_are(cli: CommandLine) -> None:
    done = cli("console", "revoke", "7")
    assert done.status == 1
    assert "`whisperpage console list` shows those that there are" in done.err


@pytest.mark.parametrize("words", [("--role", "root"), ("--days", "0"), ("--url", "ftp://x")])
def test_a_wrong_option_makes_no_invitation(cli: CommandLine, words: tuple[str, ...]) -> None:
    assert cli("console", "invite", ANNA, *words).status == 2
    assert states(cli) == []


def test_a_change_by_a_command_is_in_the_audit(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "anna")
    cli.done("groups", "set", "default", "--whisper-initiate", "--whisper-accept", "all")
    assert audited() == [
        (
            "anna, by the command line",
            "group changed default",
            "whisper_initiate: no -> yes, whisper_accept: none -> all",
        )
    ]


def test_a_login_without_a_name_is_in_the_audit_by_its_number(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_001)
    cli.done("groups", "add", "sales")
    assert audited()[0][0] == "4000000001, by the command line"


def test_an_import_is_one_row_of_the_audit(cli: CommandLine) -> None:
    Path("users.csv").write_text(f"user\n{ANNA}\n1002@one.test\n")
    cli.done("users", "import", "users.csv")
    assert [row[1:] for row in audited()] == [("users imported users.csv", "2 added, 0 changed")]


def test_a_command_that_fails_is_not_in_the_audit(cli: CommandLine) -> None:
    assert cli("users", "set", ANNA, "--group", "sales").status == 1
    assert audited() == []


def test_a_link_is_not_in_the_audit(cli: CommandLine) -> None:
    link = cli.done("console", "invite", ANNA).out.strip()
    assert link.rpartition("/")[2] not in str(audited())
