"""Applications that connect a leg with others or park it: bridge, conference, park."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import NAMESPACE_DNS, uuid5

from controller.simulator import bridging, calls, originate, resampling
from controller.simulator.channel import Channel
from controller.simulator.events import SwitchEvent, Value
from controller.simulator.switch import App, Switch


def _bridge(switch: Switch, channel: Channel, data: str) -> None:
    """audio_bridge_function, mod_dptools.c."""
    peer, cause = originate.call(switch, data, channel)
    channel.set("originate_disposition", cause)
    channel.set("DIALSTATUS", "SUCCESS" if peer else cause)
    if peer is None:
        if channel.ready and not channel.true("continue_on_fail"):
            calls.hang_up(switch, channel, cause)
        return
    channel.bypass = peer.bypass
    bridging.bridge(switch, channel, peer)


def _park(switch: Switch, channel: Channel, data: str) -> None:
    """switch_ivr_park, switch_ivr.c: park_timeout is in seconds; a cause may follow after a colon."""
    seconds, _, cause = channel.text("park_timeout").partition(":")
    channel.set("park_timeout", None)
    switch.tell("CHANNEL_PARK", channel)
    calls.wait(switch, channel, lambda: False, float(seconds) if seconds else None)
    if channel.ready:
        calls.hang_up(switch, channel, cause or "NORMAL_CLEARING")
    switch.tell("CHANNEL_UNPARK", channel)


def _conference(switch: Switch, channel: Channel, data: str) -> None:
    """Enter a room in which all hear all others, but for `mute` and `deaf` (conference_function).

    `join-only`: it must be there. `endconf`: it ends with this leg. A locked room takes inbound legs only
    without enforced security, and that holds for the leg that makes it as well, if the room is locked by
    api_on_conference_create (mod_conference.c). A leg that somebody kicks goes on in its dialplan.
    """
    name, _, flags = data.partition("@")[0].partition("+")[0], *data.partition("+flags{")[1:]
    channel.flags = frozenset(flags.removesuffix("}").split("|")) if flags else frozenset()
    calls.open_media(switch, channel)
    if name not in switch.rooms and "join-only" in channel.flags:
        channel.flags = frozenset()
        switch.fire(_of_room(switch, name, "rejected-join-only"))
        if channel.text("hangup_after_conference") != "false":
            calls.hang_up(switch, channel)
        return
    room = switch.rooms.setdefault(name, [])
    if not room:
        switch.fire(_of_room(switch, name, "conference-create"))
        calls.api_on(switch, channel, "api_on_conference_create")
    calls.answer(switch, channel)
    security = channel.text("conference_enforce_security") or str(channel.direction == "inbound").lower()
    if name in switch.locked and security == "true":
        channel.flags = frozenset()
    else:
        _stay(switch, channel, name, room)
    if not room:
        switch.rooms.pop(name, None)
        switch.locked.discard(name)
        switch.fire(_of_room(switch, name, "conference-destroy"))


def _stay(switch: Switch, channel: Channel, name: str, room: list[str]) -> None:
    """Be in a room until it, or the leg's part in it, ends (conference_member_add, conference_member.c)."""
    room.append(channel.uuid)
    channel.conference = name
    resampling.enter(channel)
    channel.set("conference_name", name)
    channel.set("conference_member_id", str(len(room)))
    channel.set("conference_call_key", f"{name}_{switch.configuration.domain}_1")
    _tell(switch, channel, name, "add-member")
    if len(room) == 1:
        _tell(switch, channel, name, "floor-change")
    _tell(switch, channel, name, "start-talking")
    switch.changed(channel)
    channel.keys.clear()
    calls.wait(switch, channel, lambda: _control(switch, channel))
    room.remove(channel.uuid)
    ends = "endconf" in channel.flags
    channel.conference, channel.flags = "", frozenset()
    channel.set("conference_call_key", None)
    _tell(switch, channel, name, "del-member")
    others = [switch.channels[uuid] for uuid in room if uuid in switch.channels] if ends else []
    for other in others:
        calls.hang_up(switch, other)


def _control(switch: Switch, channel: Channel) -> bool:
    """Take the leg's keys, of which 0 mutes and unmutes it; True if somebody has kicked it out of its room.

    That key is one of the caller-controls in FreeSWITCH's own conference.conf.xml (conference_member_add).
    """
    while channel.keys:
        if channel.keys.popleft() == "0" and channel.text("conference_controls") != "none":
            channel.flags ^= {"mute"}
            switch.changed(channel)
    return not channel.conference


def _headers(switch: Switch, name: str) -> list[tuple[str, Value]]:
    return [
        ("Conference-Name", name),
        ("Conference-Domain", switch.configuration.domain),
        ("Conference-Size", str(len(switch.rooms.get(name, ())))),
        ("Conference-Unique-ID", str(uuid5(NAMESPACE_DNS, name))),
    ]


def _tell(switch: Switch, channel: Channel, name: str, action: str) -> None:
    about = _headers(switch, name)
    switch.tell("CUSTOM", channel, about, [("Action", action)], "conference::maintenance")


def _of_room(switch: Switch, name: str, action: str) -> SwitchEvent:
    return switch.event("CUSTOM", [*_headers(switch, name), ("Action", action)], "conference::maintenance")


APPS: Mapping[str, App] = MappingProxyType({"bridge": _bridge, "park": _park, "conference": _conference})
