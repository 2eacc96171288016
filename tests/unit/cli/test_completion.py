"""Completion: what a Tab offers, and how bash puts it into the line."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from controller.cli import glance, shells
from controller.config import Settings
from controller.simulator.office import Office
from tests.unit.cli.conftest import CommandLine

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.fixture
def cli(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A command line with a group, two users, a key and an attempt, and without a switch."""
    monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", "esl://:x@127.0.0.1:1")
    cli.done("groups", "add", "reception")
    cli.done("users", "add", "1002@pbx.test", "--group", "reception")
    cli.done("users", "add", "1003@pbx.test")
    cli.done("keys", "issue", "1002@pbx.test", "--label", "desk phone")
    return cli


def offered(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, words: str, breaks: str = BREAKS) -> list[str]:
    """What bash is offered when Tab is pressed behind `whisperpage WORDS`."""
    monkeypatch.setenv("_WHISPERPAGE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_LINE", f"whisperpage {words}")
    monkeypatch.setenv("COMP_WORDBREAKS", breaks)
    done = cli.done()
    assert done.err == ""
    return [line.removeprefix("plain,") for line in done.out.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("gr", ["groups"]),
        ("groups sh", ["show"]),
        ("groups show ", ["default", "reception"]),
        ("groups show rec", ["reception"]),
        ("groups show REC", ["reception"]),
        ("groups add ", []),
        ("groups set default --whisper-acc", ["--whisper-accept"]),
        ("groups set default --whisper-accept l", ["listed"]),
        ("users show ", ["1002@pbx.test", "1003@pbx.test"]),
        ("users show 1003", ["1003@pbx.test"]),
        ("users show 1003@p", ["pbx.test"]),
        ("users show 1003@", ["pbx.test"]),
        ("users set 1002@pbx.test --group d", ["default"]),
        ("users list --group=rec", ["reception"]),
        ("users add ", []),
        ("groups accept add default --feature whisper --from ", ["group:default", "group:reception",
                                                                 "1002@pbx.test", "1003@pbx.test"]),
        ("groups accept add default --feature whisper --from group:r", ["reception"]),
        ("groups accept add default --feature whisper --from 1002", ["1002@pbx.test"]),
        ("phones show Yea", [r"Yealink\*"]),
        (r"phones show Yealink\*", [r"Yealink\*"]),
        ("phones show 'yea", ["Yealink*"]),
        ("phones add Yea", []),
        ("keys issue 1002", ["1002@pbx.test"]),
        ("keys template --vendor sn", ["snom"]),
        ("keys revoke ", ["1"]),
        ("keys revoke 2", []),
        ("explain 1003", ["1003@pbx.test"]),
        ("page 1002@pbx.test 1003", ["1003@pbx.test"]),
        ("pages --user 1002", ["1002@pbx.test"]),
        ("completion z", ["zsh"]),
        ("users import ", ["file,"]),
    ],
)  # fmt: skip
def test_a_tab_offers_what_fits(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, words: str, found: list[str]
) -> None:
    assert offered(cli, monkeypatch, words) == found


