"""Messages that are followed: into a call of the target, or by its idle phone.

The switch plays the sound, waits for a reply, and hangs up; all that is in its dialplan (`utter`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from controller.domain.leg import Leg
from controller.domain.record import Ending
from controller.domain.reply import Reply
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.paging.endings import Endings
from controller.paging.message_states import TABLE, Do, Happening, State
from controller.paging.ongoing import Ongoing, move
from controller.paging.page import ANSWERS, ENDS, NO_KEYS
from controller.switch import keys
from controller.switch.keys import Key, Told
from controller.switch.leg import number
from controller.switch.pagelegs import PageMark
from controller.switch.steps import Order, Step
from controller.switch.topologies import topology_of
from controller.switch.topology import Party


class _Told(Ongoing):
    """What both kinds of messages have in common."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.reply: str | None = None
        self._replies: dict[str, Reply] = {}

    @property
    def up(self) -> bool:
        """Whether the target hears it, or has heard it and can reply."""
        return self.state in (State.SAYING, State.SAID)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state is State.ENDED

    def offer(self, replies: Sequence[Reply]) -> None:
        """Take the replies that the target has, before its keys are bound or pressed."""
        self._replies = {each.digit: each for each in replies}

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End it; only the first ending counts, and a second call does nothing."""
        return self._meet(Happening.END_WANTED, ending)

    def _meet(self, happening: Happening, ending: Ending | None = None) -> tuple[Order, ...]:
        """Apply the table to a happening, with the `ending` if it ends the message; return the orders."""
        before, (self.state, orders, told) = self.state, move(TABLE, self.state, happening)
        if self.state is not before and self.state in (State.ENDING, State.ENDED):
            self.ending = self.ending or told or ending
        return tuple(chain.from_iterable(map(self._orders, orders)))

    def _orders(self, do: Do) -> tuple[Order, ...]:
        raise NotImplementedError

    def _heard(self, event: Event) -> tuple[Order, ...]:
        """Take what the dialplan tells of its sound."""
        match event.get(keys.HEADER, ""):
            case Told.BEGUN:
                return self._meet(Happening.BEGUN)
            case Told.HEARD:
                return self._meet(Happening.SAID)
            case Told.UNHEARD:
                return self._meet(Happening.UNSAID)
        return ()

    def _pressed(self, event: Event) -> tuple[Order, ...]:
        """Note a key of the target; the switch has already carried out its action."""
        key, digit = event.get(keys.HEADER, ""), event.get(keys.DIGIT, "")
        if key in ENDS:
            return self._meet(Happening.KEY_PRESSED, ENDS[Key(key)])
        if key not in ANSWERS or not self.up:
            return ()
        reply = self._replies.get(digit)
        self.reply = reply.words if reply else None
        return self._meet(Happening.ANSWERED, ANSWERS[Key(key)])


class MessagePage(_Told):
    """A message into the call of a target; `digits` are its keys. `said`: it was played to the end."""

    def __init__(
        self, mark: PageMark, digits: Mapping[Key, str] = NO_KEYS, *, up: bool = False, said: bool = False
    ) -> None:
        super().__init__(State.SAID if said else State.SAYING if up else State.CALLING)
        self._mark = mark
        self._topology = topology_of(mark)
        self._endings = Endings(mark, self._topology, counts=not up)
        # there is nobody to speak with, for whom the target would mute itself
        self._digits = dict(digits)
        self._digits.pop(Key.MUTE, None)
        self._rate = 0
        self._music = False  # on the target's leg, since the far party holds

    @property
    def mark(self) -> PageMark:
        """The mark on its channels."""
        return self._mark

    @property
    def legs(self) -> tuple[str, ...]:
        """The uuids of the legs whose events it needs."""
        mark = self._mark
        return tuple(filter(None, (mark.target_leg, mark.far_leg, *self._topology.added(mark))))

    def steps(self) -> Iterator[Step]:
        """The steps that make it; they stop early if an event ends it meanwhile."""
        for step in self._topology.steps(self._mark):
            if self.ending:
                return
            yield step
        self._meet(Happening.BEGUN)

    def equip(self) -> tuple[Order, ...]:
        """Bind the target's keys, if it is still up."""
        return self._meet(Happening.KEYS_WANTED)

    def observe(self, event: Event) -> tuple[Order, ...]:
        """Take an event of one of its legs; return the orders that follow from it."""
        uuid, mark = event.get("Unique-ID", ""), self._mark
        self._endings.pass_time(event)
        if event.name == "CHANNEL_HANGUP" and uuid == mark.relay:
            return self._meet(Happening.GONE, Ending.LOST if self.state is State.CALLING else None)
        if event.subclass == keys.SUBCLASS:
            if uuid == mark.relay and event.get(keys.HEADER) != Told.BEGUN:  # its last step begins it
                return self._heard(event)
            return self._pressed(event) if uuid == mark.target_leg else ()
        if event.name == "CODEC":
            return self._recoded(event) if uuid == mark.target_leg else ()
        self._music |= event.name == "CHANNEL_HOLD" and uuid == mark.far_leg
        if ending := self._endings.of_event(event):
            return self._meet(Happening.END_WANTED, ending)
        return ()

    def doubts(self, event: Event) -> bool:
        """Whether somebody may have joined a message that others made, so that `judge` must ask."""
        return self._endings.doubts(event)

    def rearranges(self, event: Event) -> bool:
        """Whether its eavesdrop begins anew because of this event, so that `judge` must look later."""
        on_target = event.get("Unique-ID", "") == self._mark.target_leg
        return self.up and on_target and event.name in ("RECORD_START", "CODEC")

    def judge(
        self, target: Leg, relay: Leg, pager: Leg | None, *, settled: bool = False
    ) -> tuple[Order, ...]:
        """End it if the present state of these legs does not fit it."""
        if ending := self._endings.of_legs(target, relay, None, settled=settled):
            return self.end(ending)
        return self.end(Ending.LOST) if 0 < target.read_rate < self._topology.rate else ()

    def _recoded(self, event: Event) -> tuple[Order, ...]:
        rate = number(event.get("Channel-Read-Codec-Rate", ""))
        before, self._rate = self._rate, rate
        if not rate or rate == before or self.state is not State.SAYING:
            return ()
        if rate < self._topology.rate:
            return self._meet(Happening.END_WANTED, Ending.LOST)
        self._endings.moving(self._mark.target_leg)
        return self._meet(Happening.RECODED)

    def _orders(self, do: Do) -> tuple[Order, ...]:
        mark, replies = self._mark, tuple(self._replies.values())
        match do:
            case Do.END:
                return self._topology.end(mark, self.ending or Ending.FAILED)
            case Do.BIND:
                return keys.bind(mark, self._digits, replies)
            case Do.UNBIND:
                # music on hold would never end (WhisperPage); the first key that is pressed unbinds the keys
                return () if self._music else keys.unbind(mark, self._digits, replies)
            case Do.TAKE_RATE:
                return self._topology.take_rate(mark, Party.TARGET)


