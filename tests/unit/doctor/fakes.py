"""A fake switch for the doctor's trial: loopback channels, bridges, a page, and who hears whom in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from itertools import permutations
from xml.etree import ElementTree

import gevent

from controller import resources
from controller.doctor import standins
from controller.errors import SwitchError
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.events import Event, JsonEvent
from controller.eventsocket.outcome import Outcome, Status
from controller.switch.topology import Pair, Party
from controller.switch_address import SwitchAddress

CONTEXTS = {
    each.get("name", ""): ElementTree.tostring(each, "unicode")
    for each in ElementTree.parse(resources.dialplan() / "whisperpage.xml").getroot().iter("context")
}
#: One profile for the users' phones, and one for a trunk.
PROFILES = """\
<configuration name="sofia.conf"><profiles>
  <profile name="internal"><settings>
    <param name="auth-calls" value="true"/>
    <param name="manage-presence" value="true"/>
    <param name="enable-chat" value="false"/>
  </settings></profile>
  <profile name="external"><settings><param name="enable-chat" value="false"/></settings></profile>
</profiles></configuration>
"""
CODES = (resources.dialplan() / "default" / "whisperpage.xml").read_text()
_DIGIT = {"1209": Party.PAGER, "1336": Party.TARGET, "1477": Party.FAR}


def ask(call: ApiCall) -> str:
    """The answer of a switch on which everything is right."""
    if call.text.startswith("xml_locate"):
        name = call.text.rpartition(" ")[2]
        if name == "sofia.conf":
            return PROFILES
        return CODES if name == "default" else CONTEXTS.get(name, "-ERR can't find context")
    return "FreeSWITCH Version 1.10.12" if call.text == "version" else "true"


class FakeSwitch:
    """A switch and the connection to it. `leaks` are pairs that hear each other in a page, but should not."""

    def __init__(self, leaks: Iterable[Pair] = (), deaf: Iterable[Party] = ()) -> None:
        self.address = SwitchAddress("switch", 8021, "secret")
        self.error: SwitchError | None = None
        self.leaks, self.deaf = set(leaks), set(deaf)
        #: Answers in place of the usual ones, by the beginning of a call or command.
        self.answers: dict[str, str] = {}
        #: How often the legs of a page do not eavesdrop yet when it is asked for.
        self.beginning = 0
        #: Called each time somebody speaks.
        self.on_speech: Callable[[], None] = lambda: None
        self.legs: list[str] = []
        self.killed: set[str] = set()
        self.stopped = False
        self._hears: set[Pair] = set()
        self._handler: Callable[[Event], None] = lambda event: None

    # -- as a connection -----------------------------------------------------------------------------------

    def connect(self) -> None:
        pass

    def dispatch(self) -> None:
        pass

    def stop(self) -> None:
        self.stopped = True

    def register_handle(self, name: str, handler: Callable[[Event], None]) -> None:
        assert name == standins.SUBCLASS
        self._handler = handler

    def send(self, command: Command, deadline: float) -> Outcome:
        headers = dict(command.headers)
        argument = headers.get("execute-app-arg", "")
        if headers.get("execute-app-name") == "playback":
            self.on_speech()
            gevent.spawn_later(0.01, self._spoken, _DIGIT[argument[-5:-1]])
        return self._answer(command.line, "+OK")

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        return self._answer(call.text, self._done(call.text))

    bgapi = api

    # -- as a switch ---------------------------------------------------------------------------------------

    @property
    def left_over(self) -> set[str]:
        return {leg for leg in self.legs if leg not in self.killed}

    def _answer(self, text: str, usual: str) -> Outcome:
        told = next((each for start, each in self.answers.items() if text.startswith(start)), usual)
        return Outcome(Status.REFUSED if told.startswith("-ERR") else Status.DONE, told)

    def _done(self, text: str) -> str:
        name, _, rest = text.partition(" ")
        match name:
            case "originate":
                uuid = re.findall(r"origination_uuid=([^,}]+)", rest)[0]
                self.legs.append(uuid)
                if "loopback/voice-" in rest:
                    self._hears |= {(Party.TARGET, Party.PAGER), (Party.PAGER, Party.TARGET)} | self.leaks
                return f"+OK {uuid}"
            case "uuid_bridge":
                pair = [self._party(uuid) for uuid in rest.split()]
                if all(pair):
                    self._hears = set(permutations(pair))  # type: ignore[arg-type]
            case "uuid_kill":
                uuid = rest.split()[0]
                self.killed.add(uuid)
                if self._party(uuid) in (None, Party.PAGER):  # the legs of a page follow each other
                    self.killed.update(self.legs[len(Party) :])
                    self._hears = {(Party.TARGET, Party.FAR), (Party.FAR, Party.TARGET)}
            case "uuid_exists":
                return "true" if rest in self.left_over else "false"
            case "uuid_dump":
                return f'{{"variable_other_loopback_leg_uuid":"phone-of-{rest.split()[0]}"}}'
            case "uuid_buglist":
                self.beginning -= 1
                return "" if self.beginning >= 0 else "<function>eavesdrop</function>" * 2
            case "module_exists" | "xml_locate" | "version":
                return ask(ApiCall(text))
        return "+OK"

    def _party(self, leg: str) -> Party | None:
        """The party of a leg; the parties are dialled in order."""
        return dict(zip(self.legs, Party, strict=False)).get(leg)

    def _spoken(self, speaker: Party) -> None:
        for listener, leg in zip(Party, self.legs, strict=False):
            if (listener, speaker) in self._hears and listener not in self.deaf:
                headers = {
                    "Event-Subclass": standins.SUBCLASS,
                    "Event-Name": "CUSTOM",
                    "Unique-ID": f"phone-of-{leg}",
                    standins.HEADER: speaker.name,
                }
                self._handler(JsonEvent(json.dumps(headers, separators=(",", ":")).encode()))
