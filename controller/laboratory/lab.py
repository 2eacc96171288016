"""The laboratory: its two switches as processes, its phones' actions, and what they have heard."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from controller.laboratory.configuration import pbx_configuration, phone_switch_configuration
from controller.laboratory.esl import ESL
from controller.laboratory.levels import loudness, read_wave
from controller.laboratory.office import CUSTOMER, CUSTOMER2, PBX_ESL, PHONE_SWITCH_ESL, PHONES

_FOLDERS = ("conf", "log", "db", "run")


class Lab(AbstractContextManager["Lab"]):
    """The PBX and the phone switch, running while this is open; its files are then deleted, unless `keep`.

    `dialplan` is a folder like FreeSWITCH's conf/dialplan; without one the PBX has only the laboratory's own
    extensions. `pbx` and `phone_switch` are connections to the two switches. Raises FileNotFoundError if
    there is no freeswitch executable.
    """

    pbx: ESL
    phone_switch: ESL

    def __init__(self, dialplan: Path | str | None = None, keep: bool = False) -> None:
        binary = os.environ.get("FREESWITCH_BIN") or shutil.which("freeswitch")
        if not binary or not Path(binary).exists():
            raise FileNotFoundError("no freeswitch executable: put one on PATH or name it in FREESWITCH_BIN")
        self.binary = binary
        self.dialplan = str(Path(dialplan).absolute()) if dialplan else None
        self.root = tempfile.mkdtemp(prefix="switchlab-")
        self.recordings = str(Path(self.root) / "recordings")
        Path(self.recordings).mkdir()
        self.keep = keep
        self.processes: list[subprocess.Popen[bytes]] = []
        self.lock: IO[str]

    def __enter__(self) -> Lab:
        """Start both switches and wait until every phone is registered; raises TimeoutError.

        The ports are fixed, so a second laboratory waits for the end of the first.
        """
        self.lock = (Path(tempfile.gettempdir()) / "switchlab.lock").open("w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        try:
            self.start("pbx", pbx_configuration(self.dialplan))
            self.pbx = self.connect(PBX_ESL)
            self.start("phone_switch", phone_switch_configuration(self.recordings))
            self.phone_switch = self.connect(PHONE_SWITCH_ESL)
            deadline = time.monotonic() + 20
            while self.phone_switch.api("sofia status").count("REGED") < len(PHONES):
                if time.monotonic() > deadline:
                    raise TimeoutError("the phones did not register")
                time.sleep(0.2)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                process.terminate()
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(8)
            if process.poll() is None:
                process.kill()
                process.wait()
        if not self.keep:
            shutil.rmtree(self.root, ignore_errors=True)
        self.lock.close()

    def start(self, name: str, configuration: str) -> subprocess.Popen[bytes]:
        """Start a switch with this configuration."""
        home = Path(self.root) / name
        for folder in _FOLDERS:
            (home / folder).mkdir(parents=True, exist_ok=True)
        (home / "conf" / "freeswitch.xml").write_text(configuration)
        folders = [part for folder in _FOLDERS for part in (f"-{folder}", str(home / folder))]
        with (home / "out.log").open("w") as out:
            process = subprocess.Popen(
                self.command(name, folders),
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
            )
        self.processes.append(process)
        return process

    def command(self, _name: str, folders: list[str]) -> list[str]:
        """The words of the command that starts a switch."""
        return [self.binary, "-nonat", "-nc", "-nf", *folders]

    @staticmethod
    def connect(port: int, timeout: float = 20) -> ESL:
        """Connect to a switch as soon as it is ready; raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while True:
            with suppress(OSError, EOFError):
                esl = ESL(port)
                if "is ready" in esl.api("status"):
                    return esl
            if time.monotonic() > deadline:
                raise TimeoutError(f"no event socket on port {port}")
            time.sleep(0.2)

    # -- the phones' actions -------------------------------------------------------------------------------

    def dial(
        self, extension: int, number: str, name: str | None = None, codec: str | None = None, wait: float = 0
    ) -> str:
        """Make a phone dial, and return the uuid of the phone's own leg; its recording is NAME.wav.

        Raises AssertionError with FreeSWITCH's cause if the call is not answered.
        """
        uuid = self.phone_switch.api("create_uuid")
        variables = f"origination_uuid={uuid},ignore_early_media=true,originate_timeout=20"
        if codec:
            variables += f",absolute_codec_string='{codec}'"
        reply = self.phone_switch.api(
            f"originate {{{variables}}}sofia/gateway/g{extension}/{number} "
            f"ua-{PHONES[extension][1]}-{name or extension} XML default"
        )
        if not reply.startswith("+OK"):
            raise AssertionError(f"{extension} dialled {number}: {reply}")
        time.sleep(wait)
        return uuid

    def channels(self, **match: str) -> list[dict[str, str]]:
        """The rows of the PBX's `show channels` that contain these texts in these columns."""
        rows = json.loads(self.pbx.api("show channels as json")).get("rows", [])
        return [row for row in rows if all(value in row[key] for key, value in match.items())]

    def hang_up_all(self, timeout: float = 10) -> None:
        """End every call; return when no channel is left on either switch. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        for esl in (self.phone_switch, self.pbx):
            esl.command("bgapi hupall")
        while any(
            not esl.api("show channels count").startswith("0 ") for esl in (self.phone_switch, self.pbx)
        ):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    "channels that do not hang up: "
                    + self.pbx.api("show channels")
                    + self.phone_switch.api("show channels")
                )
            time.sleep(0.1)
        time.sleep(0.3)

    # -- the phones' recordings ----------------------------------------------------------------------------

    def hears(self, name: str, last: float = 1.5, skip: float = 0.3) -> dict[str, float]:
        """The level in dBFS of every party's tone in the recording NAME.wav.

        It measures `last` seconds that end `skip` seconds before the end of the recording. Use it after the
        call: before its end a recording has no readable header. NAME may be a glob; it means the newest
        match.
        """
        path = max(Path(self.recordings).glob(f"{name}.wav"), key=lambda path: path.stat().st_mtime)
        samples, rate = read_wave(path)
        end = len(samples) - int(skip * rate)
        window = samples[max(0, end - int(last * rate)) : end]
        tones = {str(who): hz for who, (_, hz) in PHONES.items()}
        tones |= {"customer": CUSTOMER, "customer2": CUSTOMER2}
        return {who: loudness(window, rate, hz) for who, hz in tones.items() if hz < rate / 2}
