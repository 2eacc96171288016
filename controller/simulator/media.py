"""Who hears whom: a graph of legs, bridges, loopbacks and bugs, without any sound.

Each leg has two chains. The sound from its phone goes through the *read* chain to the leg's bridge,
conference or eavesdrop. The sound from there goes through the *write* chain to its phone. Bugs are in these
chains in the order of their attachment, by these rules of switch_core_io.c:

- Read (switch_core_session_read_frame): first all bugs that replace, one after the other, then all bugs that
  tap. So a mute in the read chain silences every tap, whenever the tap was attached.
- Write (switch_core_session_write_frame): bug after bug, each taps before it replaces. So a tap contains what
  earlier bugs mix in, but not what later bugs do: a recording from before a page does not contain the pager.
- An eavesdrop that speaks into the read chain does not hear itself (read_demux_frame).
- A native eavesdrop hears a stream outside of its chain: what the phone sends, before all bugs, or what it is
  sent, behind them (perform_write, switch_core_media.c). Each packet tells its rate.
- An eavesdrop between two rates: switch_ivr_eavesdrop_session (switch_ivr_async.c) gives the frames of a
  slower target to a faster listener as if they had its rate, and the reverse: both directions are garbled.
  The sound of a target that is faster than the listener is resampled.
- A leg that resamples what its bridge gives it goes on to do so from a rate that the other leg no longer has
  (`resampling`): that is garbled.
- An eavesdrop keeps the rates that it began with. Measured: after a re-INVITE of its target to a codec of
  another rate, neither hears the other.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Quality(IntEnum):
    """The quality in which a source is heard."""

    GARBLED = 1
    CLEAR = 2


@dataclass(frozen=True)
class Tap:
    """The audio side of a bug. `listener` is the leg of an eavesdrop; it is empty for other bugs."""

    name: str
    listener: str = ""
    hears_read: bool = False
    hears_write: bool = False
    speaks_read: bool = False
    speaks_write: bool = False
    mutes_read: bool = False
    mutes_write: bool = False
    mixes: str = ""
    rate: int = 0
    native: bool = False


@dataclass(frozen=True)
class Leg:
    """A leg: its rate in Hz, the party at its phone, the sounds played to it, and its bugs in order.

    `resampled` is the rate in Hz from which it resamples what its bridge gives it; 0 if it does not. `taken`
    is the rate in Hz at which its room takes what it says. In a room nobody hears a leg that is `mute`, and a
    `deaf` one hears nobody.
    """

    uuid: str
    rate: int
    party: str = ""
    plays: tuple[str, ...] = ()
    bugs: tuple[Tap, ...] = ()
    resampled: int = 0
    taken: int = 0
    mute: bool = False
    deaf: bool = False

    @property
    def sounds(self) -> tuple[str, ...]:
        """All sounds that begin at this leg, without voices."""
        return (*self.plays, *(bug.mixes for bug in self.bugs if bug.mixes))


@dataclass(frozen=True)
class Picture:
    """All connections at one moment, by the legs' uuids.

    `bridges` and `loopbacks` carry sound in both directions. `rooms` are conferences, in which all hear all
    others, but for legs that are mute or deaf. `direct` are pairs of legs with bypass media.
    """

    legs: tuple[Leg, ...]
    bridges: tuple[tuple[str, str], ...] = ()
    loopbacks: tuple[tuple[str, str], ...] = ()
    rooms: tuple[tuple[str, ...], ...] = ()
    direct: tuple[tuple[str, str], ...] = ()


Node = tuple[str, ...]
Heard = Mapping[str, Quality]


@dataclass
class _Graph:
    """Edges between points of the chains; the value is whether the sound stays clear."""

    edges: dict[Node, list[tuple[Node, bool]]] = field(default_factory=lambda: defaultdict(list))

    def join(self, start: Node, end: Node, clear: bool = True) -> None:
        self.edges[start].append((end, clear))

    def reach(self, start: Node) -> dict[Node, Quality]:
        """The best quality in which sound from `start` arrives at each point."""
        found: dict[Node, Quality] = {start: Quality.CLEAR}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for end, clear in self.edges.get(node, ()):
                quality = found[node] if clear else Quality.GARBLED
                if found.get(end, 0) < quality:
                    found[end] = quality
                    waiting.append(end)
        return found


def hears(picture: Picture) -> dict[str, dict[str, Quality]]:
    """The sources that each party and each recording hears, with their quality."""
    graph = _graph(picture)
    heard: dict[str, dict[str, Quality]] = {leg.party: {} for leg in picture.legs if leg.party}
    heard |= {bug.name: {} for leg in picture.legs for bug in leg.bugs if _records(bug)}
    for source in _sources(picture):
        for node, quality in graph.reach(("source", source)).items():
            if node[0] == "ear" and node[1] != source:
                heard[node[1]][source] = quality
    return heard


def echoes(picture: Picture) -> frozenset[str]:
    """The parties that hear themselves."""
    graph = _graph(picture)
    parties = {leg.party for leg in picture.legs if leg.party}
    return frozenset(each for each in parties if ("ear", each) in graph.reach(("source", each)))


def _sources(picture: Picture) -> Iterator[str]:
    """All parties and all played sounds."""
    names = [leg.party for leg in picture.legs if leg.party]
    names += [each for leg in picture.legs for each in leg.sounds]
    return iter(dict.fromkeys(names))


def _records(bug: Tap) -> bool:
    return not bug.listener and (bug.hears_read or bug.hears_write)


def _graph(picture: Picture) -> _Graph:
    graph = _Graph()
    rates = {leg.uuid: leg.rate for leg in picture.legs}
    resampled = {leg.uuid: leg.resampled for leg in picture.legs}
    for leg in picture.legs:
        _leg(graph, leg, rates)
    for first, second in picture.bridges:
        graph.join(("heard", first), ("given", second), resampled[second] in (0, rates[first]))
        graph.join(("heard", second), ("given", first), resampled[first] in (0, rates[second]))
    for first, second in picture.loopbacks:
        graph.join(("out", first), ("in", second))
        graph.join(("out", second), ("in", first))
    mute = {leg.uuid for leg in picture.legs if leg.mute}
    taken = {leg.uuid: leg.taken for leg in picture.legs}
    deaf = {leg.uuid for leg in picture.legs if leg.deaf}
    for room in picture.rooms:
        for speaker, listener in _pairs(room):
            if speaker in mute or listener in deaf:
                continue
            graph.join(("heard", speaker), ("given", listener), taken[speaker] in (0, rates[speaker]))
    for first, second in picture.direct:
        graph.join(("in", first), ("out", second))
        graph.join(("in", second), ("out", first))
    return graph


def _pairs(room: Iterable[str]) -> Iterator[tuple[str, str]]:
    members = tuple(room)
    return ((one, other) for one in members for other in members if one != other)


def _leg(graph: _Graph, leg: Leg, rates: Mapping[str, int]) -> None:
    if leg.party:
        graph.join(("source", leg.party), ("in", leg.uuid))
        graph.join(("out", leg.uuid), ("ear", leg.party))
    for sound in leg.plays:
        graph.join(("source", sound), ("given", leg.uuid))
    _read_chain(graph, leg, rates, skipping=None)
    for bug in leg.bugs:
        if bug.native:
            graph.join(("in" if bug.hears_read else "out", leg.uuid), ("given", bug.listener))
        elif bug.hears_read:
            after = _read_chain(graph, leg, rates, skipping=bug) if bug.speaks_read else ("heard", leg.uuid)
            _tapped(graph, after, leg, bug, rates)
    _write_chain(graph, leg, rates)


def _read_chain(graph: _Graph, leg: Leg, rates: Mapping[str, int], skipping: Tap | None) -> Node:
    """Add the read chain, or the read chain without the sound of one bug; return its last point."""
    mark = skipping.name if skipping else ""
    at: Node = ("in", leg.uuid)
    for bug in leg.bugs:
        after: Node = ("read", leg.uuid, bug.name, mark)
        if not bug.mutes_read:
            graph.join(at, after)
        if bug.speaks_read and bug.hears_read and bug is not skipping:
            _spoken(graph, after, leg, bug, rates)
        at = after
    if skipping is None:
        graph.join(at, ("heard", leg.uuid))
    return at


def _write_chain(graph: _Graph, leg: Leg, rates: Mapping[str, int]) -> None:
    at: Node = ("given", leg.uuid)
    for bug in leg.bugs:
        if bug.hears_write and not bug.native:
            _tapped(graph, at, leg, bug, rates)
        after: Node = ("write", leg.uuid, bug.name)
        if not bug.mutes_write:
            graph.join(at, after)
        if bug.speaks_write and bug.hears_write:
            _spoken(graph, after, leg, bug, rates)
        if bug.mixes:
            graph.join(("source", bug.mixes), after)
        at = after
    graph.join(at, ("out", leg.uuid))


def _tapped(graph: _Graph, at: Node, leg: Leg, bug: Tap, rates: Mapping[str, int]) -> None:
    if bug.listener:
        if bug.rate in (0, leg.rate):
            graph.join(at, ("given", bug.listener), _fits(leg, bug, rates))
    else:
        graph.join(at, ("ear", bug.name))


def _spoken(graph: _Graph, at: Node, leg: Leg, bug: Tap, rates: Mapping[str, int]) -> None:
    if bug.rate in (0, leg.rate):
        graph.join(("heard", bug.listener), at, _fits(leg, bug, rates))


def _fits(leg: Leg, bug: Tap, rates: Mapping[str, int]) -> bool:
    return rates.get(bug.listener, leg.rate) <= leg.rate
