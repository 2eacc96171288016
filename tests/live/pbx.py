"""The configuration in freeswitch/, run as docker-compose.yml mounts it, on ports of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from controller.laboratory.esl import ESL
from tests.live.office import wait_for
from tests.live.own import freeswitch
from tests.live.sipphone import free_port

TOP = Path(__file__).parents[2]
DOMAIN = "pbx.test"
#: Texts that start.sh accepts as passwords.
SECRETS = {
    name: f"secret-of-{name}".replace("_", "-")
    for name in (
        "event_socket_password",
        "controller_password",
        "phone_1001_password",
        "phone_1002_password",
        "phone_1003_password",
    )
}


class Pbx:
    """A FreeSWITCH with this configuration, in folders of its own."""

    def __init__(self, binary: str, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.sip, self.trunk, self.esl = free_port(), free_port(), free_port()
        conf = folder / "conf"
        shutil.copytree(TOP / "freeswitch", conf)
        shutil.copytree(TOP / "dialplan", conf / "dialplan", dirs_exist_ok=True)
        (folder / "secrets").mkdir()
        for name, value in SECRETS.items():
            (folder / "secrets" / name).write_text(value + "\n")
        folders = []
        for name in ("log", "db", "run"):
            (folder / name).mkdir()
            folders += [f"-{name}", str(folder / name)]
        settings = {
            "FREESWITCH": binary,
            "SECRETS": str(folder / "secrets"),
            "PBX_ADDRESS": "127.0.0.1",
            "PBX_SIP_PORT": str(self.sip),
            "PBX_TRUNK_PORT": str(self.trunk),
            "PBX_RTP_FIRST_PORT": "40000",
            "PBX_RTP_LAST_PORT": "40098",
            "EVENT_SOCKET_PORT": str(self.esl),
        }
        with (folder / "out.log").open("wb") as out:
            self.process = subprocess.Popen(
                ["/bin/sh", str(conf / "start.sh"), *folders],
                env=os.environ | settings | environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def log(self) -> str:
        return (self.folder / "log" / "freeswitch.log").read_text(errors="replace")

    def login(self) -> ESL:
        return ESL(self.esl, SECRETS["event_socket_password"])

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Pbx]:
    """A FreeSWITCH that is ready, while this is open; vars.xml reads `environment`."""
    binary = freeswitch()
    pbx = Pbx(binary, folder, **environment)
    try:
        wait_for(lambda: _is_ready(pbx), "the switch to be ready", 30)
        yield pbx
    finally:
        pbx.stop()


def _is_ready(pbx: Pbx) -> bool:
    assert pbx.process.poll() is None, (pbx.folder / "out.log").read_text()
    try:
        with closing((esl := pbx.login()).sock):
            return "is ready" in esl.api("status") and esl.api("sofia status").count("RUNNING") == 2
    except (OSError, EOFError):
        return False


def settings(pbx: Pbx, folder: Path) -> dict[str, str]:
    """A controller's environment, as in docker-compose.yml: secrets by file, the login of least privilege."""
    url = f"esl://controller%40eventsocket:{SECRETS['controller_password']}@127.0.0.1:{pbx.esl}"
    (folder / "switch_url").write_text(url)
    (folder / "database_url").write_text(f"sqlite:///{folder}/pages.db")
    return os.environ | {
        "WHISPERPAGE_SWITCH_URL_FILE": str(folder / "switch_url"),
        "WHISPERPAGE_DATABASE_URL_FILE": str(folder / "database_url"),
        "WHISPERPAGE_HTTP_LISTEN": "",
        "WHISPERPAGE_STATUS_SOCKET": f"{folder}/status.sock",
        # no limit to the pages of a test
        "WHISPERPAGE_PAGER_LIMIT": "0",
        "WHISPERPAGE_TARGET_LIMIT": "0",
    }


def whisperpage(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "whisperpage"), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@contextmanager
def serving(environment: dict[str, str], log: Path) -> Iterator[int]:
    """A controller that runs while this is open; its process id."""
    with log.open("wb") as out:
        command = [str(Path(sys.executable).parent / "whisperpage"), "serve"]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        wait_for(lambda: b"switch.up" in log.read_bytes(), "the controller to be up", 15)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def pages(environment: dict[str, str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(whisperpage(environment, "pages", "--json").stdout)
    return rows
