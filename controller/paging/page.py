"""The life of a whisper page: a pure state machine that reads events and returns orders for the switch.

WhisperPage converts the switch's events to happenings, and the orders of the table (`page_states`) to calls.
One call ends a page, whatever the reason: the relay is hung up, and the dialplan takes down all the rest. The
reasons are in `endings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType

from controller.domain.leg import Leg
from controller.domain.record import Ending
from controller.domain.reply import Reply
from controller.domain.toggle import Toggle
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.paging.endings import CONFERENCE, Endings
from controller.paging.mute import Mute
from controller.paging.ongoing import Ongoing, bridged, move
from controller.paging.page_states import TABLE, Do, Happening, State
from controller.switch import caller, displays, group, keys
from controller.switch.keys import Key
from controller.switch.leg import number
from controller.switch.pagelegs import PageMark
from controller.switch.steps import Order, Step
from controller.switch.topologies import topology_of
from controller.switch.topology import Party

#: The keys that end a page, and their endings.
ENDS: Mapping[Key, Ending] = {Key.END: Ending.STOPPED, Key.OFF: Ending.BLOCKED}
#: The keys of replies, and their endings.
ANSWERS = {Key.REPLY: Ending.REPLIED, Key.DECLINE: Ending.DECLINED}

#: The events of its legs that a page needs.
EVENTS = (
    "CHANNEL_ORIGINATE",
    "CHANNEL_ANSWER",
    "CHANNEL_BRIDGE",
    "CHANNEL_UNBRIDGE",
    "CHANNEL_HOLD",
    "CHANNEL_PARK",
    "CHANNEL_HANGUP",
    "CODEC",
    "MEDIA_BUG_START",
    "MEDIA_BUG_STOP",
    "RECORD_START",
)
CUSTOM = (CONFERENCE, keys.SUBCLASS, group.SUBCLASS)

NO_KEYS: Mapping[Key, str] = MappingProxyType({})


class WhisperPage(Ongoing):
    """One whisper page; `digits` are the target's keys while it is up.

    With `show` the pager's phone shows the target's reply.
    """

    def __init__(
        self,
        mark: PageMark,
        digits: Mapping[Key, str] = NO_KEYS,
        *,
        up: bool = False,
        muted: bool = False,
        show: bool = False,
    ) -> None:
        self._mark = mark
        self._topology = topology_of(mark)
        # the eavesdrops are known from the first on only of a page that this controller has made
        self._endings = Endings(mark, self._topology, counts=not up)
        self._mute = Mute(mark.far_leg, on=muted or mark.reverse)
        self._digits = {key: each for key, each in digits.items() if self._takes(key)}
        self._replies: dict[str, Reply] = {}
        self._show = show
        self.reply: str | None = None
        self.state = State.UP if up else State.BUILDING
        self._rates: dict[str, int] = {}  # of its legs, as far as events have told them
        self._music = False  # on the target's leg, since the far party holds

    @property
    def mark(self) -> PageMark:
        """The mark on its channels."""
        return self._mark

    @property
    def up(self) -> bool:
        """Whether the pager is bridged to the relay, and no end is ordered."""
        return self.state is State.UP

    @property
    def over(self) -> bool:
        """Whether the relay is gone."""
        return self.state is State.ENDED

    @property
    def legs(self) -> tuple[str, ...]:
        """The uuids of the legs whose events it needs."""
        mark = self.mark
        call = (mark.pager_leg, mark.target_leg, mark.far_leg)
        return tuple(filter(None, (*call, *self._topology.added(mark))))

    def steps(self) -> Iterator[Step]:
        """The steps that make the page; they stop early if an event ends it meanwhile."""
        for step in self._topology.steps(self.mark):
            if self.ending:
                return
            yield step
        self._meet(Happening.BUILT)

    def offer(self, replies: Sequence[Reply]) -> None:
        """Take the replies that the target has, before its keys are bound or pressed."""
        self._replies = {each.digit: each for each in replies}

    def equip(self) -> tuple[Order, ...]:
        """Bind the target's keys, if the page is still up."""
        return self._meet(Happening.KEYS_WANTED)

    def _takes(self, key: Key) -> bool:
        """Whether the page has this key. The mute of a reverse page lasts as long as the page."""
        if self._mark.reverse:
            return key is Key.END
        return key is not Key.MUTE or self._topology.two_way

    @property
    def muted(self) -> bool:
        """Whether the target is muted to the far party."""
        return self._mute.on

    @property
    def mutable(self) -> bool:
        """Whether the target can be muted: the page is up, and a far party hears the target.

        Not in a page that the pager does not hear, nor in a reverse page.
        """
        return self.up and bool(self.mark.far_leg) and self._topology.two_way and not self.mark.reverse

    def mute(self, toggle: Toggle) -> tuple[Order, ...]:
        """Mute the target to the far party, or unmute it."""
        wanted = toggle.after(self.muted)
        if not self.mutable or wanted == self.muted:
            return ()
        self._mute.order(on=wanted)
        return self._meet(Happening.MUTE_WANTED if wanted else Happening.UNMUTE_WANTED)

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End the page; only the first ending counts, and a second call does nothing."""
        return self._meet(Happening.END_WANTED, ending)

    def observe(self, event: Event) -> tuple[Order, ...]:
        """Take an event of one of its legs; return the orders that follow from it."""
        uuid, mark = event.get("Unique-ID", ""), self.mark
        self._endings.pass_time(event)
        if event.name == "CHANNEL_HANGUP" and uuid == mark.relay:
            return self._meet(Happening.RELAY_GONE)
        if event.subclass == keys.SUBCLASS:
            return self._pressed(event) if uuid == mark.target_leg else ()
        if event.name == "CODEC":
            return self._recoded(event, uuid)
        self._mute.observe(event)
        if self.mark.reverse and not self._mute.on:
            return self._meet(Happening.END_WANTED, Ending.LOST)
        self._music |= event.name == "CHANNEL_HOLD" and uuid == mark.far_leg
        if ending := self._endings.of_event(event):
            # while its relay is on hold, the pager's leg plays music, and nothing else (switch_ivr_hold)
            with_pager = {mark.pager_leg, mark.relay} if event.name == "CHANNEL_HOLD" else {mark.pager_leg}
            taken = not with_pager.isdisjoint((uuid, *bridged(event))) and ending is not Ending.PAGER_HUNG_UP
            return self._meet(Happening.PAGER_TAKEN if taken else Happening.END_WANTED, ending)
        return ()

    def _meet(self, happening: Happening, ending: Ending | None = None) -> tuple[Order, ...]:
        """Apply the table to a happening, with the `ending` if it ends the page; return the orders."""
        before, (self.state, orders, told) = self.state, move(TABLE, self.state, happening)
        if self.state is not before:
            self.ending = self.ending or ending or told
        return tuple(chain.from_iterable(map(self._orders, orders)))

    def _orders(self, do: Do) -> tuple[Order, ...]:
        mark = self.mark
        match do:
            case Do.END:
                return self._topology.end(mark, self.ending or Ending.FAILED)
            case Do.HANG_UP_PAGER:
                return (api.uuid_kill(mark.pager_leg),)
            case Do.TELL_PAGER:
                # of a page group, the pager goes on with the other members
                return () if mark.room else (caller.over(mark.pager_leg),)
            case Do.BIND:
                return keys.bind(mark, self._digits, tuple(self._replies.values()))
            case Do.UNBIND:
                # Music on hold never ends if its leg runs an application meanwhile (CF_BROADCAST is cleared,
                # switch_ivr_parse_event, switch_ivr.c). The first key that is pressed unbinds the keys.
                replies = tuple(self._replies.values())
                return () if self._music else keys.unbind(mark, self._digits, replies)
            case Do.SHOW_REPLY:
                shown = self._show and not mark.room
                return displays.answer(mark, self.reply or "") if shown else ()
            case Do.MUTE:
                return keys.mute(mark, on=True)
            case Do.UNMUTE:
                return keys.mute(mark, on=False)
            case Do.TAKE_PAGER:
                return self._topology.take_rate(mark, Party.PAGER)
            case Do.TAKE_TARGET:
                return self._topology.take_rate(mark, Party.TARGET)

    def _recoded(self, event: Event, uuid: str) -> tuple[Order, ...]:
        """A leg has another codec, which matters if that has another rate."""
        rate = number(event.get("Channel-Read-Codec-Rate", ""))
        before, self._rates[uuid] = self._rates.get(uuid), rate
        if not rate or rate == before or self.state is not State.UP:
            return ()
        if uuid not in (self.mark.pager_leg, self.mark.target_leg):
            return ()
        self._endings.moving(uuid)
        by_pager = uuid == self.mark.pager_leg
        return self._meet(Happening.PAGER_RECODED if by_pager else Happening.TARGET_RECODED)

    def _pressed(self, event: Event) -> tuple[Order, ...]:
        """Note a key of the target; the switch has already carried out its action."""
        key, digit = event.get(keys.HEADER, ""), event.get(keys.DIGIT, "")
        if key in ENDS:
            return self._meet(Happening.KEY_PRESSED, ENDS[Key(key)])
        if key not in ANSWERS or self.state is not State.UP:
            return ()
        reply = self._replies.get(digit)
        self.reply = reply.words if reply else None
        return self._meet(Happening.ANSWERED, ANSWERS[Key(key)])

    def doubts(self, event: Event) -> bool:
        """Whether somebody may have joined a page that others made, so that `judge` must ask the switch."""
        return self._endings.doubts(event)

    def rearranges(self, event: Event) -> bool:
        """Whether eavesdrops of it begin anew because of this event, so that `judge` must look later."""
        legs = {"RECORD_START": (self.mark.target_leg,), "CODEC": (self.mark.target_leg, self.mark.pager_leg)}
        return self.up and event.get("Unique-ID", "") in legs.get(event.name, ())

    def judge(
        self, target: Leg, relay: Leg, pager: Leg | None, *, settled: bool = False
    ) -> tuple[Order, ...]:
        """End the page if the present state of these legs does not fit it.

        `settled`: it has been up long enough for all its own eavesdrops to be there. What eavesdrops a leg
        that is slower than the page begins anew: its codec may have changed with no controller alive.
        """
        if ending := self._endings.of_legs(target, relay, pager, settled=settled):
            return self.end(ending)
        orders: tuple[Order, ...] = ()
        for leg, happening in ((pager, Happening.PAGER_RECODED), (target, Happening.TARGET_RECODED)):
            if leg and 0 < leg.read_rate < self._topology.rate and leg.uuid not in self._rates:
                self._rates[leg.uuid] = leg.read_rate
                self._endings.moving(leg.uuid)
                orders += self._meet(happening)
        return orders
