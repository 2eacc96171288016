"""Tries a page on a switch without phones and without a controller, and observes who hears whom.

The page has a normal topology and uses the installed dialplan. Its mark has no page id, so controllers ignore
it. Its legs belong to no user, so they change no user's situation.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from time import monotonic
from types import TracebackType

import gevent
from gevent.event import Event as Flag

from controller.doctor import standins
from controller.doctor.hearing import AFTER, BEFORE, CONTROL, Moment, Observation, page
from controller.doctor.standins import StandIn
from controller.domain.names import UserName
from controller.errors import EventsRefused, SwitchTrouble
from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.connection import Connection
from controller.eventsocket.events import Event, JsonEvent
from controller.eventsocket.outcome import Outcome, Status
from controller.switch.leg import eavesdroppers
from controller.switch.pagelegs import PageMark
from controller.switch.topology import Pair, Party, Topology
from controller.switch.whisper import WHISPER

#: How often a party speaks at most, and the seconds to wait each time, until all its listeners have heard it.
TRIES, PATIENCE = 4, 1.0
#: Seconds by which one listener may be later than the first; and seconds from the order to speak until the
#: event: the digit itself, its detection, the longest way of a voice through a page, and the delivery of
#: events.
SETTLE, HEARING = 0.3, 0.6
#: The user in the marks of doctor's own page; nobody's real name.
DOCTOR = UserName("doctor", "whisperpage")
#: Seconds within which a page must have played its tone, and all its legs eavesdrop.
BEGIN = 5.0
#: Seconds within which all legs must have hung up, and between looks at them.
HANG_UP, LOOK = 3.0, 0.05


class Trial(AbstractContextManager["Trial"]):
    """One trial on one switch: three parties, and what they hear moment by moment.

    As a context manager it makes the parties, and always hangs them up at the end. `deadline` in seconds is
    the limit for each call to the switch. All methods raise SwitchError if the switch fails to carry out a
    call.
    """

    def __init__(self, switch: Connection, deadline: float, topology: Topology = WHISPER) -> None:
        self._switch = switch
        self._deadline = deadline
        self._topology = topology
        self._legs = {party: standins.new_leg() for party in Party}
        self._speak = standins.new_leg()
        self._parties: dict[Party, StandIn] = {}
        self._heard: set[Pair] = set()
        self._news = Flag()
        self._arrangements = {
            CONTROL: lambda: self._bridge(Party.PAGER, Party.FAR),
            BEFORE: lambda: self._bridge(Party.TARGET, Party.FAR),
            page(topology): self._page,
            AFTER: self._end,
        }

    @property
    def mark(self) -> PageMark:
        """The mark of its page."""
        return PageMark(
            page="",
            pager=DOCTOR,
            target=DOCTOR,
            pager_leg=self._legs[Party.PAGER],
            target_leg=self._legs[Party.TARGET],
            far_leg=self._legs[Party.FAR],
            speak=self._speak,
            topology=self._topology.name,
        )

    def __enter__(self) -> Trial:
        subscription = commands.subscribe(["BACKGROUND_JOB"], [standins.SUBCLASS])
        outcome = self._switch.send(subscription, self._deadline)
        if outcome.status is Status.REFUSED:
            raise EventsRefused(
                f"The switch at {self._switch.address} refuses us some events ({outcome.text}): "
                f"allow the events of `{subscription}` in esl-allowed-events of this login."
            )
        self._switch.register_handle(standins.SUBCLASS, self._on_heard)
        self._switch.dispatch()
        try:
            self._dial()
        except BaseException:
            self._hang_up()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def observe(self, moment: Moment, progress: Callable[[int], None] = lambda turns: None) -> Observation:
        """Set up the moment, make everybody speak in turn, and return who heard whom."""
        self._arrangements[moment]()
        for listener in moment.listeners:
            self._send(*standins.listen(self._parties[listener].phone))
        self._heard.clear()
        for speaker in moment.speakers:
            self._let_speak(speaker, moment)
            progress(1)
        return Observation(moment, frozenset(self._heard))

    # -- the parties ---------------------------------------------------------------------------------------

    def _dial(self) -> None:
        for party, leg in self._legs.items():
            outcome = self._switch.bgapi(standins.dial(leg), self._deadline)
            self._must("make a loopback channel", outcome)
            dump = JsonEvent(self._ask(api.uuid_dump(leg)).encode())
            phone = dump.variable("other_loopback_leg_uuid", "")
            self._parties[party] = StandIn(party, leg, phone)
            self._ask(api.call("uuid_answer", phone))
            self._send(*standins.teach(phone))

    def _on_heard(self, event: Event) -> None:
        for each in self._parties.values():
            if each.phone == event.get("Unique-ID"):
                self._heard.add((each.party, Party[event[standins.HEADER]]))
                self._news.set()

    def _let_speak(self, speaker: Party, moment: Moment) -> None:
        wanted = {pair for pair in moment.hears if pair[1] is speaker}
        for _ in range(TRIES):
            self._send(standins.say(self._parties[speaker], quiet=moment.quiet))
            patience = monotonic() + PATIENCE
            while wanted - self._heard and monotonic() < patience:
                self._news.wait(patience - monotonic())
                self._news.clear()
            if not wanted - self._heard:
                break
        gevent.sleep(SETTLE if wanted else HEARING)

    # -- the call and the page -----------------------------------------------------------------------------

    def _bridge(self, one: Party, other: Party) -> None:
        self._ask(api.uuid_bridge(self._legs[one], self._legs[other]))

    def _page(self) -> None:
        for step in self._topology.steps(self.mark):
            ask = self._switch.bgapi if step.slow else self._switch.api
            outcome = ask(step.call, self._deadline)
            self._must(f"do the step `{step.name}` of a page", outcome)
            if step.answer not in outcome.text:
                raise SwitchTrouble(f"The step `{step.name}` of a page was answered {outcome.text!r}.")
        self._listening()

    def _listening(self) -> None:
        """Wait until all legs of the page eavesdrop, after its tone: before that nobody hears a leak.

        A page that does not get so far in time is observed as it is.
        """
        patience = monotonic() + BEGIN
        own = self._topology.own_bugs(self.mark)
        while any(eavesdroppers(self._ask(api.uuid_buglist(leg))) < bugs for leg, bugs in own.items()):
            if monotonic() > patience:
                return
            gevent.sleep(LOOK)

    def _end(self) -> None:
        """Hang up the pager; the legs of its page must hang up by themselves."""
        self._switch.api(api.uuid_kill(self._legs[Party.PAGER]), self._deadline)
        self._gone(self._topology.added(self.mark))

    def _hang_up(self) -> None:
        every = (*self._topology.added(self.mark), *self._legs.values())
        for uuid in every:
            self._switch.api(api.uuid_kill(uuid), self._deadline)
        self._gone(every)

    def _gone(self, uuids: tuple[str, ...]) -> None:
        patience = monotonic() + HANG_UP
        while any(self._switch.api(api.uuid_exists(uuid), self._deadline).text == "true" for uuid in uuids):
            if monotonic() > patience:
                raise SwitchTrouble(
                    "The switch does not hang up what the doctor has made on it: "
                    f"it hangs up by itself in {standins.LIFE} s."
                )
            gevent.sleep(LOOK)

    # -- the switch ----------------------------------------------------------------------------------------

    def _send(self, *orders: Command) -> None:
        for order in orders:
            self._must(f"do `{order}`", self._switch.send(order, self._deadline))

    def _ask(self, call: ApiCall) -> str:
        outcome = self._switch.api(call, self._deadline)
        self._must(f"do `{call.text}`", outcome)
        return outcome.text.strip()

    def _must(self, what: str, outcome: Outcome) -> None:
        if not outcome.done:
            told = outcome.text or outcome.status.value
            raise self._switch.error or SwitchTrouble(
                f"The switch at {self._switch.address} does not {what}: {told}."
            )
