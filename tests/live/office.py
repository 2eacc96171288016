"""An office on the laboratory: its controller as a process of its own, and its users' actions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from controller.laboratory.esl import ESL
from controller.laboratory.lab import Lab
from controller.laboratory.office import CUSTOMER, DOMAIN, PBX_ESL, PHONES, SIP_PORT, TRUNK_PORT
from controller.switch.whisper import WHISPER
from tests.live.handset import Handset

T = TypeVar("T")
#: The frequency in Hz of the tone that starts a page (dialplan/whisperpage.xml).
PAGE_TONE = 2500
#: The level in dBFS at which a party is heard in a plain call on this laboratory.
PLAIN = -16.2
OPEN_TO_ALL = ("--whisper-initiate", "--whisper-accept=all", "--intercom-initiate", "--intercom-accept=all")


def wait_for(condition: Callable[[], T | None], what: str, seconds: float = 5.0) -> T:
    """Return the condition's value as soon as it is true; AssertionError if that takes too long."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)
    return value


class Office:
    #: The laboratory that it is on.
    LAB: type[Lab] = Lab
    #: The address at which the customer calls the switch of the target, and the port of that switch's events.
    trunk, events = "127.0.0.1", PBX_ESL

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab, self.folder = lab, folder
        self.log = folder / "controller.log"
        self.environment = os.environ | {
            "WHISPERPAGE_DATABASE_URL": f"sqlite:///{folder}/office.db",
            "WHISPERPAGE_SWITCH_URL": "esl://:ClueCon@127.0.0.1:8021",
            "WHISPERPAGE_HTTP_LISTEN": "",
            "WHISPERPAGE_STATUS_SOCKET": f"{folder}/status.sock",
            # no limit to the pages of a test
            "WHISPERPAGE_PAGER_LIMIT": "0",
            "WHISPERPAGE_TARGET_LIMIT": "0",
        }
        self.controller: subprocess.Popen[bytes] | None = None
        self.answers: dict[str, str] = {}
        self.pager = ""
        self.opened = 0.0
        self.handsets: list[Handset] = []

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.controller:
            self.controller.terminate()
            self.controller.wait(10)

    # -- the controller ------------------------------------------------------------------------------------

    def whisperpage(self, *words: str) -> str:
        command = [str(Path(sys.executable).parent / "whisperpage"), *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def second_controller(self) -> Iterator[None]:
        """Another controller on the same switch and database."""
        first = self.controller
        self.start_controller()
        second, self.controller = self.controller, first
        assert second
        try:
            yield
        finally:
            second.terminate()
            second.wait(10)

    def start_controller(self) -> None:
        seen = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            command = [str(Path(sys.executable).parent / "whisperpage"), "serve"]
            self.controller = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        wait_for(lambda: b"switch.up" in self.log.read_bytes()[seen:], "the controller to be up", 60)

    def kill_controller(self) -> None:
        assert self.controller
        self.controller.kill()
        self.controller.wait()
        self.controller = None

    def open(self) -> None:
        if self.controller is None or self.controller.poll() is not None:
            self.start_controller()  # it makes the database
        self.whisperpage("groups", "set", "default", *OPEN_TO_ALL)
        self.answers.clear()
        self.opened = time.time()

    def close_up(self) -> None:
        self.hang_up()
        self.log.write_bytes(b"")

    def hang_up(self) -> None:
        """End every call, so that the recordings can be measured."""
        self.lab.hang_up_all()
        while self.handsets:
            self.handsets.pop().close()

    def history(self) -> list[dict[str, Any]]:
        """The attempts, the newest first."""
        rows: list[dict[str, Any]] = json.loads(self.whisperpage("pages", "--json"))
        return rows

    def last_attempt(self, **wanted: str) -> dict[str, Any]:
        """The newest attempt, once it has these values."""

        def found() -> dict[str, Any] | None:
            newest = self.history()[:1]
            fits = newest and all(newest[0][name] == value for name, value in wanted.items())
            return newest[0] if fits else None

        return wait_for(found, f"an attempt with {wanted}, not {self.history()[:1]}")

    # -- calls ---------------------------------------------------------------------------------------------

    def address(self, extension: int) -> str:
        """The switch at which the phone of an extension is registered."""
        return "127.0.0.1"

    def handset(self, name: str, extension: int = 0, hz: int = 0) -> Handset:
        """A phone of an extension, or of the customer on the trunk; `hz` replaces its usual tone."""
        port = SIP_PORT if extension else TRUNK_PORT
        phone = Handset(self.lab.recordings, name, extension, port, hz)
        phone.switch = (self.address(extension) if extension else self.trunk, port)
        self.handsets.append(phone)
        return phone

    def target_calls(self, codec: str = "PCMU", target: int = 1002) -> None:
        """Make the target call the customer."""
        self.phone = self.lab.dial(target, "9555", "target", codec=codec)
        self.talking(target)

    def customer_calls(self, codec: str = "PCMU", target: int = 1002) -> None:
        """Make the customer call the target; the target's phone uses the caller's codec."""
        client = self.lab.phone_switch.api("create_uuid")
        variables = f"origination_uuid={client},absolute_codec_string='{codec}'"
        reply = self.lab.phone_switch.api(
            f"originate {{{variables}}}sofia/customer/{target}@{self.trunk}:{TRUNK_PORT} "
            f"ua-{CUSTOMER}-customer-{client} XML default"
        )
        assert reply.startswith("+OK"), reply
        self.phone = ""
        self.talking(target)

    def target_phone(self) -> str:
        """The target's own leg on the phone switch, in the call of `target_calls` or `customer_calls`."""
        return self.phone or self.phone_legs(1002)[-1]["Unique-ID"]

    def talking(self, extension: int) -> None:
        def bridged() -> bool:
            rows = self.lab.channels(presence_id=f"{extension}@")
            return any(row["callstate"] == "ACTIVE" and self.partner(row["uuid"]) for row in rows)

        wait_for(bridged, f"{extension} to talk")

    def partner(self, leg: str) -> str:
        """The uuid of the leg to which this one is bridged."""
        answer = self.lab.pbx.api(f"uuid_getvar {leg} bridge_to")
        return "" if answer in ("_undef_", "-ERR No such channel!") else answer

    def dial(
        self,
        number: str,
        extension: int = 1001,
        name: str = "pager",
        codec: str = "PCMU",
        *,
        early: bool = False,
    ) -> str:
        """Make a phone dial; return its leg on the phone switch at once. `answer_of` returns the result.

        `early`: the phone hears early media, and sends keys before an answer; `end_of` returns the cause.
        """
        leg = self.lab.phone_switch.api("create_uuid")
        variables = f"origination_uuid={leg},ignore_early_media={str(not early).lower()},originate_timeout=20"
        self.lab.phone_switch.command("event json BACKGROUND_JOB CHANNEL_HANGUP")
        endpoint = f"{{{variables},absolute_codec_string='{codec}'}}sofia/gateway/g{extension}/{number}"
        answers_as = f"ua-{PHONES[extension][1]}-{name} XML default"
        self.lab.phone_switch.command(f"bgapi originate {endpoint} {answers_as}\nJob-UUID: {leg}")
        return leg

    def answer_of(self, leg: str, seconds: float = 15) -> str:
        """The result of a dialled call: `+OK ...` or `-ERR CAUSE`."""

        def told(event: dict[str, str]) -> bool:
            self.answers[event.get("Job-UUID", "")] = event.get("_body", "").strip()
            return leg in self.answers

        assert leg in self.answers or self.lab.phone_switch.event(seconds, told), (
            "neither answered nor refused"
        )
        return self.answers[leg]

    def end_of(self, leg: str, seconds: float = 20) -> str:
        """The cause with which a call ends that was dialled `early`."""

        def ended(event: dict[str, str]) -> bool:
            return event.get("Event-Name") == "CHANNEL_HANGUP" and event.get("Unique-ID") == leg

        event = self.lab.phone_switch.event(seconds, ended)
        assert event, "the call does not end"
        cause: str = event["Hangup-Cause"]
        return cause

    def page(self, number: str = "*191002", extension: int = 1001, codec: str = "PCMU") -> str:
        """Page and wait until the page is up; returns the pager's leg on the phone switch."""
        leg = self.dial(number, extension, codec=codec)
        answer = self.answer_of(leg)
        assert answer.startswith("+OK"), f"{number}: {answer}; {self.log.read_text()[-2000:]}"
        wait_for(lambda: self.whispering() and self.keyed(), "the page's legs and keys")
        return leg

    def refused(self, number: str, extension: int = 1001) -> str:
        """Dial a number that is refused; return the cause that the pager's phone gets."""
        answer = self.answer_of(self.dial(number, extension))
        assert answer.startswith("-ERR "), f"{number} was not refused: {answer}"
        return answer.removeprefix("-ERR ")

    def whispering(self) -> bool:
        """Whether a page has all its legs in their places."""
        rows = self.page_legs()
        listening = [row for row in rows if row["application"].endswith("eavesdrop")]
        own = [leg for leg in WHISPER.legs if leg.bug_on]
        pairs = [row for row in rows if not row["name"].startswith("loopback/narrow-")]
        return len(pairs) == len(WHISPER.legs) and len(listening) == len(own)

    def keyed(self) -> bool:
        """Whether the keys of the page's target are bound."""
        return self.lab.pbx.api(f"uuid_getvar {self.relay()} whisperpage_keys") == "true"

    def page_legs(self) -> list[dict[str, str]]:
        return [row for row in self.lab.channels() if row["name"].startswith("loopback/")]

    def relay(self) -> str:
        return next(
            row["uuid"] for row in self.page_legs() if row["name"].endswith("-a") and "relay" in row["name"]
        )

    def leg(self, extension: int) -> str:
        """The user's newest leg on the switch."""
        rows = wait_for(
            lambda: self.lab.channels(presence_id=f"{extension}@{DOMAIN}"), f"a leg of {extension}"
        )
        return rows[-1]["uuid"]

    def phone_legs(self, extension: int) -> list[dict[str, str]]:
        """The calls that a phone has received, as the phone itself sees them, the newest last."""
        rows = json.loads(self.lab.phone_switch.api("show channels as json")).get("rows", [])
        got = [r for r in rows if r["context"] == f"phone{extension}" and r["direction"] == "inbound"]
        return [json.loads(self.lab.phone_switch.api(f"uuid_dump {row['uuid']} json")) for row in got]

    def bugs(self, leg: str) -> int:
        """The number of media bugs on a leg."""
        return self.lab.pbx.api(f"uuid_buglist {leg}").count("<media-bug>")

    def page_is_gone(self) -> bool:
        return not self.page_legs() and not self.lab.channels(presence_id="1001@")

    @contextmanager
    def watching(self, *events: str) -> Iterator[ESL]:
        """A new connection to the switch that is subscribed to these events."""
        esl = ESL(self.events)
        with closing(esl.sock):
            esl.command(f"event json {' '.join(events)}")
            yield esl
