"""Who must hear whom before, during and after a page, and the checks that follow from what was heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from controller.doctor.check import Check
from controller.switch.topology import Pair, Party, Topology

_CALL = frozenset({(Party.TARGET, Party.FAR), (Party.FAR, Party.TARGET)})
_APART = frozenset({(Party.PAGER, Party.FAR), (Party.FAR, Party.PAGER)})


@dataclass(frozen=True)
class Moment:
    """A moment of the trial, with the pairs of listener and speaker that must hear each other.

    The `speakers` speak one after the other, in a low voice if `quiet`. All `listeners` listen all the time.
    """

    name: str
    hears: frozenset[Pair]
    speakers: tuple[Party, ...] = (Party.FAR, Party.TARGET, Party.PAGER)
    listeners: tuple[Party, ...] = tuple(Party)
    quiet: bool = False


#: A plain call between the two parties that must not hear each other in a page. Here each hears a much lower
#: voice of the other. So if it hears nothing in the page, there is nothing to hear.
CONTROL = Moment("control", _APART, speakers=(Party.FAR, Party.PAGER), quiet=True)
BEFORE = Moment("before", _CALL)
#: The pager has hung up.
AFTER = Moment("after", _CALL, (Party.FAR, Party.TARGET), (Party.TARGET, Party.FAR))


def page(topology: Topology) -> Moment:
    """The moment in which a page of this topology is up."""
    return Moment("page", topology.hears)


def moments(topology: Topology) -> tuple[Moment, ...]:
    """The moments of a trial of this topology, in order."""
    return (CONTROL, BEFORE, page(topology), AFTER)


_REPORT = (
    "look into the switch's log for what its loopback channels say, and report it with the versions of "
    "FreeSWITCH and whisperpage."
)
_FIXES = {
    CONTROL: f"A plain call between loopback channels has no sound, so a page cannot be tried: {_REPORT}",
    BEFORE: f"A plain call between loopback channels does not sound as it should: {_REPORT}",
    AFTER: f"The call is not as it was before the page: {_REPORT}",
}
_LEAK = f"Do not page on this switch, for somebody hears what is not meant for it: {_REPORT}"
_GAP = f"A page on this switch has no sound where it should: {_REPORT}"


@dataclass(frozen=True)
class Observation:
    """Who heard whom in a moment."""

    moment: Moment
    heard: frozenset[Pair]

    @property
    def right(self) -> bool:
        """Whether everybody heard exactly those that they must hear."""
        return self.heard == self.moment.hears

    def checks(self, switch: str) -> Iterator[Check]:
        """One check for each listener and each speaker; nobody should hear itself."""
        moment = self.moment
        for pair in product(moment.listeners, Party):
            if pair[1] in moment.speakers:
                what = "{}: {} hears {}".format(moment.name, *pair)
                heard = pair in self.heard
                right = heard == (pair in moment.hears)
                fix = "" if right else self._fix(heard)
                yield Check(what, right, "yes" if heard else "no", fix, switch)

    def _fix(self, heard: bool) -> str:
        return _FIXES.get(self.moment) or (_LEAK if heard else _GAP)
