"""The endings of a whisper page: everything that would have refused it ends it.

They are read from the events of its legs, or from the present state of its legs on the switch.
"""

from __future__ import annotations

from controller.domain.leg import Leg
from controller.domain.record import Ending
from controller.eventsocket.events import Event
from controller.paging.ongoing import bridged
from controller.switch.pagelegs import PageMark
from controller.switch.topology import Topology

#: The subclass of the events of conferences (mod_conference).
CONFERENCE = "conference::maintenance"
_EAVESDROP = "eavesdrop"


class Endings:
    """Finds the ending of one page. `counts`: it sees all eavesdrops of the page from the beginning."""

    def __init__(self, mark: PageMark, topology: Topology, *, counts: bool) -> None:
        self._mark = mark
        self._topology = topology
        self._added = frozenset(topology.added(mark))
        self._own_bugs = topology.own_bugs(mark)
        self._eavesdroppers: dict[str, int] | None = {} if counts else None
        # of two recordings at once, it may be one too many
        self._moving = 0

    def moving(self, many: int) -> None:
        """Expect so many of its own bugs on the target's leg to be taken off and put on again."""
        self._moving += many

    def of_event(self, event: Event) -> Ending | None:
        """The ending that an event causes, or None."""
        name, uuid, mark = event.name, event.get("Unique-ID", ""), self._mark
        if name in ("MEDIA_BUG_START", "MEDIA_BUG_STOP"):
            return self._counted(event, uuid)
        if name == "RECORD_START":
            self.moving(uuid == mark.target_leg)  # speak goes behind the recording
            return None
        if event.subclass == CONFERENCE:
            return Ending.CONFERENCE if event.get("Action") == "add-member" else None
        if name in ("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"):
            return self._bridged(name, bridged(event))
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

    def of_legs(self, target: Leg, relay: Leg, *, settled: bool) -> Ending | None:
        """The ending that follows if the present state of these legs does not fit the page, or None.

        `settled`: it has been up long enough for all its own eavesdrops to be there.
        """
        more = [leg.eavesdroppers - self._own_bugs.get(leg.uuid, 0) for leg in (target, relay)]
        if max(more) > 0:
            return Ending.JOINED
        if settled and min(more) < 0 and not self._moving:
            return Ending.LOST
        if 0 < target.read_rate < self._topology.rate:  # its eavesdrops are garbled
            return Ending.LOST
        if target.conference:
            return Ending.CONFERENCE
        if target.held:
            return Ending.HELD
        if self._mark.far_leg and target.partner != self._mark.far_leg:
            return Ending.TRANSFERRED if target.partner else Ending.CALL_ENDED
        return None

    def doubts(self, event: Event) -> bool:
        """Whether somebody may have joined, so that the state of the legs must decide (`of_legs`)."""
        begins = event.name == "MEDIA_BUG_START" and event.get("Media-Bug-Function") == _EAVESDROP
        return begins and self._eavesdroppers is None

    def _bridged(self, name: str, pair: frozenset[str]) -> Ending | None:
        """The ending that the begin or end of a bridge causes; the page's own two bridges cause none."""
        mark = self._mark
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
        own = self._own_bugs.get(uuid, 0)
        if not own:
            return Ending.JOINED if begins else None
        moves = self._moving > 0 and uuid == self._mark.target_leg
        if moves and begins:
            self._moving -= 1
        if self._eavesdroppers is None:
            return None
        count = self._eavesdroppers.get(uuid, 0) + (1 if begins else -1)
        self._eavesdroppers[uuid] = count
        if begins:
            return Ending.JOINED if count > own else None
        return Ending.LOST if count < own and not moves else None
