"""The demonstration's office on the laboratory's real FreeSWITCH, where it measures who hears whom.

The controller runs in a process of its own, as beside any switch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from controller import resources
from controller.errors import SwitchUnreachable
from controller.laboratory.lab import Lab
from controller.laboratory.levels import write_tone
from controller.laboratory.office import CUSTOMER as CUSTOMERS_TONE
from controller.laboratory.office import DOMAIN, TRUNK_PORT
from controller.simulator.parties import Parties, has_tone
from controller.simulator.process import ControllerProcess
from controller.simulator.scene import COLLEAGUE, CUSTOMER, LOBBY, MESSAGE, PAGER, TARGET, Matrix
from controller.switch.lamps import Lamp

#: The frequency in Hz of the tone that starts a page (dialplan/whisperpage.xml).
PAGE_TONE = 2500
#: The frequency in Hz of the message's sound, which no phone has, and its length in seconds.
_MESSAGE_TONE, _MESSAGE_LASTS = 1500, 2.5
#: The seconds after a request in which its tone is heard, and a message begins.
_SOON = 2.5
#: The key by which a refused pager asks for a call back (settings.call_back_key).
_CALL_BACK = "5"


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
        sound = Path(self._folder.name) / "visitor.wav"
        write_tone(sound, _MESSAGE_TONE, _MESSAGE_LASTS)
        self._controller = ControllerProcess(Path(self._folder.name), sound)
        self.database_url = self._controller.database_url
        self._refused = ""
        self._message = ""
        self._tone: frozenset[str] = frozenset()
        self._sound: frozenset[str] = frozenset()
        self._lamps: dict[Lamp, bool] = {}

    def __enter__(self) -> MeasuredDemo:
        """Start the PBX, the phones and the controller; permit everything."""
        try:
            self._lab.__enter__()
            self._lab.pbx.command("event json PRESENCE_IN")
            self._controller.__enter__()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.__exit__()
        self._lab.__exit__(kind, error, trace)
        self._folder.cleanup()

    # -- the story's verbs ---------------------------------------------------------------------------------

    def client_calls(self) -> None:
        """The client calls the target through the trunk."""
        to = f"sofia/customer/{TARGET}@127.0.0.1:{TRUNK_PORT}"
        self.parties.call(CUSTOMER, to, CUSTOMERS_TONE)

    def page(self, target: str) -> None:
        """The pager dials."""
        self._forget()
        self.parties.dial(PAGER, f"*19{target}")
        self._listen()

    def ask_for_a_call_back(self, target: str) -> None:
        """The pager's phone sends the key before its call is answered."""
        self._forget()
        self.parties.dial(PAGER, f"*19{target}", early=True)
        self._wait_until(self._offers_a_call_back, "The pager was offered no call back.")
        self.parties.press(PAGER, _CALL_BACK)

    def target_is_free(self) -> None:
        """The pager's phone answers at once."""
        self._forget()
        self.parties.hang_up(TARGET)
        self._wait_until(lambda: PAGER in self.parties.legs(), "The pager was not called back.")
        self._listen()

    def pager_hangs_up(self) -> None:
        """Whichever call it has; returns when that of the target is over, too."""
        self.parties.hang_up(PAGER)
        self._wait_until(lambda: TARGET not in self.parties.legs(), "The target's call did not end.")

    def press(self, keys: str) -> None:
        """The target's phone sends the keys."""
        self._wait_for_the_keys()
        self._forget(self._message)
        self.parties.press(TARGET, keys)

    def lobby_sends_its_message(self) -> None:
        """A request over HTTP."""
        self._forget()
        body = {"message": MESSAGE, "from": f"{LOBBY}@{DOMAIN}", "to": [TARGET]}
        sent = self._controller.ask("/api/v1/messages", body)
        self._message = str(sent["messages"][0]["id"])
        self._listen()

    def target_hears_the_message_out(self) -> None:
        """Wait until the switch has played the sound to its end."""
        self._wait_for("said", "The message was not played to its end.")

    def target_speaks_privately(self, colleague: str) -> None:
        """A request over HTTP."""
        self._forget()
        body = {"pager": f"{TARGET}@{DOMAIN}", "target": f"{colleague}@{DOMAIN}", "feature": "reverse"}
        self._controller.ask("/api/v1/pages", body)
        self._listen()

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

    # -- what is seen of it --------------------------------------------------------------------------------

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

    def heard_the_message(self) -> frozenset[str]:
        """The parties that heard its sound as it began."""
        return self._sound

    def reply(self) -> str:
        """The reply, as the API tells it."""
        told = self._controller.ask(f"/api/v1/messages/{self._message}") if self._message else {}
        return str(told.get("reply") or "")

    def refusal(self) -> str:
        """The error with which the pager's call ended; empty if it was answered."""
        if (answer := self.parties.outcome(PAGER)) is not None:
            self._refused = answer.removeprefix("-ERR ") if answer.startswith("-ERR") else ""
        return self._refused

    def wait(self, seconds: float) -> None:
        """Let everything go on."""
        time.sleep(seconds)

    def _listen(self) -> None:
        """Record every phone, and search the recordings for the tone of a page and the message's sound."""
        heard = self.parties.listen(_SOON)
        self._tone = frozenset(who for who, path in heard.items() if has_tone(path, PAGE_TONE))
        if self._message:
            self._sound = frozenset(who for who, path in heard.items() if has_tone(path, _MESSAGE_TONE))

    def _forget(self, message: str = "") -> None:
        """Forget the previous scene; `message` is the id of one whose reply is still to come."""
        self._tone = self._sound = frozenset()
        self._refused, self._message = "", message

    def _wait_for_the_keys(self) -> None:
        """Wait until the target has its keys, and as long as a person would listen first."""
        self._wait_for("keys", "The target was not given its keys.")
        time.sleep(0.5)

    def _wait_for(self, name: str, otherwise: str) -> None:
        """Wait until a leg of the page or message has this variable; SwitchUnreachable if none gets it."""
        api = self._lab.pbx.api
        self._wait_until(
            lambda: any(
                api(f"uuid_getvar {row['uuid']} whisperpage_{name}") == "true"
                for row in self._lab.channels(name="loopback/")
            ),
            otherwise,
        )

    def _offers_a_call_back(self) -> bool:
        legs = self._lab.channels(presence_id=f"{PAGER}@")
        return any(row["application"] == "play_and_get_digits" for row in legs)

    def _wait_until(self, condition: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + self.patience
        while not condition():
            if time.monotonic() > deadline:
                raise SwitchUnreachable(otherwise)
            time.sleep(0.1)
