"""Every error is one sentence on stderr, with the exit status that scripts rely on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from controller.cli import groups, main
from controller.errors import WhisperPageError


def test_done_is_status_0(cli) -> None:
    assert cli("groups", "list").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["nosuch"],
        ["groups", "nosuch"],
        ["groups", "add"],
        ["groups", "set", "default"],
        ["groups", "list", "--nosuch"],
    ],
)
def test_wrong_usage_is_status_2_and_one_line(cli, arguments: list[str]) -> None:
    done = cli(*arguments)
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("whisperpage: ")
    assert done.err.count("\n") == 1
    assert "--help`" in done.err


def test_a_refusal_is_status_1_and_one_line(cli) -> None:
    cli.done("db", "upgrade")
    done = cli("groups", "show", "nosuch")
    assert (done.status, done.err.count("\n")) == (1, 1)


@pytest.mark.parametrize("arguments", [[], ["groups"], ["users", "accept"]])
def test_a_group_of_commands_alone_shows_its_help(cli, arguments: list[str]) -> None:
    done = cli(*arguments)
    assert done.status == 2
    assert "Commands:" in done.err


def failing(error: BaseException) -> click.Command:
    def fail() -> None:
        raise error

    return click.Command("groups", callback=fail)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (WhisperPageError("Sorry."), 1),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (click.FileError("x"), 1),
    ],
)
def test_each_error_has_its_status(
    cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
) -> None:
    monkeypatch.setattr(groups, "groups", failing(error))
    assert cli("groups").status == status


def test_an_unexpected_error_is_one_sentence_that_says_how_to_see_more(
    cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "groups", failing(ValueError("un\nexpected")))
    done = cli("groups")
    assert done.status == 1
    assert done.err.count("\n") == 1
    assert "ValueError: un expected" in done.err
    assert "WHISPERPAGE_LOG_LEVEL=debug" in done.err


def test_an_unexpected_error_has_a_traceback_on_request(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "groups", failing(ValueError("unexpected")))
    monkeypatch.setenv("WHISPERPAGE_LOG_LEVEL", "debug")
    assert "Traceback" in cli("groups").err


def test_invalid_settings_are_reported(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", "nonsense")
    done = cli("groups", "list")
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "database_url is not a database's URL" in done.err


@pytest.mark.parametrize("number", range(len(main.COMMANDS)))
def test_the_overview_has_the_short_help_of_each_command(number: int) -> None:
    name, text = list(main.COMMANDS.items())[number]
    with click.Context(main.whisperpage) as context:
        command = main.whisperpage.get_command(context, name)
    assert command is not None
    assert (command.help or "").splitlines()[0] == text


def python(code: str, folder: Path) -> str:
    environment = {**os.environ, "WHISPERPAGE_DATABASE_URL": "sqlite:///test.db"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    code = "from controller.cli.main import main; import sys; sys.argv = ['whisperpage', {}]; main()"
    python(code.format("'db', 'upgrade'"), tmp_path)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", code.format("'phones', 'list'")],
        cwd=tmp_path,
        env={**os.environ, "WHISPERPAGE_DATABASE_URL": "sqlite:///test.db"},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert done.stderr == b""
