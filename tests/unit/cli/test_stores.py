"""The database of a command: which one it is, and that no command makes one by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller import settings_sources


@pytest.mark.parametrize(
    "arguments", [("groups", "list"), ("users", "add", "1001@a.test"), ("phones", "list"), ("pages",)]
)
def test_a_command_makes_no_database(bare_cli, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = bare_cli(*arguments)
    assert done.status == 1
    assert "sqlite:///test.db, named by WHISPERPAGE_DATABASE_URL, is not there" in done.err
    assert "run `whisperpage db upgrade`" in done.err
    assert not (tmp_path / "test.db").exists()


def test_a_mistyped_variable_is_refused_with_the_likely_one(
    cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("WHISPERPAGE_DATABASE_URL")
    monkeypatch.setenv("WHISPERPAGE_DATABASE", "sqlite:///other.db")
    done = cli("groups", "list")
    assert done.status == 1
    assert "did you mean WHISPERPAGE_DATABASE_URL?" in done.err
    assert not list(tmp_path.glob("whisperpage.db"))


@pytest.mark.parametrize(
    "arguments",
    [("groups", "add", "desk"), ("users", "add", "1@a.test"), ("phones", "remove", "Grandstream*")],
)
def test_a_change_names_the_database(cli, arguments: tuple[str, ...]) -> None:
    assert "Changed in sqlite:///test.db." in cli.done(*arguments).err


def test_the_file_in_etc_names_the_database(cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WHISPERPAGE_DATABASE_URL")
    Path(settings_sources.SYSTEM_FILE).write_text(f'database_url = "sqlite:///{tmp_path}/test.db"\n')
    assert f"{tmp_path}/test.db" in cli.done("groups", "add", "desk").err


def test_settings_are_shown_with_their_source_and_without_secrets(
    cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "whisperpage.toml").write_text('switch_url = "esl://u%40d:s3cr@t@pbx:8021"\nlamps = false\n')
    monkeypatch.setenv("WHISPERPAGE_API_TOKEN", "s3cr-token-of-the-api")
    done = cli.done("config", "--json")
    rows = {row["setting"]: (row["value"], row["from"]) for row in done.json}
    assert rows["switch_url"] == ("esl://u%40d:***@pbx:8021", "whisperpage.toml")
    assert rows["api_token"] == ("***", "WHISPERPAGE_API_TOKEN")
    assert rows["database_url"] == ("sqlite:///test.db", "WHISPERPAGE_DATABASE_URL")
    assert rows["lamps"] == ("false", "whisperpage.toml")
    assert rows["mute_key"] == ("5", "default")
    assert "s3cr" not in done.out


def test_a_user_with_tokens_is_not_removed_without_a_yes(cli) -> None:
    cli.done("users", "add", "1001@a.test")
    cli.done("keys", "issue", "1001@a.test")
    done = cli("users", "remove", "1001@a.test")
    assert done.status == 2
    assert "1 valid token will be deleted" in done.err
    assert cli("users", "show", "1001@a.test").status == 0
    assert "1 valid token" in cli.done("users", "remove", "1001@a.test", "--yes").err


def test_a_group_with_an_accept_list_is_not_removed_without_a_yes(cli) -> None:
    cli.done("groups", "add", "desk")
    cli.done("groups", "accept", "add", "desk", "--feature", "whisper", "--from", "group:default")
    assert "1 entry of its accept lists" in cli("groups", "remove", "desk").err
    assert cli("groups", "show", "desk").status == 0
    cli.done("groups", "remove", "desk", "--yes")


def test_a_removal_that_takes_nothing_else_with_it_needs_no_yes(cli) -> None:
    cli.done("users", "add", "1001@a.test")
    cli.done("users", "remove", "1001@a.test")
