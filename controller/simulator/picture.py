"""Converts the legs of a running switch to the picture that `media` reads."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from controller.simulator.bugs import Bug
from controller.simulator.channel import Channel, State
from controller.simulator.media import Leg, Picture, Tap


@runtime_checkable
class Talking(Protocol):
    """An endpoint at which a party speaks and listens."""

    @property
    def talker(self) -> str:
        """The name of the party; empty while it neither speaks nor listens."""


class Floor(Protocol):
    """The part of a switch in the picture: its legs by uuid, and its conference rooms with their legs."""

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The legs."""

    @property
    def rooms(self) -> Mapping[str, list[str]]:
        """The rooms."""


@dataclass(frozen=True)
class Together:
    """Group switches, whose legs SIP connects."""

    switches: Sequence[Floor]

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The legs of all."""
        return ChainMap(*(dict(switch.channels) for switch in self.switches))

    @property
    def rooms(self) -> Mapping[str, list[str]]:
        """The rooms of all."""
        return ChainMap(*(dict(switch.rooms) for switch in self.switches))


def whole(switch: Floor) -> Picture:
    """The picture of a whole switch."""
    return _picture(switch, switch.channels.values())


def around(switch: Floor, channel: Channel) -> Picture:
    """The picture of all legs that are connected with one leg, directly or through others."""
    found: dict[str, Channel] = {}
    waiting = [channel]
    while waiting:
        each = waiting.pop()
        if each.uuid not in found:
            found[each.uuid] = each
            waiting += _neighbours(switch, each)
    return _picture(switch, found.values())


def _neighbours(switch: Floor, channel: Channel) -> Iterator[Channel]:
    uuids = [bug.listener for bug in channel.bugs if bug.listener] + [channel.listening_to]
    uuids += switch.rooms.get(channel.conference, ())
    yield from (switch.channels[uuid] for uuid in uuids if uuid in switch.channels)
    if channel.loopback:
        yield channel.loopback
    if channel.wire:
        yield channel.wire
    if channel.link:
        yield channel.link.other(channel)


def _picture(switch: Floor, channels: Iterable[Channel]) -> Picture:
    up = {channel.uuid: channel for channel in channels if not channel.down}
    links = {channel.link for channel in up.values() if channel.link and channel.link.open}
    bridged = [link for link in links if link.originator.uuid in up and link.peer.uuid in up]
    return Picture(
        legs=tuple(_leg(channel) for channel in up.values()),
        bridges=tuple(
            (link.originator.uuid, link.peer.uuid)
            for link in bridged
            if not (link.originator.bypass or link.originator.held or link.peer.held)
        ),
        loopbacks=tuple(
            (channel.uuid, other.uuid)
            for channel in up.values()
            for other in (channel.loopback, channel.wire)
            if other and channel.direction == "outbound" and other.uuid in up
        ),
        rooms=tuple(
            members
            for room in switch.rooms.values()
            if (members := tuple(uuid for uuid in room if uuid in up))
        ),
        direct=tuple(
            (link.originator.uuid, link.peer.uuid)
            for link in bridged
            if link.originator.bypass and not (link.originator.held or link.peer.held)
        ),
    )


def _leg(channel: Channel) -> Leg:
    endpoint = channel.endpoint
    party = endpoint.talker if isinstance(endpoint, Talking) and not channel.held else ""
    bypass = channel.state is State.HIBERNATE
    return Leg(
        uuid=channel.uuid,
        rate=channel.codec.rate if channel.codec else 0,
        resampled=channel.resampled,
        taken=channel.taken,
        party=party,
        plays=tuple(channel.playing),
        mute="mute" in channel.flags,
        deaf="deaf" in channel.flags,
        bugs=() if bypass else tuple(_tap(bug, at) for at, bug in enumerate(channel.bugs)),
    )


def _tap(bug: Bug, at: int) -> Tap:
    return Tap(
        name=bug.target if bug.function == "session_record" else f"{bug.function} {at}",
        listener=bug.listener,
        hears_read=bug.hears_read,
        hears_write=bug.hears_write,
        speaks_read=bug.speaks_read,
        speaks_write=bug.speaks_write,
        mutes_read=bug.mutes_read,
        mutes_write=bug.mutes_write,
        mixes=bug.mixes,
        rate=bug.rate,
        native=bug.native,
    )
