"""SIPp, an independent SIP stack, as a phone: it runs a scenario of `scenarios` and keeps a log."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from controller.laboratory.office import DOMAIN, SIP_PORT
from tests.live.sipphone import free_port

SCENARIOS = Path(__file__).parent / "scenarios"


class Sipp:
    """A phone of `extension` that calls or watches `service` at the switch `host`, as a context manager."""

    def __init__(
        self, scenario: str, extension: str, service: str, folder: Path, host: str = "127.0.0.1"
    ) -> None:
        if not shutil.which("sipp"):
            pytest.skip("no sipp on PATH")
        self.log = folder / f"{scenario}-{extension}-{service}.log"
        users = folder / f"{extension}.csv"
        login = f"[authentication username={extension} password=pw{extension}]"
        users.write_text(f"SEQUENTIAL\n{extension};{DOMAIN};{login}\n")
        self.command = ["sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-inf", str(users), "-s", service]
        self.command += [
            "-i",
            "127.0.0.1",
            "-p",
            str(free_port()),
            "-mp",
            str(free_port()),
            "-m",
            "1",
            "-nostdin",
        ]
        self.command += ["-trace_logs", "-log_file", str(self.log), f"{host}:{SIP_PORT}"]

    def __enter__(self) -> Sipp:
        silent = subprocess.DEVNULL
        self.process = subprocess.Popen(self.command, stdin=silent, stdout=silent, stderr=silent)
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def told(self) -> list[str]:
        """The lines of its log so far."""
        return self.log.read_text().splitlines() if self.log.exists() else []
