"""`whisperpage serve` as a process, beside a simulated switch, under a supervisor."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError

import gevent
from gevent import socket, subprocess
from gevent.threadpool import ThreadPool

from controller.simulator.office import Office
from tests.databases import open_to_all

SECRETS = {"switch": "a-secret-of-the-switch", "api": "a-secret-of-the-api-token"}
SERVE = [sys.executable, "-c", "from controller.cli.main import main; main()", "serve"]


class Serving:
    """A process that serves one simulated switch, and its output. `stderr`: where to log.

    Everybody may page everybody.
    """

    def __init__(self, office: Office, folder: Path, stderr: IO[Any] | None = None, **changes: str) -> None:
        self.office = office
        self._log = folder / "log"
        self._supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._supervisor.bind(str(folder / "notify"))
        self._supervisor.settimeout(60)
        self.port = free_port()
        self.environment = os.environ | {
            "WHISPERPAGE_DATABASE_URL": open_to_all(folder / "serve.db"),
            "WHISPERPAGE_SWITCH_URL": office.url,
            "WHISPERPAGE_HTTP_LISTEN": f"127.0.0.1:{self.port}",
            "WHISPERPAGE_API_TOKEN": SECRETS["api"],
            "WHISPERPAGE_LOG_LEVEL": "debug",
            "WHISPERPAGE_LOG_FORMAT": "json",
            "NOTIFY_SOCKET": str(folder / "notify"),
            "WATCHDOG_USEC": "200000",
            **changes,
        }
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                SERVE, env=self.environment, cwd=folder, stdout=log, stderr=stderr or log
            )

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._supervisor.close()

    def supervisor_hears(self, line: str) -> list[str]:
        """The next datagram that has this line."""
        while line not in (lines := self._supervisor.recv(4096).decode().split("\n")):
            pass
        return lines

    def supervisor_hears_no_more(self, seconds: float = 0.4) -> None:
        """Wait until nothing has come for twice the time that the watchdog allows."""
        with gevent.Timeout(60):
            while self._comes(seconds):
                pass

    def _comes(self, seconds: float) -> bool:
        with gevent.Timeout(seconds, False):
            return bool(self._supervisor.recv(4096))
        return False

    def log(self) -> list[dict[str, Any]]:
        """The entries of its log; a line that is no JSON fails."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def text(self) -> str:
        return self._log.read_text()

    def get(self, path: str) -> tuple[int, str]:
        return ThreadPool(1).spawn(get, f"http://127.0.0.1:{self.port}{path}").get()

    def metric(self, name: str) -> float:
        """A metric's value, of all its labels together."""
        lines = [line.split() for line in self.get("/metrics")[1].splitlines() if line.startswith(name)]
        return sum(float(line[-1]) for line in lines)

    def wait(self, until: Callable[[], object]) -> None:
        with gevent.Timeout(60, AssertionError(self.text())):
            while not until():
                gevent.sleep(0.01)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def get(url: str) -> tuple[int, str]:
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
