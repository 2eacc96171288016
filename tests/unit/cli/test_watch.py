"""`whisperpage watch`, for scripts and in a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.cli.watch import Poller
from controller.errors import ControllerAway
from tests.unit.cli.controllers import TOKEN, Controller, answering, page, status, switch


@pytest.fixture
def controller(monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    with answering() as controller:
        monkeypatch.setenv("WHISPERPAGE_HTTP_LISTEN", f"127.0.0.1:{controller.server_port}")
        monkeypatch.setenv("WHISPERPAGE_API_TOKEN", TOKEN)
        yield controller


# -- for scripts -------------------------------------------------------------------------------------------


def test_once_shows_the_picture(cli, controller: Controller) -> None:
    done = cli.done("watch", "--once")
    assert "127.0.0.1:8021" in done.out
    assert "1002@pbx.test" in done.out
    assert "\x1b" not in done.out


def test_output_that_is_no_terminal_is_wide_enough_for_everything(cli, controller: Controller) -> None:
    controller.body = status_text(page(target="9" * 60))
    assert "9" * 60 in cli.done("watch", "--once").out


def status_text(*pages: dict[str, object]) -> str:
    return json.dumps(status(switch(*pages)))


def test_json_is_the_answer_of_the_api(cli, controller: Controller) -> None:
    assert cli.done("watch", "--json").json == status(switch(page()))


def test_another_controller_is_chosen_by_its_url(cli, controller: Controller, monkeypatch) -> None:
    monkeypatch.setenv("WHISPERPAGE_HTTP_LISTEN", "")
    assert cli.done("watch", "--json", "--url", controller.url).json["version"] == "0.1.0"


@pytest.mark.parametrize("option", ["--once", "--json"])
def test_a_controller_that_is_away_is_status_1_and_one_line(cli, controller: Controller, option: str) -> None:
    done = cli("watch", option, "--url", "http://127.0.0.1:1")
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert "does not answer" in done.err


def test_watching_without_a_terminal_is_refused(cli, controller: Controller) -> None:
    done = cli("watch")
    assert done.status == 2
    assert "--once or --json" in done.err


def test_watching_needs_no_database_and_no_gevent(controller: Controller, tmp_path: Path) -> None:
    code = (
        "import sys; from controller.cli.main import run; run(['watch', '--once']); "
        "print(*(name for name in ('sqlalchemy', 'gevent', 'flask') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == ""


# -- asking again and again --------------------------------------------------------------------------------


def test_a_controller_that_goes_away_is_reported_and_asked_again() -> None:
    answers: list[dict[str, object] | ControllerAway] = [status(), ControllerAway("It is away."), status()]

    def ask() -> dict[str, object]:
        answer = answers.pop(0)
        if isinstance(answer, ControllerAway):
            raise answer
        return answer

    poller = Poller(ask, 2)
    poller.once()
    assert (poller.status, poller.trouble) == (status(), "")
    poller.once()
    assert (poller.status, poller.trouble) == (None, "It is away. Trying again every 2 s.")
    poller.once()
    assert (poller.status, poller.trouble) == (status(), "")


# -- in a terminal -----------------------------------------------------------------------------------------


class Terminal:
    """A terminal in which it runs."""

    def __init__(self, folder: Path, columns: int = 100, lines: int = 30) -> None:
        self._ours, self._its = pty.openpty()
        self.resize(columns, lines)
        self.before = termios.tcgetattr(self._its)
        self.seen = ""
        command = [
            sys.executable,
            "-c",
            "from controller.cli.main import main; main()",
            "watch",
            "--every",
            "0.2",
        ]
        # the size of another terminal, exported by a shell, would count for this one
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=inherited | {"TERM": "xterm"},
            stdin=self._its,
            stdout=self._its,
            stderr=self._its,
            start_new_session=True,
        )

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._its, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def sees(self, text: str, seconds: float = 20.0) -> bool:
        """Wait until this has been written to the terminal since the last call."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self._ours], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                return False
            self.seen += os.read(self._ours, 65536).decode()
        self.seen = self.seen.partition(text)[2]
        return True

    def press(self, key: str) -> None:
        os.write(self._ours, key.encode())

    @property
    def restored(self) -> bool:
        return termios.tcgetattr(self._its) == self.before

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._its)


@pytest.fixture
def terminal(controller: Controller, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


def test_changes_are_shown_until_q_and_the_terminal_is_left_as_it_was(
    terminal: Terminal, controller: Controller
) -> None:
    assert terminal.sees("1002@pbx.test")
    controller.body = status_text(page(target="1007@pbx.test"))
    assert terminal.sees("1007@pbx.test")
    assert not terminal.restored
    terminal.press("q")
    assert terminal.process.wait(60) == 0
    assert terminal.restored


def test_control_c_ends_it_silently(terminal: Terminal) -> None:
    assert terminal.sees("q ends")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(60) == 0
    assert terminal.restored
    assert not terminal.sees("Traceback", 0.1)


def test_a_missing_controller_is_shown_when_it_is_back(terminal: Terminal, controller: Controller) -> None:
    assert terminal.sees("1002@pbx.test")
    controller.code = 503
    assert terminal.sees("HTTP 503")
    assert terminal.sees("Trying again")
    controller.code = 200
    assert terminal.sees("1002@pbx.test")


def test_the_picture_follows_the_size_of_the_terminal(terminal: Terminal) -> None:
    assert terminal.sees("(2 h 5 min)")
    terminal.resize(80, 20)
    assert terminal.sees(" 2 h 5 min")  # no longer beside the time of day
