"""`whisperpage doctor`, on a fake switch whose answers are chosen by the test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.cli import remote
from controller.config import Settings
from controller.doctor import audio, installation, trial
from controller.doctor.installation import PERMIT, WELL_KNOWN
from controller.errors import LoginRefused
from controller.switch.topology import Party
from controller.switch_address import SwitchAddress
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.controllers import Controller, answering
from tests.unit.doctor.fakes import FakeSwitch


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch, cli: CommandLine) -> FakeSwitch:
    """A switch on which everything is right, with a database in which everything is right."""
    for name, seconds in (("PATIENCE", 0.1), ("SETTLE", 0.03), ("HEARING", 0.05), ("HANG_UP", 0.2)):
        monkeypatch.setattr(trial, name, seconds)
    fake = FakeSwitch()

    def connection(address: SwitchAddress, timeout: float) -> FakeSwitch:
        return Closed() if address.password == WELL_KNOWN else fake

    for module in (audio, installation):
        monkeypatch.setattr(module, "Connection", connection)
    monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", "esl://:secret@127.0.0.1:8021")
    cli.done(*PERMIT.split()[1:])
    return fake


class Closed(FakeSwitch):
    """A switch that does not know this password."""

    def connect(self) -> None:
        raise LoginRefused("no")


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    """A controller that is ready."""
    with answering() as controller:
        controller.body = '{"ok": true, "parts": []}'
        monkeypatch.setenv("WHISPERPAGE_HTTP_LISTEN", f"127.0.0.1:{controller.server_port}")
        yield controller


def test_each_thing_that_is_right_is_printed_as_right(cli: CommandLine, switch: FakeSwitch) -> None:
    lines = cli.done("doctor").out.splitlines()
    assert len(lines) == 12
    assert all(line.startswith("ok ") for line in lines)
    assert switch.legs == []


def test_the_output_for_a_healthy_installation_is_in_the_documents(
    cli: CommandLine, switch: FakeSwitch, ready: Controller
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "doctor.md").read_text()
    [shown] = re.findall(r"```\n(ok .*?)```", page, re.S)
    said = cli.done("doctor").out
    said = said.replace(ready.url, Settings().status_socket)
    said = said.replace("sqlite:///test.db", "sqlite:////var/lib/whisperpage/whisperpage.db")
    assert said == shown
    table = page[page.index("| line |") :]
    for line in shown.splitlines():
        kind = re.split(r"[ :]", line.removeprefix("ok   "))[0]
        assert f"| `{kind}" in table


def test_a_missing_controller_is_reported_with_the_command_that_starts_one(
    cli: CommandLine, switch: FakeSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISPERPAGE_HTTP_LISTEN", "127.0.0.1:1")
    done = cli("doctor")
    assert done.status == 1
    assert "FAIL controller: none is seen at http://127.0.0.1:1\n     Start it: `sudo systemctl" in done.out


def test_a_controller_that_is_not_ready_is_reported_with_its_reason(
    cli: CommandLine, switch: FakeSwitch, ready: Controller
) -> None:
    parts = [
        {"ok": True, "part": "history", "trouble": ""},
        {"ok": False, "part": "x", "trouble": "It is ill."},
    ]
    ready.code, ready.body = 503, json.dumps({"ok": False, "parts": parts})
    done = cli("doctor")
    assert done.status == 1
    assert f"FAIL controller: serves at {ready.url}, and is not ready\n     It is ill.\n" in done.out


@pytest.mark.parametrize(("code", "body"), [(200, "<html>"), (404, "{}"), (200, '{"parts": 3}')])
def test_another_program_is_not_taken_for_a_controller(
    cli: CommandLine, switch: FakeSwitch, ready: Controller, code: int, body: str
) -> None:
    ready.code, ready.body = code, body
    assert "FAIL controller: none is seen" in cli("doctor").out


def test_a_controller_with_another_users_socket_is_reported_with_the_user(
    cli: CommandLine, switch: FakeSwitch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "status.sock").touch()
    monkeypatch.setattr(remote._BySocket, "connect", refuse)
    monkeypatch.setenv("WHISPERPAGE_STATUS_SOCKET", f"{tmp_path}/status.sock")
    monkeypatch.setenv("WHISPERPAGE_HTTP_LISTEN", "")
    done = cli("doctor")
    assert "FAIL controller: cannot be asked\n     Only the controller's own user" in done.out


def test_missing_rights_are_reported_with_the_line_that_permits_pages(
    cli: CommandLine, switch: FakeSwitch
) -> None:
    cli.done("groups", "set", "default", "--no-whisper-initiate", "--no-intercom-initiate")
    done = cli("doctor")
    assert done.status == 1
    assert f"Run `{PERMIT}`" in done.out.replace("run", "Run")


def test_a_warning_comes_with_what_to_do_and_fails_nothing(
    cli: CommandLine, switch: FakeSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "Connection", lambda address, timeout: switch)
    done = cli.done("doctor")
    assert "WARN password: is ClueCon, which everybody knows\n     Change it in" in done.out


def test_a_fault_comes_with_what_to_do_and_fails(cli: CommandLine, switch: FakeSwitch) -> None:
    switch.answers["module_exists mod_sofia"] = "false"
    done = cli("doctor")
    assert done.status == 1
    assert "FAIL modules: 6 of 7 loaded\n     Load mod_sofia in modules.conf.xml" in done.out


def test_audio_shows_who_hears_whom(cli: CommandLine, switch: FakeSwitch) -> None:
    out = cli.done("doctor", "--audio").out
    page = out[out.index("\n  page ") :].splitlines()[1:4]
    assert [line.split() for line in page] == [
        ["page", "pager", "-", "yes", "-"],
        ["target", "yes", "-", "yes"],
        ["far", "party", "-", "yes", "-"],
    ]


def test_a_leak_is_marked_and_reported_once_and_fails(cli: CommandLine, switch: FakeSwitch) -> None:
    switch.leaks = {(Party.FAR, Party.PAGER), (Party.PAGER, Party.FAR)}
    done = cli("doctor", "--audio")
    assert done.status == 1
    assert done.out.count("wrongly") == 2
    assert "FAIL page: far party hears pager: yes" in done.out
    assert done.out.count("Do not page on this switch") == 1


def test_a_cell_is_a_row_for_scripts(cli: CommandLine, switch: FakeSwitch) -> None:
    rows = {row["what"]: row for row in cli.done("doctor", "--audio", "--json").json}
    assert rows["page: far party hears pager"] == {
        "what": "page: far party hears pager",
        "right": True,
        "found": "no",
        "fix": "",
        "switch": "127.0.0.1:8021",
        "needed": True,
    }


def test_a_cell_is_a_line_of_csv(cli: CommandLine, switch: FakeSwitch) -> None:
    lines = cli.done("doctor", "--audio", "--csv").out.splitlines()
    assert lines[0] == "what,right,found,fix,switch,needed"
    assert "page: target hears pager,true,yes,,127.0.0.1:8021,true" in lines


def test_a_trial_of_audio_that_is_impossible_fails_and_says_why(cli: CommandLine, switch: FakeSwitch) -> None:
    switch.answers["event json"] = "-ERR permission denied"
    done = cli("doctor", "--audio")
    assert done.status == 1
    assert "Who hears whom" not in done.out
    assert "FAIL audio: could not be tried to the end" in done.out


def test_the_audio_of_each_of_several_switches_is_tried(
    cli: CommandLine, switch: FakeSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", "esl://:a@one:8021,esl://:b@two:8021")

    def fresh(address: object, timeout: float) -> FakeSwitch:
        return FakeSwitch()

    monkeypatch.setattr(audio, "Connection", fresh)
    rows = cli.done("doctor", "--audio", "--json").json
    heard = [row["switch"] for row in rows if row["what"].startswith("page: ")]
    assert heard == ["one:8021"] * 9 + ["two:8021"] * 9
