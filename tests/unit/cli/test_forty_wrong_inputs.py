"""Forty wrong inputs, to commands, in the environment, in TOML and in CSV: one sentence that helps, each.

None is answered with a traceback, and none leaves anything half done: the database is as it was.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.unit.cli.conftest import CommandLine

COMMANDS = [
    ("groups add ''", 2, "'' is not a group's name: use 1 to 64 letters, digits or . _ -"),
    ("groups set default --whisper-initiate=yes", 2,
     "--whisper-initiate takes no value: write it alone, or --no-whisper-initiate for the opposite."),
    ("groups set default --whisper-initiate yes", 2, "--whisper-initiate takes no value"),
    ("groups set desk", 2, "Nothing to change is given."),
    ("groups remove default", 1, "The settings group default is protected: it cannot be removed."),
    ("users add sip:1002@a.test", 2, "'sip:1002' is not an extension"),
    ("users add 1001@A.TEST", 1, "1001@a.test already: change it with `whisperpage users set`."),
    ("users add 1002@a.test --group nosuch", 1, "`whisperpage groups list` shows those that there are."),
    ("users set 1001@a.test --pages-off true", 2, "--pages-off takes no value"),
    ("users set 1001@a.test --inherit whisper-accept --whisper-accept all", 2, "contradicts the value given"),
    ("users list --json --csv", 2, "--json and --csv contradict each other."),
    ("users import --from-switch --group nosuch", 1, "There is no settings group nosuch"),
    ("users accept add 1001@a.test --feature whisper --from 1002", 2, "write EXT@DOMAIN or group:NAME"),
    ("groups accept remove desk --feature whisper --from 1001@a.test", 1, "is not on the whisper list"),
    ("phones add 'Foo*' --kind desk --vendor Foo --position 1.5", 2,
     "--position is '1.5': use a whole number from -1000000 to 1000000."),
    ("phones add 'Foo*' --kind desk --vendor ''", 1, "'' is not a vendor"),
    ("keys issue 1009@a.test", 1, "There is no user 1009@a.test"),
    ("keys template --vendor snom 1001@a.test --first 0", 2, "use a whole number from 1 to 100."),
    ("keys template --vendor snom 1001@a.test --url ftp://pbx", 2, "write http://HOST:8019 or https://HOST"),
    ("pages --since 2099-01-01", 2, "'2099-01-01' is in the future: write a time that is past."),
    ("pages prune --older-than 2099-01-01 --yes", 2, "is in the future"),
    ("pages show 123", 2, "'123' is not a page's id"),
    ("explain '' 1002", 2, "'' is not an extension"),
    ("page 1001 'a b'", 2, "'a b' is not an extension"),
    ("watch --every nan --once", 2, "--every is 'nan': use a number from 0.2 to 3600."),
    ("watch --url pbx --once", 1, "'pbx' is no controller's address: write it as http://127.0.0.1:8019."),
    ("doctor --context 'a b'", 2, "'a b' is not a context's name"),
    ("completion tcsh", 2, "'tcsh' is not one of 'bash', 'zsh', 'fish'."),
    ("db downgrade", 2, "There is no command 'downgrade': there are current, upgrade."),
    ("--json groups list", 2, "There is no option --json here: options stand behind their command."),
]  # fmt: skip
ENVIRONMENT = [
    ("HISTORY_DAYS", "1_0", "history_days is '1_0': write a whole number."),
    ("SWITCH_URL", "esl://:a@127.0.0.1:0", "switch_url has the port 0, at which nobody listens"),
    ("SWITCH_URL", "esl://:a@127.0.0.1,", "switch_url has a comma, and no address behind it"),
    ("API_TOKEN_FILE", ".", "WHISPERPAGE_API_TOKEN_FILE names ., which cannot be read (Is a directory)."),
    ("HTTP_LISTEN", "8019", "http_listen is '8019': write HOST:PORT as in 127.0.0.1:8019"),
]
TOML = [
    (
        '[whisperpage]\nlog_level = "info"\n',
        "there is a table [whisperpage]: write the settings without",
    ),
    ('LOG_LEVEL = "info"\n', "unknown setting 'LOG_LEVEL'; did you mean log_level?"),
    ("command_deadline = true\n", "command_deadline is True: write a number of seconds."),
    ('switch_url = ["esl://:a@127.0.0.1"]\n', "write it as text in quotes."),
]
CSV = [
    ("", "It has no column user: the first line names the columns."),
    ("1001@a.test,desk\n", "Line 1: It has no column user: the first line names the columns."),
    ("user,group\n1002@a.test\n", "Line 2: 1 cell for 2 columns: write one for each."),
    ("user\r1002@a.test\r", "Line 1: Its lines end as on an old Macintosh"),
    ("user\n1002@a.test\n1002@A.test\n", "Line 3: 1002@a.test is on line 2 already"),
    ("user,group\n1002@a.test,desk\n1003@a.test,nosuch\n", "Line 3: There is no settings group nosuch"),
]


@pytest.fixture
def cli(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    """A command line with a group and a user, and without a switch or a controller."""
    monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", "esl://:x@127.0.0.1:1")
    monkeypatch.setenv("WHISPERPAGE_STATUS_SOCKET", f"{tmp_path}/status.sock")
    cli.done("groups", "add", "desk")
    cli.done("users", "add", "1001@a.test")
    return cli


def told(cli: CommandLine, status: int, sentence: str, *words: str) -> None:
    before = everything(cli)
    done = cli(*words)
    assert sentence in done.err
    assert (done.status, done.err.count("\n")) == (status, 1)
    assert done.err.startswith("whisperpage: ")
    assert "should not have" not in done.err
    assert everything(cli) == before


def everything(cli: CommandLine) -> list[str]:
    """All rows that commands could have changed, read without the mistake in the settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HISTORY_DAYS", "SWITCH_URL", "API_TOKEN_FILE", "HTTP_LISTEN", "CONFIG"):
            patch.delenv(f"WHISPERPAGE_{name}", raising=False)
        return [
            cli.done(kind, "list", "--json").out for kind in ("groups", "users", "phones", "keys", "pages")
        ]


