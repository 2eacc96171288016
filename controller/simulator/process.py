"""The controller of the measured demonstration: a process of its own, as beside any switch, and its API."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any

from controller.errors import ControllerRefuses, SwitchUnreachable
from controller.laboratory.office import DOMAIN, PBX_ESL
from controller.simulator.scene import GROUP, MEMBERS, MESSAGE

_MAIN = "from controller.cli.main import main; main()"
_EVERYTHING = ("--whisper-initiate", "--whisper-accept=all", "--intercom-initiate", "--intercom-accept=all")
#: Deadline in seconds for each step of an answer.
_DEADLINE = 10.0


class ControllerProcess(AbstractContextManager["ControllerProcess"]):
    """A controller beside the laboratory's switch, running while it is open; its files are in `folder`.

    Everybody may page everybody, and there are the story's page group and its message, whose sound is the
    file `sound`.
    """

    def __init__(self, folder: Path, sound: Path) -> None:
        self.database_url = f"sqlite:///{folder}/demo.db"
        self._log = folder / "controller.log"
        self._sound = sound
        self._port, self._token = _free_port(), token_hex(16)
        self._environment = os.environ | {
            "WHISPERPAGE_DATABASE_URL": self.database_url,
            "WHISPERPAGE_SWITCH_URL": f"esl://:ClueCon@127.0.0.1:{PBX_ESL}",
            "WHISPERPAGE_HTTP_LISTEN": f"127.0.0.1:{self._port}",
            "WHISPERPAGE_STATUS_SOCKET": "",
            "WHISPERPAGE_API_TOKEN": self._token,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ControllerProcess:
        """Make the database, permit everything, and start; raises SwitchUnreachable."""
        self._run("db", "upgrade")
        self._run("groups", "set", "default", *_EVERYTHING)
        self._run("page-groups", "add", GROUP)
        for member in MEMBERS:
            self._run("page-groups", "members", "add", GROUP, f"{member}@{DOMAIN}")
        self._run("messages", "add", MESSAGE, "--sound", str(self._sound))
        with self._log.open("wb") as out:
            serve = [sys.executable, "-c", _MAIN, "serve"]
            self._process = subprocess.Popen(serve, env=self._environment, stdout=out, stderr=out)
        deadline = time.monotonic() + 15
        while b"switch.up" not in self._log.read_bytes():
            if time.monotonic() > deadline:
                raise SwitchUnreachable("The controller did not come up beside the laboratory's switch.")
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(10)

    def ask(self, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """The answer of the API to a POST of a body, or to a GET without one. Raises ControllerRefuses."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=_DEADLINE)) as connection:
            if body is not None:
                connection.request("POST", path, json.dumps(body), headers)
            else:
                connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            told: dict[str, Any] = json.loads(answer.read())
        if answer.status >= 400:
            raise ControllerRefuses(f"The controller refuses what the story asks for: {told.get('detail')}")
        return told

    def _run(self, *words: str) -> None:
        command = [sys.executable, "-c", _MAIN, *words]
        subprocess.run(command, env=self._environment, check=True, capture_output=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
