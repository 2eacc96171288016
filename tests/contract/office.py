"""An office with a controller and a simulated or real switch: the actions that the contract's cases use."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import gevent
from gevent import subprocess

from controller.app import Controller
from controller.clock import REAL, Clock
from controller.domain.message import Message
from controller.domain.names import UserName
from controller.laboratory.levels import level, read_wave
from controller.laboratory.office import CUSTOMER, DOMAIN, PBX_ESL, PHONES
from controller.paging.messages import Sending
from controller.simulator.media import Quality
from controller.simulator.phones import PhoneCall
from controller.simulator.presence import Watch
from controller.store import messages
from controller.switch.pagelegs import AFTER_BRIDGE, RECORD_START
from controller.switch.whisper import WHISPER
from tests.contract.rig import ANY_NUMBER, Rig, station
from tests.contract.wire import Wire
from tests.databases import open_to_all
from tests.live import office as live
from tests.live.messages import SOUND, written
from tests.live.watcher import Watcher
from tests.virtual import VirtualClock

T = TypeVar("T")
#: listener -> whom it hears clearly
Matrix = dict[str, set[str]]
PARTIES = ("1001", "1002", "1003", "customer")
#: The dialplan's tones in Hz; of a dual tone, the lower one.
PAGE_TONE, PROMPT, OVER, MUTED, HEARD = 2500, 350, 480, 1400, 1000
#: A message and its number; the file of its sound on the simulated switch, and the seconds that it takes.
MESSAGE, MESSAGE_NUMBER, MESSAGE_SOUND, MESSAGE_SECONDS = "visitor", 7, "visitor.wav", 8
SENDER = f"lobby@{DOMAIN}"
#: The tones in Hz of a reply; those of a declined page come in the reverse order.
REPLIED = (900, 1500)
#: The tones in Hz which confirm that pages are off; in the reverse order they confirm that pages are on.
BEEPS = (1200, 900, 600)


class ContractOffice(ABC):
    """The actions and observations of an office. `wire` is a connection to its switch."""

    wire: Wire
    port: int
    #: The clock of the switch and the controller.
    clock: Clock = REAL
    #: The codecs of the calls that phones dial, by user; PCMU where there is none.
    codecs: dict[str, str]

    @abstractmethod
    def dial(self, who: str, number: str) -> Any:
        """Make a phone dial without waiting; return a handle of its call."""

    @abstractmethod
    def cause(self, call: Any) -> str:
        """Wait until a dialled call is answered or fails; return the cause of the failure, else ''."""

    @abstractmethod
    def dial_early(self, who: str, number: str) -> Any:
        """Make a phone dial that hears early media and sends keys before an answer; return a handle."""

    @abstractmethod
    def received(self, who: str) -> None:
        """Listen, from now on, to the call that a phone has received, and not to one that it has dialled."""

    @abstractmethod
    def end_of(self, call: Any) -> str:
        """Wait until such a call is over; return its cause."""

    @abstractmethod
    def hang_up(self, call: Any) -> None: ...

    @abstractmethod
    def hold(self, call: Any) -> None: ...

    @abstractmethod
    def refer(self, call: Any, number: str) -> None:
        """Make the phone transfer its call blindly."""

    @abstractmethod
    def press(self, call: Any, keys: str) -> None: ...

    @abstractmethod
    def watch(self, who: str, to: str) -> Any:
        """Make a phone's key watch `PROTOCOL+USER`; its handle has `lit`, None before the first NOTIFY."""

    @abstractmethod
    def beeps(self, who: str, tones: tuple[int, ...] = BEEPS) -> list[int]:
        """End every call; return those of the tones (Hz) that a phone has heard in its call, in order."""

    @abstractmethod
    def kill_controller(self) -> None: ...

    @abstractmethod
    def start_controller(self) -> None: ...

    @abstractmethod
    def got(self, who: str) -> Any:
        """The handle of the newest call that a phone has received."""

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The environment variables with which the command line works on this office."""

    @abstractmethod
    def attempts(self) -> list[dict[str, Any]]:
        """The history, newest first."""

    @abstractmethod
    def recorded(self, path: Path) -> set[str]:
        """The parties whose voices are at the end of a recording, after `finish`."""

    @abstractmethod
    def add_message(self) -> None:
        """Keep the message MESSAGE, unless it is kept already. Nothing else has its sound."""

    @abstractmethod
    def send_message(self, target: str) -> None:
        """Send the message to a target."""

    @abstractmethod
    def message_heard(self, *listeners: str | Path) -> set[str | Path]:
        """End every call; return those phones and recordings that have heard the message until now."""

    @abstractmethod
    def finish(self) -> Matrix:
        """Return who hears whom at this moment, and end every call."""

    @abstractmethod
    def expect_unknown(self, text: str) -> None:
        """Accept that the switch does not know this command, which a test has sent on purpose."""

    # -- the same for both ---------------------------------------------------------------------------------

    @property
    def laboratory(self) -> bool:
        """Read by a case that needs the laboratory's users or an idle switch; a user's own skips it."""
        return True

    def connect(self, *, login: bool = True) -> Wire:
        """Another connection to the switch."""
        return Wire(self.port, login=login, clock=self.clock)

    def call(self, who: str, number: str) -> Any:
        """Make a phone dial, and wait for the answer."""
        call = self.dial(who, number)
        assert not self.cause(call)
        return call

    def wait(self, until: Callable[[], T], what: str, seconds: float = 30.0) -> T:
        deadline = self.clock.monotonic() + seconds
        while not (value := until()):
            assert self.clock.monotonic() < deadline, f"waited {seconds} s for {what}"
            self.clock.sleep(0.02)
        return value

    def legs(self, name: str = "") -> list[dict[str, str]]:
        """The rows of `show channels` whose name or user contains `name`."""
        rows: list[dict[str, str]] = json.loads(self.wire.api("show channels as json")).get("rows", [])
        return [row for row in rows if name in row["name"] or name in row["presence_id"]]

    def leg(self, who: str) -> str:
        """The newest leg of a user."""
        return self.wait(lambda: self.legs(f"{who}@"), f"a leg of {who}")[-1]["uuid"]

    def state(self, who: str) -> str:
        """The state of a user's oldest leg; empty while there is none."""
        return next((row["state"] for row in self.legs(f"{who}@")), "")

    def partner(self, leg: str) -> str:
        answer = self.wire.api(f"uuid_getvar {leg} bridge_to").strip()
        return "" if answer.startswith(("_undef_", "-ERR")) else answer

    def bugs(self, leg: str) -> int:
        return self.wire.api(f"uuid_buglist {leg}").count("<media-bug>")

    def click(self, *words: str) -> tuple[int, str]:
        """Run `whisperpage page WORDS`; return its exit status and its output."""
        return self.run("page", *words)

    def run(self, *words: str) -> tuple[int, str]:
        """Run `whisperpage WORDS`; return its exit status and its output."""
        command = [str(Path(sys.executable).parent / "whisperpage"), *words]
        with self.beside_a_process():
            done = subprocess.run(
                command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        return done.returncode, done.stdout

    def beside_a_process(self) -> AbstractContextManager[None]:
        """Use real time, for the work of another process."""
        return nullcontext()

    def target_calls(self, number: str = "9555") -> Any:
        """Make 1002 call a number, and wait until it is bridged."""
        call = self.call("1002", number)
        self.wait(lambda: self.partner(self.leg("1002")), "the call")
        return call

    def page(self) -> Any:
        """Make 1001 page 1002, and wait until the page is up."""
        call = self.call("1001", "*191002")
        self.wait(self.paged, "the page")
        return call

    def paged(self) -> bool:
        """Whether a page is up: all its legs exist, and the target's keys are bound."""
        return self.whispering() and self.keyed()

    def keyed(self) -> bool:
        """Whether the keys of the page's target are bound."""
        return self.wire.api(f"uuid_getvar {self.page_leg('relay-a')} whisperpage_keys").strip() == "true"

    def page_leg(self, end: str) -> str:
        """The uuid of a leg of the page, by its end of a pair: relay-a, relay-b, voice-a or voice-b."""
        name, side = end.split("-")
        rows = self.legs(f"loopback/{name}-")
        return next(row["uuid"] for row in rows if row["name"].endswith(f"-{side}"))

    def whispering(self) -> bool:
        rows = self.legs("loopback/")
        listening = [row for row in rows if row["application"].endswith("eavesdrop")]
        own = [leg for leg in WHISPER.legs if leg.bug_on]
        pairs = [row for row in rows if not row["name"].startswith("loopback/narrow-")]
        return len(pairs) == len(WHISPER.legs) and len(listening) == len(own)

    def message_is_up(self) -> bool:
        """Whether a message to a target on a call is up, with its keys."""
        rows = self.legs("loopback/message-")
        if len(rows) != 2:
            return False
        relay = self.page_leg("message-a")
        return self.wire.api(f"uuid_getvar {relay} whisperpage_keys").strip() == "true"

    def page_gone(self) -> bool:
        return not self.legs("loopback/") and not self.legs("null/") and not self.legs("1001@")

    def call_goes_on(self) -> bool:
        """Whether 1002 is bridged, and neither leg of its call has any trace of a page."""
        leg = self.leg("1002")
        far = self.partner(leg)
        unset = all(
            self.wire.api(f"uuid_getvar {leg} {variable}").strip() == "_undef_"
            for variable in (*AFTER_BRIDGE, RECORD_START)
        )
        return bool(far) and unset and not self.bugs(leg) and not self.bugs(far)

    def attempt(self, **wanted: str) -> None:
        """Wait until the newest attempt has these values."""

        def fits() -> bool:
            newest = self.attempts()[:1]
            return bool(newest) and all(newest[0][name] == value for name, value in wanted.items())

        self.wait(fits, f"an attempt with {wanted}")


class SimulatedOffice(ContractOffice):
    """The simulated switch, with the controller in the same process on a real socket.

    Without `limits` there is no limit to the number of pages. Its seconds take no time; its sounds are short.
    """

    def __init__(self, folder: Path, limits: Mapping[str, str] = ANY_NUMBER, **settings: Any) -> None:
        self.rig = rig = Rig(open_to_all(folder / "contract.db"), tempo=5, **limits, **settings)
        self.clock: VirtualClock = rig.clock
        self.office, self.settings, self.store = rig.office, rig.settings, rig.store
        self.port = self.office.socket.port
        self.codecs = {}
        self._recorded: dict[str, set[str]] = {}
        self.controller: Controller | None = rig.start()
        self.wire = self.connect()

    def close(self) -> None:
        self.wire.close()
        self.rig.close()

    def dial(self, who: str, number: str) -> PhoneCall:
        return self.office.dial(who, number, self.codecs.get(who, ""))

    def dial_early(self, who: str, number: str) -> PhoneCall:
        return self.dial(who, number)

    def received(self, who: str) -> None:
        """Do nothing: a phone hears what its calls hear."""

    def end_of(self, call: PhoneCall) -> str:
        self.office.settle(lambda: call.over, "the end of the call")
        return call.cause

    def cause(self, call: PhoneCall) -> str:
        self.office.settle(lambda: call.up or call.over, "an answer")
        return call.cause

    def hang_up(self, call: PhoneCall) -> None:
        call.hang_up()

    def hold(self, call: PhoneCall) -> None:
        call.hold()

    def refer(self, call: PhoneCall, number: str) -> None:
        call.refer(number)

    def press(self, call: PhoneCall, keys: str) -> None:
        self.clock.sleep(0.1)  # a person listens before the first key
        call.press(keys)

    def watch(self, who: str, to: str) -> Watch:
        return self.office.switch.presence.subscribe(f"{who}@{DOMAIN}", f"{to}@{DOMAIN}")

    def beeps(self, who: str, tones: tuple[int, ...] = BEEPS) -> list[int]:
        self.clock.sleep(0.8)  # until the last tone has begun
        self.wire.api("hupall")
        sounds = " ".join(self.office.switch.sounds.get(who, ()))
        return [hz for hz in map(int, re.findall(r"%\(\d+,\d+,(\d+)", sounds)) if hz in tones]

    def kill_controller(self) -> None:
        if self.controller:
            self.office.socket.cut()
            self.rig.stop(self.controller)
            self.controller = None
            self.reconnect()

    def reconnect(self) -> None:
        """Make a new connection for the test, after the switch has cut the old one."""
        self.wire.close()
        self.wire = self.connect()

    def start_controller(self) -> None:
        self.controller = self.rig.start()

    def beside_a_process(self) -> AbstractContextManager[None]:
        return self.clock.as_the_real_one()

    def got(self, who: str) -> PhoneCall:
        return self.office.phone(who).call

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "WHISPERPAGE_DATABASE_URL": self.settings.database_url,
            "WHISPERPAGE_SWITCH_URL": self.settings.switch_url,
        }

    def recorded(self, path: Path) -> set[str]:
        return self._recorded[str(path)] & set(PARTIES)

    def expect_unknown(self, text: str) -> None:
        self.office.switch.unknown.remove(text)

    def attempts(self) -> list[dict[str, Any]]:
        return [
            {
                "treatment": str(each.treatment),
                "reason": each.reason,
                "ending": each.ending,
                "reply": each.reply,
                "message": each.message,
            }
            for each in self.rig.attempts()
        ]

    def add_message(self) -> None:
        self.office.switch.lengths[MESSAGE_SOUND] = MESSAGE_SECONDS
        with self.store.unit() as unit:
            messages.add(unit, "*", Message(MESSAGE, MESSAGE_SOUND, number=MESSAGE_NUMBER))
            unit.commit()

    def send_message(self, target: str) -> None:
        assert self.controller
        by, there = station(self.controller), self.office.switch.channels
        self.wait(lambda: all(uuid in by.legs for uuid in there), "the controller to know every leg")
        self.clock.sleep(0.1)  # and what they do
        message = Message(MESSAGE, MESSAGE_SOUND, number=MESSAGE_NUMBER)
        by.messages.send(Sending(UserName.parse(SENDER), UserName(target, DOMAIN), message))

    def message_heard(self, *listeners: str | Path) -> set[str | Path]:
        self.clock.sleep(0.5)  # until the tone before it has ended
        assert self.message_is_up()
        heard: set[str | Path] = {who for who in listeners if MESSAGE_SOUND in self.office.hears(str(who))}
        self.wire.api("hupall")
        return heard

    def finish(self) -> Matrix:
        channels = self.office.switch.channels
        self.office.settle(lambda: not any(leg.playing for leg in channels.values()), "the tone to end")
        talking = [who for who in PARTIES if any(call.up for call in self.office.phone(who).calls)]
        hears = {who: self.office.hears(who) for who in talking}
        assert not self.office.echoes(), "somebody hears itself"
        self._recorded = {path: set(self.office.hears(path)) for path in self.office.switch.recordings}
        assert all(quality is Quality.CLEAR for heard in hears.values() for quality in heard.values())
        self.wire.api("hupall")
        self.office.settle(lambda: not self.office.switch.channels, "every leg to be gone")
        return {who: set(heard) & set(PARTIES) for who, heard in hears.items()}


