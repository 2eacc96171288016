"""The demonstration's office on a simulated switch, with the real controller on a real socket."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING

import gevent

from controller.app import Controller
from controller.config import Settings
from controller.domain.names import UserName
from controller.paging.messages import Sending
from controller.simulator.behaviour import Behaviour, obeys
from controller.simulator.office import DOMAIN, PHONES, Office, desk
from controller.simulator.phones import PhoneCall
from controller.simulator.presence import Watch
from controller.simulator.scene import (
    BRANCH,
    CAST,
    COLLEAGUE,
    CUSTOMER,
    IDLE,
    LOBBY,
    MESSAGE,
    PAGER,
    TARGET,
    Matrix,
)
from controller.simulator.switch import Switch
from controller.switch.lamps import Lamp

if TYPE_CHECKING:
    from controller.store.session import Store

#: One more phone of the office, which has no part in the story.
SOFTPHONE = "1004"
#: What phones, and the console, show for the office's users.
NAMES = {
    1001: "Anna Reyes",
    1002: "Ben Okafor",
    1003: "Clara Lindt",
    1004: "David Kim",
    1005: "Elif Demir",
    1006: "Farid Haddad",
    1007: "Greta Moss",
}
#: The sound of the lobby's message, and its length in seconds.
VISITOR, _VISITOR_LASTS = "visitor.wav", 0.3
_BRANCH_PHONE = "Yealink SIP-T46S 66.85.0.5"
#: Sounds are so many times as fast as on a real switch, where the reorder tone takes three seconds.
_TEMPO = 2.0


class SimulatedDemo(AbstractContextManager["SimulatedDemo"]):
    """A simulated office, with a controller and an SQLite database of its own; they exist while it is open.

    A branch office has a switch of its own, with one phone. SIP connects the two switches.

    `prepare` makes the database and permits everything; it adds the message, whose sound is VISITOR.
    """

    patience = 4.0
    branch = True

    def __init__(self, prepare: Callable[[Store], None]) -> None:
        self._folder = TemporaryDirectory(prefix="whisperpage-demo-")
        self.database_url = f"sqlite:///{Path(self._folder.name) / 'demo.db'}"
        self.office = Office(password=token_hex(8), tempo=_TEMPO, names=NAMES)
        self.branch_office = Office(password=token_hex(8), tempo=_TEMPO, name="branch", names=NAMES)
        self._offices = self.office, self.branch_office
        for extension in PHONES:
            self.branch_office.phone(extension).vanish()
        self.branch_office.add_phone(desk(self.branch_office.switch, int(BRANCH), _BRANCH_PHONE, 6007))
        self.office.connect(self.branch_office)
        self.settings = Settings(
            database_url=self.database_url,
            switch_url=self.office.url,
            switches="\n".join(f"{each.name} {each.url} {each.dial_string}" for each in self._offices),
            api_token=token_hex(16),
        )
        self.controller = Controller(self.settings)
        self._prepare = prepare
        self._pager: PhoneCall | None = None
        self._message = ""
        self._talks: PhoneCall | None = None
        self._lamps: dict[Lamp, Watch] = {}

    def __enter__(self) -> SimulatedDemo:
        """Make the database, permit everything, start the controller, and wait until it is up."""
        self._prepare(self.controller.store)
        idle = self.office.phone(IDLE)
        idle.behaviour = Behaviour(answers=False, auto_answer=obeys(idle.user_agent))
        self.office.switch.lengths[VISITOR] = _VISITOR_LASTS
        self.controller.start()
        links = [station.link for station in self.controller.stations]
        self.office.settle(lambda: all(link.state == "up" for link in links), "the controller to be up")
        user = str(_user(TARGET))
        subscribe = self.office.switch.presence.subscribe
        self._lamps = {lamp: subscribe(user, f"{lamp}+{user}") for lamp in Lamp}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.controller.stop()
        for office in self._offices:
            office.close()
        self._folder.cleanup()

    @property
    def unknown(self) -> list[str]:
        """The requests that the simulated switches did not know; empty if all is well."""
        return [each for office in self._offices for each in office.switch.unknown]

    # -- what happens there ----------------------------------------------------------------------------------

    def client_calls(self) -> None:
        """The client calls the target."""
        self.office.dial(CUSTOMER, TARGET)
        self.office.settle(lambda: self.office.hears(CUSTOMER), "the call")
        self._talks = self.office.phone(TARGET).call

    def page(self, target: str) -> None:
        """The pager dials."""
        self._forget_tones()
        self._pager = self.office.dial(PAGER, f"*19{target}")

    def ask_for_a_call_back(self, target: str) -> None:
        """Wait until the refusal offers it."""
        self.page(target)
        pager = self._pager
        assert pager is not None
        self.office.settle(lambda: pager.leg.application == "play_and_get_digits", "the offer of a call back")
        pager.press(self.settings.call_back_key)

    def target_is_free(self) -> None:
        """Whoever uses the pager's phone answers it."""
        self._forget_tones()
        for call in tuple(self.office.phone(TARGET).calls):
            call.hang_up()

    def pager_hangs_up(self) -> None:
        """Every call of the pager's phone ends."""
        for call in tuple(self.office.phone(PAGER).calls):
            call.hang_up()

    def press(self, keys: str) -> None:
        """Wait until the target has its keys, and press one."""
        talks = self._talks
        assert talks is not None
        self.office.settle(lambda: keys[1] in talks.leg.meta, "the target's keys")
        self._forget_tones(self._message)
        talks.press(keys)

    def lobby_sends_its_message(self) -> None:
        """The controller is asked for it as by a request over HTTP."""
        self._forget_tones()
        message = self.controller.message(DOMAIN, MESSAGE)
        assert message
        sending = Sending(_user(LOBBY), _user(TARGET), message)
        sent = self.controller.outlets.send(self.controller.stations[0].messages, sending)
        assert sent  # no other controller sends it
        self._message = sent.page_id

    def target_hears_the_message_out(self) -> None:
        """Wait for the end of the sound."""
        legs = self.office.switch.channels
        self.office.settle(lambda: not any(VISITOR in leg.playing for leg in legs.values()), "its end")

    def target_speaks_privately(self, colleague: str) -> None:
        """The controller is asked for it as by a key of the phone."""
        self._forget_tones()
        self.controller.stations[0].clicks.reverse(_user(TARGET), _user(colleague))

    def target_dials(self, number: str) -> None:
        """The target dials on another line of its phone."""
        self._forget_tones()
        self.office.dial(TARGET, number)

    def target_joins_a_conference(self) -> None:
        """The client's call ends; two colleagues meet in room 3001."""
        self.all_hang_up()
        for who in (TARGET, COLLEAGUE):
            self.office.dial(who, "3001")
        self.office.settle(lambda: self.office.hears(COLLEAGUE), "the conference")

    def client_calls_the_branch(self) -> None:
        """The branch office has a line of its own."""
        self.all_hang_up()
        self.branch_office.dial(CUSTOMER, BRANCH)
        self.office.settle(lambda: self.office.hears(BRANCH), "the call")

    def go_to_work(self) -> None:
        """Start the calls for people who try commands: target and client, and two others in a room."""
        self.client_calls()
        for who in (COLLEAGUE, SOFTPHONE):
            self.office.dial(who, "3001")
        self.office.settle(lambda: self.office.hears(SOFTPHONE), "the conference")

    def all_hang_up(self) -> None:
        """Every phone hangs up, the pager's first."""
        for who in CAST:
            for phone in (office.find(who) for office in self._offices):
                for call in tuple(phone.calls) if phone else ():
                    call.hang_up()
            self.office.settle(lambda: not self._legs("loopback/"), "the end of a page")
        self.office.settle(lambda: not self._legs(), "all calls to end")

    def hears(self) -> Matrix:
        """Who hears whom in the switch's media graph; tones do not count."""
        return {who: frozenset(self.office.hears(who)) & frozenset(CAST) for who in CAST}

    def lamps(self) -> frozenset[Lamp]:
        """The lit lamps of the target, as its phone was notified."""
        return frozenset(lamp for lamp, watch in self._lamps.items() if watch.lit)

    def heard_the_tone(self) -> frozenset[str]:
        """The parties to which the page's tone, of 2500 Hz, was played."""
        return self._heard("2500")

    def heard_the_message(self) -> frozenset[str]:
        """The parties to which its sound was played."""
        return self._heard(VISITOR)

    def reply(self) -> str:
        """The reply in the history, which the controller tells the sender."""
        record = self.controller.attempt(self._message) if self._message else None
        return (record and record.reply) or ""

    def refusal(self) -> str:
        """The cause of the pager's call, unless it ended as calls do."""
        cause = self._pager.cause if self._pager else ""
        return "" if cause == "NORMAL_CLEARING" else cause

    def wait(self, seconds: float) -> None:
        """Let everything go on."""
        gevent.sleep(seconds)

    def _heard(self, sound: str) -> frozenset[str]:
        """The parties that have heard a sound with this in its name."""
        found = [office.switch.sounds for office in self._offices]
        return frozenset(
            who for who in CAST for sounds in found if any(sound in each for each in sounds.get(who, ()))
        )

    def _forget_tones(self, message: str = "") -> None:
        """Wait until the sounds of the previous scene have ended; then forget them and its refusal.

        `message` is the id of a message whose reply is still to come.
        """
        for switch in (office.switch for office in self._offices):
            self._wait_for_silence(switch)
            switch.sounds.clear()
        self._pager = None
        self._message = message

    def _wait_for_silence(self, switch: Switch) -> None:
        legs = switch.channels
        self.office.settle(lambda: not any(leg.playing for leg in legs.values()), "the tone's end")

    def _legs(self, beginning: str = "") -> list[str]:
        """The names of the legs on both switches; with `beginning` those of some kind."""
        names = (leg.name for office in self._offices for leg in office.switch.channels.values())
        return [name for name in names if name.startswith(beginning)]


def _user(extension: str) -> UserName:
    return UserName(extension, DOMAIN)
