"""`whisperpage demo --stay` as a process: other commands work with it, and it ends without a trace."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from tests.unit.cli.serving import get

MAIN = [sys.executable, "-c", "from controller.cli.main import main; main()"]
#: Seconds after which a process that hangs is killed, so that its test fails.
PATIENCE = 90.0


class Staying:
    """The process. `folder` is its working directory, where it would leave files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        own = {name: value for name, value in os.environ.items() if not name.startswith("WHISPERPAGE_")}
        self.environment = own | {"TMPDIR": str(self.temporary)}
        self.process = subprocess.Popen(
            [*MAIN, "demo", "--stay"],
            cwd=folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._watchdog = Timer(PATIENCE, self.process.kill)
        self._watchdog.start()

    def reads(self, text: str) -> str:
        """The output up to a line that has this text."""
        assert self.process.stdout
        seen = ""
        for line in self.process.stdout:
            seen += line
            if text in line:
                return seen
        raise AssertionError(f"it ended before {text!r}: {seen}")

    def ends(self, number: signal.Signals) -> tuple[int, str]:
        """Send it a signal; return its exit status and its standard error."""
        self.process.send_signal(number)
        _, errors = self.process.communicate()
        return self.process.returncode, errors.strip()

    def close(self) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.communicate()


class Office(Staying):
    """The process after its story, and commands in another terminal."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.told = self.reads("Ctrl-C ends it")
        self.exported = dict(re.findall(r"^ +export (WHISPERPAGE_\w+)=(\S*)$", self.told, re.M))
        self.environment |= self.exported
        self.environment["COLUMNS"] = "200"

    def run(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [*MAIN, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("stay"))
    yield office
    office.close()


def test_the_addresses_of_database_switch_and_http_are_printed(office: Office) -> None:
    assert "Everything was as it should be." in office.told
    assert set(office.exported) == {
        "WHISPERPAGE_DATABASE_URL",
        "WHISPERPAGE_SWITCH_URL",
        "WHISPERPAGE_HTTP_LISTEN",
        "WHISPERPAGE_API_TOKEN",
        "WHISPERPAGE_STATUS_SOCKET",  # empty: not the socket of a controller that this machine may have
    }
    assert get(f"http://{office.exported['WHISPERPAGE_HTTP_LISTEN']}/readyz")[0] == 200


def test_a_page_from_another_terminal_comes_up_and_can_be_watched(office: Office) -> None:
    status, said = office.run("page", "1001", "1002")
    assert (status, said.splitlines()[-1]) == (0, "Paging 1002@pbx.test.")
    status, said = office.run("watch", "--json")
    [switch] = [each for each in json.loads(said)["switches"] if each["switch"] == "pbx"]
    assert [page["target"] for page in switch["pages"]] == ["1002@pbx.test"]


def test_the_history_has_the_story(office: Office) -> None:
    status, said = office.run("pages", "--json")
    assert status == 0
    assert [each["reason"] or each["ending"] for each in json.loads(said)][-8:] == [
        "pager_hung_up",
        "conference",
        "pages_off",
        "blocked",
        "stopped",
        "replied",
        "replied",
        "stopped",
    ]


def test_a_setting_that_is_changed_is_in_effect_at_once(office: Office) -> None:
    assert "not_permitted" not in office.run("explain", "1004", "1005")[1]
    assert office.run("groups", "set", "default", "--no-intercom-initiate")[0] == 0
    assert "not_permitted" in office.run("explain", "1004", "1005")[1]
    assert office.run("groups", "set", "default", "--intercom-initiate")[0] == 0


def test_the_doctor_finds_everything_well(office: Office) -> None:
    status, said = office.run("doctor", "--json")
    assert [each for each in json.loads(said) if not each["right"]] == []
    assert status == 0


def test_control_c_ends_it_with_status_0_and_nothing_is_left(office: Office) -> None:
    assert list(office.temporary.iterdir())
    assert office.ends(signal.SIGINT) == (0, "")
    assert list(office.temporary.iterdir()) == []
    assert [each.name for each in office.folder.iterdir()] == ["tmp"]


def test_control_c_during_the_story_leaves_nothing_either(tmp_path: Path) -> None:
    staying = Staying(tmp_path)
    try:
        staying.reads("1. A client calls")
        assert staying.ends(signal.SIGINT) == (130, "")
        assert list(staying.temporary.iterdir()) == []
    finally:
        staying.close()
