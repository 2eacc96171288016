"""The settings as they are read: from the defaults, one file, and the environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from controller import settings_sources
from controller.config import Settings
from controller.errors import SettingsError
from controller.settings_sources import load
from controller.switch_address import SwitchAddress


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a whisperpage.toml of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings_sources, "SYSTEM_FILE", str(tmp_path / "nowhere.toml"))
    return tmp_path


def test_defaults_need_no_file_and_no_environment() -> None:
    assert load({}) == Settings()
    assert Settings().addresses == (SwitchAddress("127.0.0.1", 8021, "ClueCon"),)


def test_environment_comes_before_the_file_and_the_file_before_the_defaults(elsewhere: Path) -> None:
    (elsewhere / "whisperpage.toml").write_text('log_level = "debug"\ncommand_deadline = 3\n')
    settings = load({"WHISPERPAGE_LOG_LEVEL": "error"})
    assert settings.log_level == "error"
    assert settings.command_deadline == 3.0


def test_a_whole_number_is_read_from_the_file_and_from_the_environment(elsewhere: Path) -> None:
    (elsewhere / "whisperpage.toml").write_text("history_days = 90\n")
    assert load({}).history_days == 90
    assert load({"WHISPERPAGE_HISTORY_DAYS": "30"}).history_days == 30


@pytest.mark.parametrize(("written", "meant"), [("true", True), ("false", False), ("True", True)])
def test_a_yes_or_no_is_read_from_the_file_and_from_the_environment(
    elsewhere: Path, written: str, meant: bool
) -> None:
    (elsewhere / "whisperpage.toml").write_text(f"show_on_displays = {written.lower()}\n")
    assert load({}).show_on_displays is meant
    assert load({"WHISPERPAGE_SHOW_ON_DISPLAYS": written}).show_on_displays is meant
    with pytest.raises(SettingsError, match="show_on_displays is 'maybe': write true or false"):
        load({"WHISPERPAGE_SHOW_ON_DISPLAYS": "maybe"})


def test_a_file_is_named_by_the_environment(elsewhere: Path) -> None:
    (elsewhere / "other.toml").write_text('log_level = "warning"')
    assert load({"WHISPERPAGE_CONFIG": str(elsewhere / "other.toml")}).log_level == "warning"


def test_a_value_may_be_in_a_file_that_the_environment_names(elsewhere: Path) -> None:
    (elsewhere / "secret").write_text("esl://controller%40eventsocket:pa55@pbx:8021\n")
    settings = load({"WHISPERPAGE_SWITCH_URL_FILE": str(elsewhere / "secret")})
    assert settings.addresses == (SwitchAddress("pbx", 8021, "pa55", "controller@eventsocket"),)


def test_a_value_is_not_given_twice(elsewhere: Path) -> None:
    (elsewhere / "secret").write_text("sqlite:///a.db")
    twice = {"WHISPERPAGE_DATABASE_URL": "sqlite:///b.db", "WHISPERPAGE_DATABASE_URL_FILE": "secret"}
    with pytest.raises(SettingsError, match="both set"):
        load(twice)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_value_in_a_file_that_cannot_be_read(elsewhere: Path, content: bytes | None) -> None:
    if content:
        (elsewhere / "secret").write_bytes(content)
    with pytest.raises(SettingsError, match="WHISPERPAGE_DATABASE_URL_FILE names secret") as raised:
        load({"WHISPERPAGE_DATABASE_URL_FILE": "secret"})
    assert str(raised.value).count("\n") == 0


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"WHISPERPAGE_CONFIG": "nowhere.toml"}, "nowhere.toml"),
        ({"WHISPERPAGE_LOG_LEVEL": "loud"}, "debug, info, warning, error"),
        ({"WHISPERPAGE_UNKNOWN_PHONE": "fax"}, "desk or soft"),
        ({"WHISPERPAGE_COMMAND_DEADLINE": "soon"}, "number of seconds"),
        ({"WHISPERPAGE_COMMAND_DEADLINE": "0"}, "0.1 to 60"),
        ({"WHISPERPAGE_COMMAND_DEADLINE": "nan"}, "0.1 to 60"),
        ({"WHISPERPAGE_MUTE_KEY": "55"}, "one digit"),
        ({"WHISPERPAGE_END_KEY": "#"}, "one digit"),
        ({"WHISPERPAGE_END_KEY": "5"}, "two digits"),
        ({"WHISPERPAGE_CALL_BACK_KEY": "*"}, "one digit"),
        ({"WHISPERPAGE_CALL_BACK_KEY": "${system(id)}"}, "one digit"),
        ({"WHISPERPAGE_CALL_BACK_MINUTES": "1441"}, "0 for no call backs"),
        ({"WHISPERPAGE_CALL_BACK_LIMIT": "0"}, "use 1 to 100"),
        ({"WHISPERPAGE_HISTORY_DAYS": "-1"}, "0 for ever"),
        ({"WHISPERPAGE_HISTORY_DAYS": "1.5"}, "whole number"),
        ({"WHISPERPAGE_PAGER_LIMIT": "30"}, "write it as 30/minute, or 0"),
        ({"WHISPERPAGE_TARGET_LIMIT": "-1/minute"}, "write it as 30/minute, or 0"),
        ({"WHISPERPAGE_TARGET_LIMIT": "00/minute"}, "write it as 30/minute, or 0"),
        ({"WHISPERPAGE_LOG_FORMAT": "xml"}, "console or json"),
        ({"WHISPERPAGE_STATUS_SOCKET": "status.sock"}, "write the whole path of a file"),
        ({"WHISPERPAGE_STATUS_SOCKET": "/run/"}, "write the whole path of a file"),
        ({"WHISPERPAGE_STATUS_SOCKET": "/" + "a" * 90}, "of at most 90 bytes"),
        ({"WHISPERPAGE_API_TOKEN": "short"}, "openssl rand"),
        ({"WHISPERPAGE_API_TOKEN": "long enough but with blanks"}, "openssl rand"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_sentence(environment: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        load(environment)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('colour = "red"', "unknown setting 'colour'"),
        ("log_level = 3", "in quotes"),
        ("log_level = ", "TOML"),
        (b"\xff\xfe", "TOML"),
    ],
)
def test_a_file_that_makes_no_sense_is_one_sentence(elsewhere: Path, text: str | bytes, told: str) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    (elsewhere / "whisperpage.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=told):
        load({})


@pytest.mark.parametrize(
    ("name", "likely"),
    [
        ("WHISPERPAGE_DATABASE", "did you mean WHISPERPAGE_DATABASE_URL?"),
        ("WHISPERPAGE_SWICTH_URL", "did you mean WHISPERPAGE_SWITCH_URL?"),
        ("WHISPERPAGE_ZZZ", "`whisperpage config --help`"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_likely_one(name: str, likely: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load({name: "x"})
    assert name in str(raised.value)
    assert likely in str(raised.value)


def test_a_variable_of_the_tests_is_no_mistake() -> None:
    assert load({"WHISPERPAGE_TEST_SWITCH_URL": "x"}) == Settings()


def test_the_file_in_etc_is_read_if_there_is_none_here(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_sources, "SYSTEM_FILE", str(elsewhere / "etc.toml"))
    (elsewhere / "etc.toml").write_text('mute_key = "1"\n')
    assert load({}).mute_key == "1"
    (elsewhere / "whisperpage.toml").write_text('mute_key = "2"\n')
    assert load({}).mute_key == "2"


@pytest.mark.parametrize("level", ["INFO", "Warning"])
def test_a_level_may_be_in_capitals(level: str) -> None:
    assert load({"WHISPERPAGE_LOG_LEVEL": level}).log_level == level.lower()


def test_a_file_that_may_not_be_read_is_one_sentence(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / "whisperpage.toml").write_text("")

    def denied(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", denied)
    with pytest.raises(SettingsError, match=r"whisperpage\.toml cannot be read \(Permission denied\): run"):
        load({})


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Files in folders that this user may not enter: put their paths into the set."""
    paths: set[str] = set()

    def unless_closed(answer: Callable[..., Any]) -> Callable[..., Any]:
        def asked(path: Path, *words: object, **options: object) -> object:
            if str(path) in paths:
                raise PermissionError(13, "Permission denied")
            return answer(path, *words, **options)

        return asked

    for name in ("is_file", "read_text"):
        monkeypatch.setattr(Path, name, unless_closed(getattr(Path, name)))
    return paths


def test_a_working_directory_that_may_not_be_entered_has_no_file(closed: set[str]) -> None:
    closed.add("whisperpage.toml")
    assert load({}) == Settings()


def test_defaults_do_not_replace_a_file_in_a_folder_that_may_not_be_entered(closed: set[str]) -> None:
    closed.add(settings_sources.SYSTEM_FILE)
    with pytest.raises(
        SettingsError, match=r"nowhere\.toml cannot be read \(Permission denied\): run this as"
    ):
        load({})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mysql://u:se:cr@et@h/d", "mysql://u:***@h/d"),
        ("postgresql://h/d?user=u&password=sec@ret", "postgresql://h/d?user=u&password=***"),
        ("mysql://u:one@h/d?passwd=two&charset=utf8mb4", "mysql://u:***@h/d?passwd=***&charset=utf8mb4"),
        ("sqlite:////var/lib/x.db", "sqlite:////var/lib/x.db"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert settings_sources.shown(settings_sources.Source("database_url", url, "x.toml")) == shown