class MessageCall(_Told):
    """A message to an idle target, whose phones ring on `legs`; `on` is the leg that was answered, if any."""

    def __init__(self, legs: Sequence[str], on: str = "", *, said: bool = False) -> None:
        super().__init__(State.SAID if said else State.SAYING if on else State.CALLING)
        self._legs = tuple(legs)
        self._on = on
        self._gone: set[str] = set()

    @property
    def legs(self) -> tuple[str, ...]:
        """The uuids of the legs whose events it needs."""
        return (self._on,) if self._on else self._legs

    def answered_on(self, leg: str) -> None:
        """Note the leg that was answered; its message begins."""
        self._on = leg
        if leg in self._gone:
            self._meet(Happening.GONE, Ending.TARGET_HUNG_UP)

    def observe(self, event: Event) -> tuple[Order, ...]:
        """Take an event of one of its legs."""
        uuid = event.get("Unique-ID", "")
        if event.name == "CHANNEL_HANGUP":
            self._gone.add(uuid)
            if uuid == self._on:
                self.cause = event.get("Hangup-Cause", "")
                return self._meet(Happening.GONE, Ending.TARGET_HUNG_UP)
        elif event.subclass == keys.SUBCLASS:
            if event.get(keys.HEADER) == Told.BEGUN:
                self._on = uuid
            return self._heard(event) or self._pressed(event)
        return ()

    def _orders(self, do: Do) -> tuple[Order, ...]:
        return tuple(api.uuid_kill(leg) for leg in self.legs) if do is Do.END else ()
