"""Mistakes in typing are reported with one sentence that helps."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from controller.cli import main


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_cells_may_be_separated_by_semicolons_or_tabs(cli, tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "a.csv").write_text(delimiter.join(("user", "pages_off")) + f"\n1001@a.test{delimiter}yes\n")
    assert cli.done("users", "import", "a.csv").out.startswith("1 added")
    assert cli.done("users", "show", "1001@a.test", "--json").json["pages_off"] is True


def test_users_are_imported_from_standard_input(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"user\n1001@a.test\n")))
    assert cli.done("users", "import", "-").out.startswith("1 added")


def test_a_dry_run_shows_each_change(cli, tmp_path: Path) -> None:
    cli.done("users", "add", "1001@a.test")
    cli.done("users", "add", "1003@a.test")
    (tmp_path / "a.csv").write_text(
        "user,pages_off,whisper_accept\n1001@a.test,yes,\n1002@a.test,no,all\n1003@a.test,no,\n"
    )
    lines = cli.done("users", "import", "a.csv", "--dry-run").out.splitlines()
    assert lines[0] == "1001@a.test: pages_off no -> yes"
    assert lines[1].startswith("1002@a.test: added (")
    assert "whisper_accept all" in lines[1]
    assert lines[2].startswith("Nothing was changed. Without --dry-run: 1 added, 1 changed, 1 left")
    assert cli.done("users", "show", "1001@a.test", "--json").json["pages_off"] is False


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("keys", "revoke", "abc"), "'abc' is no token's ID: write the number that `keys list` shows"),
        (("keys", "revoke", "0"), "'0' is no token's ID"),
        (
            ("groups", "set", "default", "--whisper-initiate", "--no-whisper-initiate"),
            "--whisper-initiate and --no-whisper-initiate contradict each other",
        ),
        (("group", "list"), "There is no command 'group': did you mean `whisperpage groups`?"),
        (("groups", "rename"), "There is no command 'rename': there are accept, add, list"),
        (("groups", "delete", "x"), "did you mean `whisperpage groups remove`?"),
        (("users", "show", "h\u00f6rer"), "'h\u00f6rer' is not a user"),
        (("users", "show", "1\u202e2@a"), "'1\\u202e2' is not an extension"),
    ],
)
def test_wrong_usage_is_reported_with_help(cli, arguments: tuple[str, ...], told: str) -> None:
    done = cli(*arguments)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert told in done.err


@pytest.mark.parametrize("command", ["show", "remove"])
def test_the_remedy_for_an_unknown_user_is_not_to_add_it(cli, command: str) -> None:
    done = cli("users", command, "1001@a.test")
    assert "`whisperpage users list` shows those that there are" in done.err


def test_a_rule_that_hides_the_others_is_added_with_a_warning(cli) -> None:
    done = cli.done("phones", "add", "*", "--kind", "desk", "--vendor", "any")
    assert "rules after it are no longer reached" in done.err
    assert "`whisperpage phones set '*' --position" in done.err


def test_a_rule_that_hides_no_other_is_added_without_a_warning(cli) -> None:
    done = cli.done("phones", "add", "Acme*", "--kind", "desk", "--vendor", "Acme")
    assert "no longer reached" not in done.err


def test_a_rule_that_differs_in_case_alone_is_refused(cli) -> None:
    cli.done("phones", "add", "Acme*", "--kind", "desk", "--vendor", "Acme")
    done = cli("phones", "add", "acme*", "--kind", "desk", "--vendor", "Acme")
    assert done.status == 1
    assert "There is a phone rule 'Acme*' already; case does not count" in done.err


@pytest.mark.parametrize("url", ["oracle://u:p@h/d", "mssql://u:p@h/d"])
def test_an_unknown_kind_of_database_recommends_no_package(
    cli, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", url)
    done = cli("groups", "list")
    assert done.status == 1
    assert "write it as sqlite:///FILE" in done.err
    assert "pip install" not in done.err


def test_a_short_password_does_not_garble_the_sentence(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", "postgresql://u:o@127.0.0.1:1/d")
    done = cli("groups", "list")
    assert done.status == 1
    assert "connection" in done.err
    assert "c***nnecti***n" not in done.err


def test_a_template_with_something_to_replace_says_so(cli) -> None:
    done = cli.done("keys", "template", "--vendor", "snom", "1001@a.test", "--page", "1002")
    assert "Replace TOKEN by what `whisperpage keys issue 1001@a.test` prints" in done.err
    assert "Replace http://CONTROLLER:8019 by" in done.err
    assert "Replace" not in done.out


def test_a_template_with_nothing_to_replace_says_nothing(cli) -> None:
    given = ("--token", "abc", "--url", "http://pbx:8019")
    assert cli.done("keys", "template", "--vendor", "snom", "1001@a.test", *given).err == ""


@pytest.mark.parametrize(
    "path", [("groups", "add"), ("users", "set"), ("phones", "test"), ("keys", "template")]
)
def test_the_example_in_the_help_is_one_line_that_can_be_copied(
    cli, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    (example,) = (line for line in cli.done(*path, "--help").out.splitlines() if "Example:" in line)
    command = main.whisperpage
    for name in path:
        command = command.get_command(None, name)
    assert example.strip() == command.epilog.removeprefix("\b\n")


def test_a_reader_that_closes_the_pipe_is_no_failure(cli, tmp_path: Path) -> None:
    code = "import sys; from controller.cli.main import main; sys.argv[1:] = ['phones', 'list']; main()"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
