"""The demonstration's office on the laboratory's real FreeSWITCH, where it measures who hears whom.

Each phone plays a tone of its own. For a table, a second of what each phone hears is recorded and searched
for everybody's tone. The controller runs in a process of its own, as beside any switch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from controller import resources
from controller.errors import SwitchUnreachable
from controller.laboratory.lab import Lab
from controller.laboratory.levels import SILENCE, level, read_wave
from controller.laboratory.office import CUSTOMER as CUSTOMERS_TONE
from controller.laboratory.office import DOMAIN, PBX_ESL, PHONES, TRUNK_PORT
from controller.simulator.scene import CAST, COLLEAGUE, CUSTOMER, GROUP, MEMBERS, PAGER, TARGET, Matrix
from controller.switch.lamps import Lamp

#: The frequency in Hz of the tone that starts a page (dialplan/whisperpage.xml), and the level in dBFS above
#: which a tone counts as heard.
PAGE_TONE, HEARD = 2500, -30.0
_MAIN = "from controller.cli.main import main; main()"
_EVERYTHING = ("--whisper-initiate", "--whisper-accept=all", "--intercom-initiate", "--intercom-accept=all")
_SECONDS = 1.0


class MeasuredDemo(AbstractContextManager["MeasuredDemo"]):
    """A laboratory with a controller; both exist while it is open. It needs the program `freeswitch`."""

    #: The seconds that a scene may take; each measurement takes more than one.
    patience = 12.0
    unknown: tuple[str, ...] = ()
    branch = False

    def __init__(self) -> None:
        try:
            self._lab = Lab(dialplan=resources.dialplan())
        except FileNotFoundError:
            raise SwitchUnreachable(
                "There is no freeswitch here: put one on PATH, or name it in FREESWITCH_BIN."
            ) from None
        self._folder = TemporaryDirectory(prefix="whisperpage-demo-")
        self.database_url = f"sqlite:///{self._folder.name}/demo.db"
        self._environment = os.environ | {
            "WHISPERPAGE_DATABASE_URL": self.database_url,
            "WHISPERPAGE_SWITCH_URL": f"esl://:ClueCon@127.0.0.1:{PBX_ESL}",
            "WHISPERPAGE_HTTP_LISTEN": "",
        }
        self._controller: subprocess.Popen[bytes] | None = None
        self._dialled: dict[str, str] = {}
        self._refused = ""
        self._tone: frozenset[str] = frozenset()
        self._lamps: dict[Lamp, bool] = {}

    def __enter__(self) -> MeasuredDemo:
        """Start the PBX, the phones and the controller; permit everything."""
        try:
            self._lab.__enter__()
            self._lab.pbx.command("event json PRESENCE_IN")
            self._start_the_controller()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._controller:
            self._controller.terminate()
            self._controller.wait(10)
        self._lab.__exit__(kind, error, trace)
        self._folder.cleanup()

    def _start_the_controller(self) -> None:
        members = (("page-groups", "members", "add", GROUP, f"{each}@{DOMAIN}") for each in MEMBERS)
        permit = ("groups", "set", "default", *_EVERYTHING)
        for words in (("db", "upgrade"), permit, ("page-groups", "add", GROUP), *members):
            command = [sys.executable, "-c", _MAIN, *words]
            subprocess.run(command, env=self._environment, check=True, capture_output=True)
        log = Path(self._folder.name) / "controller.log"
        with log.open("wb") as out:
            serve = [sys.executable, "-c", _MAIN, "serve"]
            self._controller = subprocess.Popen(serve, env=self._environment, stdout=out, stderr=out)
        deadline = time.monotonic() + 15
        while b"switch.up" not in log.read_bytes():
            if time.monotonic() > deadline:
                raise SwitchUnreachable("The controller did not come up beside the laboratory's switch.")
            time.sleep(0.1)

    # -- the story's verbs ---------------------------------------------------------------------------------

    def client_calls(self) -> None:
        """The client calls the target through the trunk."""
        to = f"sofia/customer/{TARGET}@127.0.0.1:{TRUNK_PORT}"
        self._originate(CUSTOMER, to, CUSTOMERS_TONE)

    def page(self, target: str) -> None:
        """The pager dials; every phone is recorded, and the recordings are searched for the page's tone."""
        self._forget()
        self._phone_dials(PAGER, f"*19{target}")
        self._tone = self._listen_for_the_tone()

    def press(self, keys: str) -> None:
        """The target's phone sends the keys as DTMF in its media."""
        self._wait_for_the_keys()
        self._forget()
        self._lab.phone_switch.api(f"uuid_send_dtmf {self._legs()[TARGET]} {keys}")

    def target_dials(self, number: str) -> None:
        """The target dials on another line of its phone."""
        self._forget()
        self._phone_dials(TARGET, number)

    def target_joins_a_conference(self) -> None:
        """The client's call ends; two colleagues meet in room 3001."""
        self._lab.hang_up_all()
        for who in (TARGET, COLLEAGUE):
            self._phone_dials(who, "3001")
        time.sleep(1)

    def client_calls_the_branch(self) -> None:
        """There is one switch here, and no branch office."""

    def all_hang_up(self) -> None:
        """The pager hangs up first, then everybody at once."""
        self._lab.phone_switch.api(f"uuid_kill {self._dialled[PAGER]}")
        time.sleep(0.5)
        self._lab.hang_up_all()

    def hears(self) -> Matrix:
        """Who hears whom, measured for a second."""
        legs = self._legs()
        heard = self._record(legs, _SECONDS)
        tones = {str(who): hz for who, (_, hz) in PHONES.items()}
        tones[CUSTOMER] = CUSTOMERS_TONE
        return {
            who: frozenset(
                other
                for other in CAST
                if other != who and other in tones and self._level(heard.get(who), tones[other]) > HEARD
            )
            for who in CAST
        }

    def lamps(self) -> frozenset[Lamp]:
        """The lit lamps of the target, from the controller's events at the switch."""
        while event := self._lab.pbx.event(0.01):
            if event.get("from") == f"{TARGET}@{DOMAIN}" and event.get("proto") in frozenset(Lamp):
                self._lamps[Lamp(event["proto"])] = event.get("answer-state") == "confirmed"
        return frozenset(lamp for lamp, lit in self._lamps.items() if lit)

    def heard_the_tone(self) -> frozenset[str]:
        """The parties that heard it while the page was set up."""
        return self._tone

    def refusal(self) -> str:
        """The error with which the pager's call ended; empty if it was answered."""
        event = self._lab.phone_switch.event(
            0.01, lambda event: event.get("Job-UUID") == self._dialled.get(PAGER)
        )
        if event:
            answer = event.get("_body", "").strip()
            self._refused = answer.removeprefix("-ERR ") if answer.startswith("-ERR") else ""
        return self._refused

    def wait(self, seconds: float) -> None:
        """Let everything go on."""
        time.sleep(seconds)

    # -- the phone switch ------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._tone, self._refused = frozenset(), ""

    def _wait_for_the_keys(self) -> None:
        """Wait until the target of the page has its keys, and as long as a person would listen first."""
        deadline = time.monotonic() + self.patience
        while not any(
            self._lab.pbx.api(f"uuid_getvar {row['uuid']} whisperpage_keys") == "true"
            for row in self._lab.channels(name="loopback/relay-")
        ):
            if time.monotonic() > deadline:
                raise SwitchUnreachable("The target of the page was not given its keys.")
            time.sleep(0.1)
        time.sleep(0.5)

    def _phone_dials(self, who: str, number: str) -> None:
        self._originate(who, f"sofia/gateway/g{who}/{number}", PHONES[int(who)][1])

    def _originate(self, who: str, to: str, hz: int) -> None:
        phones = self._lab.phone_switch
        leg = self._dialled[who] = phones.api("create_uuid")
        variables = f"origination_uuid={leg},ignore_early_media=true,absolute_codec_string='PCMU'"
        phones.command("event json BACKGROUND_JOB")
        phones.command(f"bgapi originate {{{variables}}}{to} ua-{hz}-{who} XML default\nJob-UUID: {leg}")

    def _legs(self) -> dict[str, str]:
        """The answered leg at the phone switch of each party that is on a call."""
        rows = json.loads(self._lab.phone_switch.api("show channels as json")).get("rows", [])
        up = [row for row in rows if row["callstate"] == "ACTIVE"]
        own = {row["uuid"]: row for row in up}
        found = {who: leg for who, leg in self._dialled.items() if leg in own}
        for who in CAST:
            context = CUSTOMER if who == CUSTOMER else f"phone{who}"
            called = [
                row["uuid"] for row in up if row["context"] == context and row["direction"] == "inbound"
            ]
            found |= {who: called[-1]} if called else {}
        return found

    def _record(self, legs: dict[str, str], seconds: float) -> dict[str, Path]:
        files = {who: self._start(who, leg) for who, leg in legs.items()}
        time.sleep(seconds)
        for who, leg in legs.items():
            self._lab.phone_switch.api(f"uuid_record {leg} stop {files[who]}")
        return files

    def _start(self, who: str, leg: str) -> Path:
        path = Path(self._lab.recordings) / f"look-{who}-{time.monotonic_ns()}.wav"
        self._lab.phone_switch.api(f"uuid_record {leg} start {path}")
        return path

    def _listen_for_the_tone(self) -> frozenset[str]:
        files: dict[str, tuple[str, Path]] = {}
        deadline = time.monotonic() + 2.5
        while time.monotonic() < deadline:
            for who, leg in self._legs().items():
                if who not in files:
                    files[who] = (leg, self._start(who, leg))
            time.sleep(0.03)
        for leg, path in files.values():
            self._lab.phone_switch.api(f"uuid_record {leg} stop {path}")
        return frozenset(who for who, (_, path) in files.items() if self._has_tone(path))

    def _has_tone(self, path: Path) -> bool:
        """Whether a recording has at least a tenth of a second of the page's tone."""
        if not path.exists():
            return False
        samples, rate = read_wave(path)
        window = rate // 20
        starts = range(0, len(samples) - window, window)
        levels = [level(samples[at : at + window], rate, PAGE_TONE) for at in starts]
        return sum(each > HEARD for each in levels) >= 2

    def _level(self, path: Path | None, hz: float) -> float:
        if path is None or not path.exists():
            return SILENCE
        samples, rate = read_wave(path)
        return level(samples, rate, hz)