def test_the_whole_name_is_offered_if_an_at_sign_begins_no_word(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offered(cli, monkeypatch, "users show 1003@p", breaks=" ") == ["1003@pbx.test"]


@pytest.mark.parametrize("words", ["groups show ", "users show ", "keys revoke ", "explain "])
def test_without_a_database_a_tab_offers_nothing_and_prints_nothing(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", "sqlite:////nowhere/a.db")
    assert offered(cli, monkeypatch, words) == []
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", "nonsense")
    assert offered(cli, monkeypatch, words) == []


def test_with_invalid_settings_a_tab_prints_nothing(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISPERPAGE_LOG_LEVL", "info")
    assert offered(cli, monkeypatch, "groups show ") == []


def test_a_database_that_is_no_plain_file_is_read_through_the_store(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", "sqlite:///test.db?timeout=3")
    assert offered(cli, monkeypatch, "groups show rec") == ["reception"]
    assert offered(cli, monkeypatch, "keys revoke ") == ["1"]


# -- the switch's users ------------------------------------------------------------------------------------

DIRECTORY = (
    '<section name="directory"><domain name="pbx.test"><user id="1002"/><user id="1009"/></domain></section>'
)


def test_a_user_of_the_switch_that_is_not_in_sql_is_offered_to_users_add(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glance, "ask", lambda address, call: DIRECTORY)
    assert offered(cli, monkeypatch, "users add 10") == ["1009@pbx.test"]


def test_users_with_a_phone_are_offered_as_pager_and_as_target(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = '{"row_count": 1, "rows": [{"reg_user": "1009", "realm": "pbx.test", "token": "x"}]}'
    monkeypatch.setattr(glance, "ask", lambda address, call: rows)
    assert offered(cli, monkeypatch, "page 10") == ["1002@pbx.test", "1003@pbx.test", "1009@pbx.test"]


@pytest.mark.parametrize(
    "answer", ["", "-ERR no", "{", "[]", '{"row_count": 0}', "<section", '{"rows": [{}]}']
)
def test_nothing_is_offered_if_the_switch_answers_nonsense(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(glance, "ask", lambda address, call: answer)
    assert offered(cli, monkeypatch, "users add 10") == []
    assert offered(cli, monkeypatch, "page 1003") == ["1003@pbx.test"]


# -- in the shell ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", shells.SHELLS)
def test_each_shell_has_its_script(cli: CommandLine, shell: str) -> None:
    out = cli.done("completion", shell).out
    assert "_WHISPERPAGE_COMPLETE" in out
    assert f"{shell}_complete" in out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=out, text=True, check=True)


def test_the_line_of_the_documents_makes_bash_complete_a_line(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "whisperpage"
    command.write_text(f"#!{sys.executable}\nfrom controller.cli.main import main\nmain()\n")
    command.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "INPUTRC": "/dev/null",
        "TERM": "dumb",
        "PS1": "$ ",
    }
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], environment)
    try:
        typed(terminal, 'eval "$(whisperpage completion bash)"; echo rea""dy\n', "ready")
        typed(terminal, "echo whisperpage; whisperpage users show 1003@\t", "1003@pbx.test ")
        typed(terminal, "\x15whisperpage groups show rec\t", "groups show reception ")
        typed(terminal, "\x15whisperpage phones show Yea\t", r"phones show Yealink\* ")
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


def typed(terminal: int, keys: str, until: str) -> None:
    """Type, and wait until the terminal shows something."""
    os.write(terminal, keys.encode())
    shown, deadline = "", time.monotonic() + 30
    while until not in re.sub(r"[\x07\r\x08]", "", shown):
        ready, _, _ = select.select([terminal], [], [], max(deadline - time.monotonic(), 0))
        assert ready, shown
        shown += os.read(terminal, 4096).decode()


# -- a look at a switch ------------------------------------------------------------------------------------


def test_a_switch_is_asked_over_a_plain_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    from gevent.threadpool import ThreadPool

    from controller.eventsocket import api

    with Office() as office:
        (address,) = Settings(switch_url=office.url).addresses
        told = ThreadPool(1).spawn(glance.ask, address, api.call("global_getvar", "domain")).get()
    assert told.strip() == "pbx.test"


def test_nothing_is_offered_if_the_switch_refuses_the_password() -> None:
    from gevent.threadpool import ThreadPool

    with Office() as office:
        settings = Settings(switch_url=office.url.replace("ClueCon", "wrong"))
        assert ThreadPool(1).spawn(glance.users, settings).get() == []


def test_a_tab_does_not_wait_for_a_silent_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(glance, "PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert glance.registered(Settings(switch_url=f"esl://:x@127.0.0.1:{port}")) == []
