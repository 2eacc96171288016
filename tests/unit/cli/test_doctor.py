"""`whisperpage doctor`, on a switch of which each test says what it does."""

from __future__ import annotations

import pytest

from controller.doctor import audio, installation, trial
from controller.switch.topology import Party
from tests.unit.cli.conftest import CommandLine
from tests.unit.doctor.fakes import FakeSwitch


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch, cli: CommandLine) -> FakeSwitch:
    """Everything is right on it, and in the database."""
    for name, seconds in (("PATIENCE", 0.1), ("SETTLE", 0.03), ("HEARING", 0.05), ("HANG_UP", 0.2)):
        monkeypatch.setattr(trial, name, seconds)
    fake = FakeSwitch()
    for module in (audio, installation):
        monkeypatch.setattr(module, "Connection", lambda address, timeout: fake)
    cli.done("db", "upgrade")
    return fake


def test_it_says_of_each_thing_that_it_is_right(cli: CommandLine, switch: FakeSwitch) -> None:
    lines = cli.done("doctor").out.splitlines()
    assert len(lines) == 6
    assert all(line.startswith("ok ") for line in lines)
    assert switch.legs == []


def test_what_is_wrong_comes_with_what_to_do_and_fails(cli: CommandLine, switch: FakeSwitch) -> None:
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


def test_a_leak_is_marked_told_once_and_fails(cli: CommandLine, switch: FakeSwitch) -> None:
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
    }


def test_a_cell_is_a_line_of_csv(cli: CommandLine, switch: FakeSwitch) -> None:
    lines = cli.done("doctor", "--audio", "--csv").out.splitlines()
    assert lines[0] == "what,right,found,fix,switch"
    assert "page: target hears pager,true,yes,,127.0.0.1:8021" in lines


def test_audio_that_cannot_be_tried_fails_and_says_why(cli: CommandLine, switch: FakeSwitch) -> None:
    switch.answers["event json"] = "-ERR permission denied"
    done = cli("doctor", "--audio")
    assert done.status == 1
    assert "Who hears whom" not in done.out
    assert "FAIL audio: could not be tried to the end" in done.out


def test_each_of_several_switches_is_listened_to(
    cli: CommandLine, switch: FakeSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", "esl://:a@one:8021,esl://:b@two:8021")

    def fresh(address: object, timeout: float) -> FakeSwitch:
        return FakeSwitch()

    monkeypatch.setattr(audio, "Connection", fresh)
    rows = cli.done("doctor", "--audio", "--json").json
    heard = [row["switch"] for row in rows if row["what"].startswith("page: ")]
    assert heard == ["one:8021"] * 9 + ["two:8021"] * 9
