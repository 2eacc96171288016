"""The demonstration's office on the laboratory's real FreeSWITCH, where it measures who hears whom.

The controller runs in a process of its own, as beside any switch.
"""

from __future__ import annotations

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
from controller.laboratory.office import CUSTOMER as CUSTOMERS_TONE
from controller.laboratory.office import DOMAIN, PBX_ESL, TRUNK_PORT
from controller.simulator.parties import Parties, has_tone
from controller.simulator.scene import COLLEAGUE, CUSTOMER, GROUP, MEMBERS, PAGER, TARGET, Matrix
from controller.switch.lamps import Lamp

#: The frequency in Hz of the tone that starts a page (dialplan/whisperpage.xml).
PAGE_TONE = 2500
_MAIN = "from controller.cli.main import main; main()"
_EVERYTHING = ("--whisper-initiate", "--whisper-accept=all", "--intercom-initiate", "--intercom-accept=all")
#: The seconds after a page is dialled in which its tone is heard.
_SOON = 2.5


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
        self.parties = Parties(self._lab)
        self._folder = TemporaryDirectory(prefix="whisperpage-demo-")
        self.database_url = f"sqlite:///{self._folder.name}/demo.db"
        self._environment = os.environ | {
            "WHISPERPAGE_DATABASE_URL": self.database_url,
            "WHISPERPAGE_SWITCH_URL": f"esl://:ClueCon@127.0.0.1:{PBX_ESL}",
            "WHISPERPAGE_HTTP_LISTEN": "",
        }
        self._controller: subprocess.Popen[bytes] | None = None
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
        self.parties.call(CUSTOMER, to, CUSTOMERS_TONE)

    def page(self, target: str) -> None:
        """The pager dials; every phone is recorded, and the recordings are searched for the page's tone."""
        self._forget()
        self.parties.dial(PAGER, f"*19{target}")
        heard = self.parties.listen(_SOON)
        self._tone = frozenset(who for who, path in heard.items() if has_tone(path, PAGE_TONE))

    def press(self, keys: str) -> None:
        """The target's phone sends the keys."""
        self._wait_for_the_keys()
        self._forget()
        self.parties.press(TARGET, keys)

    def target_dials(self, number: str) -> None:
        """The target dials on another line of its phone."""
        self._forget()
        self.parties.dial(TARGET, number)

    def target_joins_a_conference(self) -> None:
        """The client's call ends; two colleagues meet in room 3001."""
        self._lab.hang_up_all()
        for who in (TARGET, COLLEAGUE):
            self.parties.dial(who, "3001")
        time.sleep(1)

    def client_calls_the_branch(self) -> None:
        """There is one switch here, and no branch office."""

    def all_hang_up(self) -> None:
        """The pager hangs up first, then everybody at once."""
        self.parties.hang_up(PAGER)
        time.sleep(0.5)
        self._lab.hang_up_all()

    def hears(self) -> Matrix:
        """Who hears whom, measured for a second."""
        return self.parties.hears()

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
        if (answer := self.parties.outcome(PAGER)) is not None:
            self._refused = answer.removeprefix("-ERR ") if answer.startswith("-ERR") else ""
        return self._refused

    def wait(self, seconds: float) -> None:
        """Let everything go on."""
        time.sleep(seconds)

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
