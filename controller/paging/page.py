"""The life of a page: a pure state machine, events and outcomes in, calls to the switch out.

A page is BUILDING while its steps are run, UP when the pager is bridged to the relay, and ENDED when the
relay is gone; ENDING lies between the wish and the end. It ends by one call, whatever the reason: the relay
is hung up, and the dialplan takes everything else down. What would have refused a page ends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from controller.domain.leg import Leg
from controller.domain.record import Ending
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.switch import caller, keys
from controller.switch.keys import Key
from controller.switch.pagelegs import PageMark
from controller.switch.steps import Order, Step
from controller.switch.topologies import topology_of


class State(StrEnum):
    """Where in its life a page is."""

    BUILDING = "building"
    UP = "up"
    ENDING = "ending"
    ENDED = "ended"


#: The keys that end a page, and how.
_ENDS = {Key.END: Ending.STOPPED, Key.OFF: Ending.BLOCKED}
#: The media bug that mutes (switch_ivr_session_audio, switch_ivr_async.c).
_MUTE = "audio"
_RECORDING = "session_record"
_CONFERENCE = "conference::maintenance"

#: The events that a page must see of its legs.
EVENTS = (
    "CHANNEL_ANSWER",
    "CHANNEL_BRIDGE",
    "CHANNEL_UNBRIDGE",
    "CHANNEL_HOLD",
    "CHANNEL_PARK",
    "CHANNEL_HANGUP",
    "MEDIA_BUG_START",
    "MEDIA_BUG_STOP",
)
CUSTOM = (_CONFERENCE, keys.SUBCLASS)


def bridged(event: Event) -> frozenset[str]:
    """The two legs that a CHANNEL_BRIDGE or CHANNEL_UNBRIDGE is about."""
    return frozenset({event.get("Bridge-A-Unique-ID", ""), event.get("Bridge-B-Unique-ID", "")})


NO_KEYS: Mapping[Key, str] = MappingProxyType({})


class WhisperPage:
    """One whisper page. `digits` are the keys that its target has while it is up."""

    def __init__(self, mark: PageMark, digits: Mapping[Key, str] = NO_KEYS, *, up: bool = False) -> None:
        self.mark = mark
        self.topology = topology_of(mark)
        self._own_bugs = self.topology.own_bugs(mark)
        self.muted = False
        self._digits = digits
        self.state = State.UP if up else State.BUILDING
        self.ending: Ending | None = None
        # how many there are is known of a page only to who has seen it made
        self._eavesdroppers: dict[str, int] | None = None if up else {}
        self._speak_is_moving = False  # behind a recording: it is off its leg for a moment

    @property
    def legs(self) -> tuple[str, ...]:
        """The uuids of the legs whose events it must see."""
        mark = self.mark
        call = (mark.pager_leg, mark.target_leg, mark.far_leg)
        return tuple(filter(None, (*call, *self.topology.added(mark))))

    def steps(self) -> Iterator[Step]:
        """What makes the page, step by step; stops early if an event has ended it meanwhile."""
        for step in self.topology.steps(self.mark):
            if self.ending:
                return
            yield step
        if not self.ending:
            self.state = State.UP

    def equip(self) -> tuple[Order, ...]:
        """Give the target its keys, if the page is still up."""
        return keys.bind(self.mark, self._digits) if self.state is State.UP else ()

    @property
    def mutable(self) -> bool:
        """Whether the target can be muted: the page is up, and there is a far party that hears it."""
        return self.state is State.UP and bool(self.mark.far_leg)

    def mute(self, on: bool | None) -> tuple[Order, ...]:
        """Mute the target to the far party or have it heard again; None: the other of the two."""
        wanted = not self.muted if on is None else on
        if not self.mutable or wanted == self.muted:
            return ()
        self.muted = wanted
        return keys.mute(self.mark, on=wanted)

    def end(self, ending: Ending) -> tuple[Order, ...]:
        """End it; the first reason counts, and asking twice does nothing more."""
        if self.state in (State.ENDING, State.ENDED):
            return ()
        self.ending, self.state = ending, State.ENDING
        return self.topology.end(self.mark, ending)

    def observe(self, event: Event) -> tuple[Order, ...]:
        """An event of one of its legs; what to do about it."""
        uuid, mark = event.get("Unique-ID", ""), self.mark
        if event.name == "CHANNEL_HANGUP" and uuid == mark.relay:
            return self._ended()
        if event.subclass == keys.SUBCLASS:
            if uuid == mark.target_leg:
                self._pressed(event.get(keys.HEADER, ""))
            return ()
        if self._records_the_pager(event, uuid):
            self._speak_is_moving = True
            return self.topology.record_without_pager(mark)
        if ending := self._reason(event, uuid):
            return (*self._hang_up_pager(ending, {uuid, *bridged(event)}), *self.end(ending))
        return ()

    def _records_the_pager(self, event: Event, uuid: str) -> bool:
        """Whether a recording begins that stands behind what the page gives to its target (P12)."""
        begins = event.name == "MEDIA_BUG_START" and event.get("Media-Bug-Function") == _RECORDING
        return begins and uuid == self.mark.target_leg and self.state in (State.BUILDING, State.UP)

    def _pressed(self, key: str) -> None:
        """The target has pressed a key; the switch has done what it does to the page."""
        if key in _ENDS and self.state is State.UP:
            self.ending, self.state = _ENDS[Key(key)], State.ENDING

    def _ended(self) -> tuple[Order, ...]:
        """The relay is gone. If nothing has told why, somebody may have sent the pager elsewhere."""
        unexplained = self.state is State.UP
        if self.state is State.BUILDING:
            self.ending = self.ending or Ending.LOST
        self.state = State.ENDED
        unbind = keys.unbind(self.mark, self._digits)
        return (caller.over(self.mark.pager_leg), *unbind) if unexplained else unbind

    def explain(self, pager: Leg | None, target: Leg | None) -> Ending:
        """How a page ended whose events have not told it, by what there is of its pager's and target's legs.

        With either of them the switch hangs the relay up at once, and sometimes tells of that first.
        """
        if pager is None or pager.ending:
            self.ending = Ending.PAGER_HUNG_UP
        else:
            self.ending = Ending.TARGET_HUNG_UP if target is None or target.ending else Ending.LOST
        return self.ending

    def _hang_up_pager(self, ending: Ending, legs: set[str]) -> tuple[Order, ...]:
        """What somebody does with the pager's own leg, the pager must not go on to speak to."""
        is_its_own = self.mark.pager_leg in legs and ending is not Ending.PAGER_HUNG_UP
        return (api.uuid_kill(self.mark.pager_leg),) if is_its_own and not self.ending else ()

    def _reason(self, event: Event, uuid: str) -> Ending | None:
        name, mark = event.name, self.mark
        if name in ("MEDIA_BUG_START", "MEDIA_BUG_STOP"):
            if event.get("Media-Bug-Function") == _MUTE and uuid == mark.far_leg:
                self.muted = name == "MEDIA_BUG_START"
            return self._counted(event, uuid)
        if event.subclass == _CONFERENCE:
            return Ending.CONFERENCE if event.get("Action") == "add-member" else None
        if name in ("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"):
            return self._bridged(name, bridged(event))
        if name == "CHANNEL_HANGUP":
            if uuid in self.topology.added(mark):
                return Ending.LOST
            return {
                mark.pager_leg: Ending.PAGER_HUNG_UP,
                mark.target_leg: Ending.TARGET_HUNG_UP,
                mark.far_leg: Ending.CALL_ENDED,
            }.get(uuid)
        if name == "CHANNEL_HOLD":
            return Ending.HELD
        return Ending.PARKED if name == "CHANNEL_PARK" and uuid == mark.target_leg else None

    def _bridged(self, name: str, pair: frozenset[str]) -> Ending | None:
        """A bridge began or ended; the page's own are pager to relay and target to far party."""
        mark = self.mark
        if not any(pair):  # a signal bridge ended: the media of a bypass-media call comes to the switch
            return None
        call = frozenset({mark.target_leg, mark.far_leg})
        if name == "CHANNEL_BRIDGE":
            moved = pair not in (call, frozenset({mark.pager_leg, mark.relay}))
            return Ending.TRANSFERRED if moved else None
        return Ending.CALL_ENDED if mark.target_leg in pair else Ending.TRANSFERRED

    def doubts(self, event: Event) -> bool:
        """Whether somebody may have joined a page that others made: the switch is to be asked (`judge`)."""
        begins = event.name == "MEDIA_BUG_START" and event.get("Media-Bug-Function") == "eavesdrop"
        return begins and self._eavesdroppers is None

    def judge(self, target: Leg, relay: Leg, *, settled: bool = False) -> tuple[Order, ...]:
        """End it if these legs, as the switch has them now, are not those of a page.

        `settled`: it is up for long enough that all its own must be listening in.
        """
        ending = None
        more = [leg.eavesdroppers - self._own_bugs.get(leg.uuid, 0) for leg in (target, relay)]
        if max(more) > 0:
            ending = Ending.JOINED
        elif settled and min(more) < 0 and not self._speak_is_moving:
            ending = Ending.LOST
        elif target.conference:
            ending = Ending.CONFERENCE
        elif target.held:
            ending = Ending.HELD
        elif self.mark.far_leg and target.partner != self.mark.far_leg:
            ending = Ending.TRANSFERRED if target.partner else Ending.CALL_ENDED
        return self.end(ending) if ending else ()

    def _counted(self, event: Event, uuid: str) -> Ending | None:
        """Somebody else's eavesdrop or three_way, a bug of the same name, is one more than our own.

        With one less, a leg of the page has been taken from where it belongs.
        """
        if event.get("Media-Bug-Function") != "eavesdrop":
            return None
        begins = event.name == "MEDIA_BUG_START"
        own = self._own_bugs.get(uuid, 0)
        if not own:
            return Ending.JOINED if begins else None
        if self._eavesdroppers is None:
            if begins and uuid == self.mark.target_leg:
                self._speak_is_moving = False
            return None
        count = self._eavesdroppers.get(uuid, 0) + (1 if begins else -1)
        self._eavesdroppers[uuid] = count
        if begins:
            if uuid == self.mark.target_leg and count == own:
                self._speak_is_moving = False
            return Ending.JOINED if count > own else None
        moves = self._speak_is_moving and uuid == self.mark.target_leg
        return Ending.LOST if count < own and not moves else None