@pytest.mark.parametrize(("line", "status", "sentence"), COMMANDS, ids=[line for line, _, _ in COMMANDS])
def test_a_mistake_on_the_command_line_gets_one_sentence(
    cli: CommandLine, line: str, status: int, sentence: str
) -> None:
    told(cli, status, sentence, *shlex.split(line))


@pytest.mark.parametrize(("name", "value", "sentence"), ENVIRONMENT)
def test_a_mistake_in_the_environment_gets_one_sentence(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"WHISPERPAGE_{name}", value)
    told(cli, 1, sentence, "config")


@pytest.mark.parametrize(("text", "sentence"), TOML)
def test_a_mistake_in_toml_gets_one_sentence(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, sentence: str
) -> None:
    monkeypatch.delenv("WHISPERPAGE_SWITCH_URL")
    (tmp_path / "own.toml").write_text(text)
    monkeypatch.setenv("WHISPERPAGE_CONFIG", "own.toml")
    told(cli, 1, sentence, "config")


@pytest.mark.parametrize(("text", "sentence"), CSV)
def test_a_mistake_in_csv_gets_one_sentence(
    cli: CommandLine, tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "users.csv").write_bytes(text.encode())
    told(cli, 1, sentence, "users", "import", "users.csv")


def test_at_least_forty_mistakes_are_tried() -> None:
    assert len(COMMANDS) + len(ENVIRONMENT) + len(TOML) + len(CSV) >= 40


# -- what looks wrong, and is meant -------------------------------------------------------------------------


def test_a_word_of_a_choice_may_be_in_capitals(cli: CommandLine) -> None:
    cli.done("groups", "set", "desk", "--whisper-accept", "ALL")
    assert cli.done("groups", "show", "desk", "--json").json["whisper_accept"] == "all"


def test_a_toml_file_with_a_byte_order_mark_is_read(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "own.toml").write_bytes(b'\xef\xbb\xbflog_level = "debug"\n')
    monkeypatch.setenv("WHISPERPAGE_CONFIG", "own.toml")
    assert "own.toml" in cli.done("config").out


def test_the_line_by_which_excel_names_the_separator_is_skipped_and_counted(
    cli: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("sep=;\nuser;group\n1002@a.test;desk\n")
    assert cli.done("users", "import", "a.csv").out.startswith("1 added")
    (tmp_path / "a.csv").write_text("sep=;\nuser;group\n1002@a.test;nosuch\n")
    assert "Line 3: There is no settings group nosuch" in cli("users", "import", "a.csv").err


def test_a_file_without_users_changes_nothing_and_claims_no_change(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("user\n")
    done = cli.done("users", "import", "a.csv")
    assert (done.out, done.err) == ("0 added, 0 changed, 0 left as they were.\n", "")
