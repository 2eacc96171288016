"""The endings of a whisper page: everything that would have refused it ends it.

They are read from the events of its legs, or from the present state of its legs on the switch.
"""

from __future__ import annotations

from collections import Counter

from controller.domain.leg import Leg
from controller.domain.record import Ending
from controller.eventsocket.events import Event
from controller.paging.ongoing import bridged
from controller.switch.group import room_name
from controller.switch.leg import number
from controller.switch.pagelegs import PREFIX, PageMark
from controller.switch.topology import Topology

#: The subclass of the events of conferences (mod_conference).
CONFERENCE = "conference::maintenance"
_EAVESDROP = "eavesdrop"
#: The header with the leg that stands between speak and a target that is slower (dialplan/whisperpage.xml).
_NARROW = f"variable_{PREFIX}narrow"
#: The applications that park a leg (mod_dptools; mod_valet_parking).
_PARKING = frozenset({"park", "valet_park"})
#: Microseconds within which eavesdrops that are told to begin anew have done so.
MOVING = 2_000_000


class Endings:
    """Finds the ending of one page. `counts`: it sees all eavesdrops of the page from the beginning."""

    def __init__(self, mark: PageMark, topology: Topology, *, counts: bool) -> None:
        self._mark = mark
        self._topology = topology
        self._added = frozenset(topology.added(mark))
        self._room = room_name(mark.room) if mark.room else ""
        self._own_bugs: Counter[str] = Counter()
        for leg, own in topology.own_bugs(mark).items():
            self._own_bugs[self._place(leg)] += own
        self._eavesdroppers: Counter[str] | None = Counter() if counts else None
        self._now = 0  # by the events, in microseconds
        self._moving: dict[str, int] = {}  # until when
        for leg in (mark.target_leg,) if topology.makers else ():
            self.moving(leg)  # speak may go to its place by itself, and once more at our word

    def moving(self, leg: str) -> None:
        """Expect its own bugs on a leg to be taken off and put on again, for MOVING microseconds."""
        self._moving[self._place(leg)] = self._now + MOVING

    def pass_time(self, event: Event) -> None:
        """Take the time from an event."""
        self._now = max(self._now, number(event.get("Event-Date-Timestamp", "")))

    def of_event(self, event: Event) -> Ending | None:
        """The ending that an event causes, or None."""
        name, uuid, mark = event.name, event.get("Unique-ID", ""), self._mark
        if name in ("MEDIA_BUG_START", "MEDIA_BUG_STOP"):
            return self._counted(event, uuid)
        if name == "RECORD_START":
            if uuid == mark.target_leg:  # speak goes behind the recording
                self.moving(uuid)
            return None
        if event.subclass == CONFERENCE:
            enters = event.get("Action") == "add-member" and event.get("Conference-Name") != self._room
            return Ending.CONFERENCE if enters else None
        if name in ("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"):
            return self._bridged(event)
        if name == "CHANNEL_HANGUP":
            if uuid in self._added:
                return Ending.LOST
            return {
                mark.pager_leg: Ending.PAGER_HUNG_UP,
                mark.target_leg: Ending.TARGET_HUNG_UP,
                mark.far_leg: Ending.CALL_ENDED,
            }.get(uuid)
        if name == "CHANNEL_HOLD":
            return Ending.HELD
        return Ending.PARKED if name == "CHANNEL_PARK" and uuid == mark.target_leg else None

    def of_legs(self, target: Leg, relay: Leg, pager: Leg | None, *, settled: bool) -> Ending | None:
        """The ending that follows if the present state of these legs does not fit the page, or None.

        `settled`: it has been up long enough for all its own eavesdrops to be there.
        """
        found = {
            target.uuid: target.eavesdroppers,
            relay.uuid: relay.eavesdroppers + (pager.eavesdroppers if pager else 0),
        }
        more = [count - self._own_bugs[leg] for leg, count in found.items() if not self._moves(leg)]
        if more and max(more) > 0:
            return Ending.JOINED
        if more and settled and min(more) < 0:
            return Ending.LOST
        return _of_call(target, self._mark)

    def doubts(self, event: Event) -> bool:
        """Whether somebody may have joined, so that the state of the legs must decide (`of_legs`)."""
        begins = event.name == "MEDIA_BUG_START" and event.get("Media-Bug-Function") == _EAVESDROP
        return begins and self._eavesdroppers is None

    def _place(self, leg: str) -> str:
        """Where an eavesdrop of a leg is counted: voice is on the pager's leg, or on the relay."""
        return self._mark.relay if leg == self._mark.pager_leg else leg

    def _moves(self, leg: str) -> bool:
        return self._now < self._moving.get(leg, 0)

    def _bridged(self, event: Event) -> Ending | None:
        """The ending that the begin or end of a bridge causes; the page's own bridges cause none."""
        name, pair, mark = event.name, bridged(event), self._mark
        if pair == {mark.speak, event.get(_NARROW)}:
            return None
        if not any(pair):  # a signal bridge ended: the media of a bypass-media call comes back to the switch
            return None
        if self._topology.makes(mark, pair):
            return None
        call = frozenset({mark.target_leg, mark.far_leg})
        if name == "CHANNEL_BRIDGE":
            moved = pair not in (call, frozenset({mark.pager_leg, mark.relay}))
            return Ending.TRANSFERRED if moved else None
        return Ending.CALL_ENDED if mark.target_leg in pair else Ending.TRANSFERRED

    def _counted(self, event: Event, uuid: str) -> Ending | None:
        """The ending that follows from the number of eavesdrops on a leg.

        More than our own: somebody else eavesdrops, or uses three_way, whose bug has the same name. Fewer: a
        leg of the page was taken away.
        """
        if event.get("Media-Bug-Function") != _EAVESDROP:
            return None
        begins = event.name == "MEDIA_BUG_START"
        place = self._place(uuid)
        own = self._own_bugs[place]
        if not own:
            return Ending.JOINED if begins else None
        if self._eavesdroppers is None:
            return None
        self._eavesdroppers[place] += 1 if begins else -1
        count = self._eavesdroppers[place]
        if self._moves(place):
            return None
        if begins:
            return Ending.JOINED if count > own else None
        return Ending.LOST if count < own else None


def explain(pager: Leg | None, target: Leg | None, mark: PageMark) -> Ending:
    """How a page ended, by the state of its pager's and target's legs; a message has no `pager`.

    When one of them hangs up, or the target's leg leaves its call, the switch hangs up the relay at once, and
    sometimes reports the relay first.
    """
    if mark.pager_leg and (pager is None or pager.ending):
        return Ending.PAGER_HUNG_UP
    if target is None or target.ending:
        return Ending.TARGET_HUNG_UP
    return _of_call(target, mark) or Ending.LOST


def _of_call(target: Leg, mark: PageMark) -> Ending | None:
    """The ending that follows from what the target's leg does now, or None."""
    if target.conference:
        return Ending.CONFERENCE
    if target.held:
        return Ending.HELD
    if not mark.far_leg or target.partner == mark.far_leg:
        return None
    if target.application in _PARKING:
        return Ending.PARKED
    return Ending.TRANSFERRED if target.partner else Ending.CALL_ENDED
