"""Applications that attach a media bug: eavesdrops, three_way and recording (switch_ivr_async.c)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from controller.simulator import calls, displays
from controller.simulator.apps.playing import seconds
from controller.simulator.bugs import Bug
from controller.simulator.channel import Channel, State
from controller.simulator.switch import App, Switch

#: Seconds for which eavesdrop waits for its target's media.
PATIENCE = 6.0


def _eavesdrop(switch: Switch, channel: Channel, data: str) -> None:
    """eavesdrop_function, mod_dptools.c: the leg's variables choose the streams it hears and speaks into."""
    reads, writes = channel.true("eavesdrop_bridge_aleg"), channel.true("eavesdrop_bridge_bleg")
    bug = Bug(
        "eavesdrop",
        data,
        listener=channel.uuid,
        hears_read=reads or not writes,
        hears_write=writes or not reads,
        speaks_read=channel.true("eavesdrop_whisper_aleg"),
        speaks_write=channel.true("eavesdrop_whisper_bleg"),
    )
    listen(switch, channel, data, bug)


def _native_eavesdrop(switch: Switch, channel: Channel, data: str) -> None:
    """native_eavesdrop_function, mod_dptools.c: `UUID read` or `UUID write` hears one stream, and is silent.

    It ends at once if the codecs of the two legs have different names. A listener with larger packets than
    those that it hears crashes the switch (switch_buffer_inuse, switch_buffer.c); here it stops.
    """
    uuid, _, stream = data.partition(" ")
    target = switch.locate(uuid)
    mine, its = channel.codec, target.codec if target else None
    if not mine or not its or mine.name != its.name:
        return
    if mine.rate > its.rate:
        switch.frozen = True
    write = stream == "write"
    bug = Bug("eavesdrop", uuid, channel.uuid, hears_read=not write, hears_write=write, native=True)
    listen(switch, channel, uuid, bug)


def _three_way(switch: Switch, channel: Channel, data: str) -> None:
    """three_way_function, mod_dptools.c: an eavesdrop that hears both streams and speaks into both."""
    bug = Bug("eavesdrop", data, channel.uuid, True, True, True, True)
    listen(switch, channel, data, bug)


def listen(switch: Switch, channel: Channel, uuid: str, bug: Bug) -> None:
    """Keep a bug on another leg until one of the two legs ends (switch_ivr_eavesdrop_session)."""
    target = switch.locate(uuid)
    if target is None or target is channel or not channel.media_up:
        return
    target.watchers.append(channel.wake)
    target.readers += 1
    if calls.wait(switch, channel, lambda: target.down or target.media_up, PATIENCE) and not target.down:
        if target.state is State.HIBERNATE:
            switch.frozen = True  # measured: two threads spin at real-time priority, and nothing else runs
        channel.listening_to = uuid
        switch.attach(target, bug)
        displays.overheard(switch, channel, target)
        calls.wait(switch, channel, lambda: target.down)
        channel.listening_to = ""
        switch.detach(target, bug)
    target.watchers.remove(channel.wake)
    target.readers -= 1
    target.poke()


def record(switch: Switch, channel: Channel, path: str) -> None:
    """Start recording a leg (switch_ivr_record_session_event, record_callback)."""
    calls.open_media(switch, channel)
    bug = Bug(
        "session_record",
        path,
        hears_read=not channel.true("RECORD_WRITE_ONLY"),
        hears_write=not channel.true("RECORD_READ_ONLY"),
    )
    switch.recordings.setdefault(path, set())
    switch.tell("RECORD_START", channel, after=[("Record-File-Path", path)])
    calls.api_on(switch, channel, "api_on_record_start")
    switch.attach(channel, bug)


def stop_recording(switch: Switch, channel: Channel, path: str) -> bool:
    """Stop one recording, or all (switch_ivr_stop_record_session); False if there was none."""
    found = [bug for bug in channel.bugs if bug.function == "session_record" and path in (bug.target, "all")]
    for bug in found:
        switch.tell("RECORD_STOP", channel, after=[("Record-File-Path", bug.target)])
        switch.detach(channel, bug)
    return bool(found)


def displace(switch: Switch, channel: Channel, data: str) -> None:
    """`SOUND FLAGS`: mix (`m`) a sound into what the leg's phone hears (switch_ivr_displace_session).

    The leg goes on meanwhile, and the bug is removed at the end of the sound; with `l` it is repeated.
    """
    sound, _, flags = data.partition(" ")
    if flags not in ("m", "ml"):
        switch.unknown.append(f"displace_session {data}")
        return
    bug = Bug("displace", sound, mixes=sound)
    switch.attach(channel, bug)

    def end() -> None:
        switch.clock.sleep((seconds(sound) or 0.0) / switch.tempo)
        switch.detach(channel, bug)

    if "l" not in flags:
        switch.spawn(end)


def stop_displacing(switch: Switch, channel: Channel, sound: str) -> bool:
    """Stop a sound that is mixed in (switch_ivr_stop_displace_session); False if there was none."""
    found = [bug for bug in channel.bugs if bug.function == "displace" and bug.target == sound]
    for bug in found:
        switch.detach(channel, bug)
    return bool(found)


APPS: Mapping[str, App] = MappingProxyType(
    {
        "eavesdrop": _eavesdrop,
        "native_eavesdrop": _native_eavesdrop,
        "three_way": _three_way,
        "record_session": record,
        "displace_session": displace,
    }
)
