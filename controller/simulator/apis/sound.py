"""API calls that change the sound of a leg (mod_commands.c)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from controller.simulator import calls, dialstring
from controller.simulator.apis.legs import NO_CHANNEL
from controller.simulator.apps.listening import displace, record, stop_displacing, stop_recording
from controller.simulator.apps.playing import seconds
from controller.simulator.bugs import Bug
from controller.simulator.channel import Channel
from controller.simulator.switch import Api, Switch

_AUDIO_USAGE = "-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n"


def _audio(switch: Switch, argument: str) -> str:
    """`UUID start read|write mute LEVEL` (session_audio_function; switch_ivr_session_audio).

    A leg has at most one bug named `audio`, which is removed when it has nothing left to mute.
    """
    words = argument.split()
    channel = switch.locate(words[0]) if words else None
    if channel is None:
        return NO_CHANNEL if len(words) > 1 else _AUDIO_USAGE
    bug = next((bug for bug in channel.bugs if bug.function == "audio"), None)
    if words[1:] == ["stop"]:
        if bug:
            switch.detach(channel, bug)
        return "+OK\n"
    if len(words) != 5 or words[1] != "start" or words[2] not in ("read", "write") or words[3] != "mute":
        return _AUDIO_USAGE
    calls.open_media(switch, channel)
    known = bug or Bug("audio", "mute")
    mute = words[4] not in ("0", "")
    if words[2] == "read":
        known.mutes_read = mute
    else:
        known.mutes_write = mute
    if bug is None and mute:
        switch.attach(channel, known)
    elif bug and not bug.mutes:
        switch.detach(channel, bug)
    switch.changed(channel)
    return "+OK\n"


def _broadcast(switch: Switch, argument: str) -> str:
    """`UUID PATH|APP::ARGUMENT [aleg|bleg|both]`: done in the midst of a call (switch_ivr_broadcast).

    With no side given it is for the leg, and the leg's partner hears `hold_music` meanwhile (SMF_HOLD_BLEG).
    """
    words = dialstring.words(argument)
    if len(words) < 2:
        return "-USAGE: <uuid> <path> [aleg|bleg|holdb|both]\n"
    channel = switch.locate(words[0])
    if channel is None:
        return "-ERR invalid uuid\n"
    side = words[2] if len(words) > 2 else "aleg"
    application, found, data = words[1].partition("::")
    what = (application, data) if found else ("playback", words[1])
    partner = channel.link.other(channel) if channel.link else None
    for leg, wanted in ((channel, ("aleg", "both")), (partner, ("bleg", "both"))):
        if leg is not None and side in wanted:
            calls.queue(leg, *what)
    if partner and len(words) == 2:
        _hold_music(switch, partner, seconds(words[1]) or 0.0)
    return "+OK Message sent\n"


def _hold_music(switch: Switch, leg: Channel, lasts: float) -> None:
    music = switch.variable(leg, "hold_music")
    if not music:
        return
    leg.playing.append(music)
    switch.changed(leg)

    def end() -> None:
        switch.clock.sleep(lasts / switch.tempo)
        leg.playing.remove(music)
        switch.changed(leg)

    switch.spawn(end)


def _displace(switch: Switch, argument: str) -> str:
    """`UUID start SOUND [LIMIT] [FLAGS]`, `UUID stop SOUND` (session_displace_function)."""
    uuid, action, sound, _, flags = (*argument.split(), "", "", "", "", "")[:5]
    channel = switch.locate(uuid)
    if channel is None:
        return "-ERR Cannot locate session!\n"
    if action == "stop" and sound:
        stopped = stop_displacing(switch, channel, sound)
        return "+OK Success\n" if stopped else "-ERR Cannot stop displace session!\n"
    if action != "start" or not sound:
        return "-USAGE: <uuid> [start|stop] <path> [<limit>] [mux]\n"
    displace(switch, channel, f"{sound} {flags}")
    return "+OK Success\n"


def _record(switch: Switch, argument: str) -> str:
    """`UUID start|stop PATH` (session_record_function)."""
    uuid, action, path = (*argument.split(), "", "", "")[:3]
    channel = switch.locate(uuid)
    if channel is None or not path:
        return "-ERR Cannot locate session!\n" if path else "-USAGE: <uuid> [start|stop|mask|unmask] <path>\n"
    if action == "start":
        record(switch, channel, path)
        return "+OK Success\n"
    if action == "stop" and stop_recording(switch, channel, path):
        return "+OK Success\n"
    return "-ERR Operation failed\n"


def _hold(switch: Switch, argument: str) -> str:
    """`[off] UUID`: the switch holds the leg (uuid_hold_function)."""
    words = argument.split()
    off = words[:1] == ["off"]
    channel = switch.locate(words[-1]) if words else None
    if channel is None:
        return "-ERR Operation failed\n"
    channel.held = not off
    calls.set_callstate(switch, channel, "UNHELD" if off else "HELD")
    switch.tell("CHANNEL_UNHOLD" if off else "CHANNEL_HOLD", channel)
    if off:
        calls.set_callstate(switch, channel, "ACTIVE")
    switch.changed(channel)
    return "+OK Success\n"


APIS: Mapping[str, Api] = MappingProxyType(
    {
        "uuid_audio": _audio,
        "uuid_broadcast": _broadcast,
        "uuid_displace": _displace,
        "uuid_record": _record,
        "uuid_hold": _hold,
    }
)