class LiveOffice(ContractOffice):
    """A real switch, a second one that plays the phones, and a controller process; audio is measured."""

    port = PBX_ESL

    def __init__(self, office: live.Office) -> None:
        self.office = office
        self.wire = Wire(self.port)
        self.codecs: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._open = ExitStack()

    def close(self) -> None:
        self._open.close()
        self.wire.close()

    def recorded(self, path: Path) -> set[str]:
        samples, rate = read_wave(str(path))
        tones = {str(who): hz for who, (_, hz) in PHONES.items()} | {"customer": CUSTOMER}
        last = samples[-2 * rate :]
        return {who for who in PARTIES if level(last, rate, tones[who]) > -35}

    def expect_unknown(self, text: str) -> None:
        """Do nothing: a real switch has no list of unknown commands."""

    def dial(self, who: str, number: str) -> str:
        self._names[who] = f"{who}-{time.monotonic_ns()}"
        return self.office.dial(number, int(who), self._names[who], self.codecs.get(who, "PCMU"))

    def call(self, who: str, number: str) -> Any:
        call = super().call(who, number)
        recording = Path(self.office.lab.recordings, f"{self._names[who]}.wav")
        self.wait(recording.exists, "the phone to record, which it does after it has answered")
        return call

    def dial_early(self, who: str, number: str) -> str:
        self._names[who] = f"{who}-{time.monotonic_ns()}"
        return self.office.dial(number, int(who), self._names[who], early=True)

    def received(self, who: str) -> None:
        self._names.pop(who)

    def end_of(self, call: str) -> str:
        return self.office.end_of(call)

    def cause(self, call: str) -> str:
        return self.office.answer_of(call).removeprefix("-ERR ") if not self._answered(call) else ""

    def hang_up(self, call: str) -> None:
        self.office.lab.phone_switch.api(f"uuid_kill {call}")

    def hold(self, call: str) -> None:
        self.office.lab.phone_switch.api(f"uuid_hold {call}")

    def refer(self, call: str, number: str) -> None:
        self.office.lab.phone_switch.api(f"uuid_deflect {call} sip:{number}@{DOMAIN}")

    def press(self, call: str, keys: str) -> None:
        gevent.sleep(0.5)  # a person listens before the first key
        self.office.lab.phone_switch.api(f"uuid_send_dtmf {call} {keys}")

    def watch(self, who: str, to: str) -> Watcher:
        watcher = Watcher(who, f"{to}@{DOMAIN}")
        self._open.callback(watcher.__exit__)
        return watcher.__enter__()

    def beeps(self, who: str, tones: tuple[int, ...] = BEEPS) -> list[int]:
        gevent.sleep(0.8)  # until the last tone has ended
        self.office.lab.hang_up_all()
        found = Path(self.office.lab.recordings).glob(f"{self._recording(who)}.wav")
        samples, rate = read_wave(max(found, key=lambda path: path.stat().st_mtime))
        parts = [samples[at : at + rate // 20] for at in range(0, len(samples), rate // 20)]
        heard = (hz for part in parts for hz in tones if level(part, rate, hz) > -22)
        return [hz for hz, _ in groupby(heard)]

    def kill_controller(self) -> None:
        self.office.kill_controller()

    def start_controller(self) -> None:
        self.office.start_controller()

    def got(self, who: str) -> str:
        # the switch's table of channels lags a little
        legs = self.wait(lambda: self.office.phone_legs(int(who)), f"a call of {who}'s phone")
        leg: str = legs[-1]["Unique-ID"]
        return leg

    @property
    def environment(self) -> dict[str, str]:
        return self.office.environment

    def attempts(self) -> list[dict[str, Any]]:
        return self.office.history()

    def add_message(self) -> None:
        if MESSAGE not in self.office.whisperpage("messages", "list"):
            sound = written(self.office.folder / MESSAGE_SOUND, seconds=MESSAGE_SECONDS)
            number = f"--number={MESSAGE_NUMBER}"
            self.office.whisperpage("messages", "add", MESSAGE, "--sound", str(sound), number)

    def send_message(self, target: str) -> None:
        status, said = self.run("messages", "send", MESSAGE, target, "--from", SENDER)
        assert status == 0, said

    def message_heard(self, *listeners: str | Path) -> set[str | Path]:
        gevent.sleep(2.4)  # the time that is recorded and measured
        assert self.message_is_up()
        self.office.lab.hang_up_all()
        return {who for who in listeners if self._has_message(who)}

    def finish(self) -> Matrix:
        gevent.sleep(2.4)  # the time that is recorded and measured
        rows = self.legs()
        up = {who for who in PARTIES if any(f"{who}@" in row["presence_id"] for row in rows)}
        up |= {"customer"} if any(row["name"].startswith("sofia/trunk/") for row in rows) else set()
        self.office.lab.hang_up_all()
        return {who: self._heard(who) for who in up}

    def _answered(self, call: str) -> bool:
        return self.office.answer_of(call).startswith("+OK")

    def _has_message(self, who: str | Path) -> bool:
        found = Path(self.office.lab.recordings).glob(f"{self._recording(str(who))}.wav")
        path = who if isinstance(who, Path) else max(found, key=lambda path: path.stat().st_mtime)
        samples, rate = read_wave(str(path))
        loud = level(samples[-2 * rate : -rate // 3], rate, SOUND)
        assert not -56 < loud < -30, loud
        return loud > -30

    def _recording(self, who: str) -> str:
        return self._names.get(who) or ("customer-*" if who == "customer" else f"in-{who}-*")

    def _heard(self, who: str) -> set[str]:
        levels = self.office.lab.hears(self._recording(who))
        assert not [other for other in PARTIES if other != who and -45 < levels[other] < -30], levels
        return {other for other in PARTIES if other != who and levels[other] > -30}
