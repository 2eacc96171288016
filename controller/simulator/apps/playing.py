"""Applications that play sounds to a leg and read its keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from controller.simulator import calls, dialstring, resampling
from controller.simulator.channel import Channel
from controller.simulator.switch import App, Switch

_TONE = re.compile(r"%\((?P<on>\d+),(?P<off>\d+)")
_SILENCE = re.compile(r"silence_stream://(?P<ms>\d+)")
_LOOPS = re.compile(r"loops=(?P<loops>-?\d+)")


def seconds(sound: str) -> float | None:
    """The length of a tone_stream or silence_stream in seconds, None if it has no end; 0 for a file.

    mod_tone_stream.c: `%(on ms, off ms, Hz...)` and `loops`; -1 loops for ever. A silence is so many ms.
    """
    if silence := _SILENCE.match(sound):
        return int(silence["ms"]) / 1000
    if not sound.startswith("tone_stream://"):
        return 0.0
    once = sum(int(tone["on"]) + int(tone["off"]) for tone in _TONE.finditer(sound)) / 1000
    loops = _LOOPS.search(sound)
    times = int(loops["loops"]) if loops else 1
    return None if times < 0 else once * times


def _playback(switch: Switch, channel: Channel, data: str) -> None:
    """switch_ivr_play_file, switch_ivr_play_say.c: an unanswered call hears it as early media."""
    calls.open_media(switch, channel)
    played = data not in switch.missing
    if played:
        play(switch, channel, data)
        resampling.reset(switch, channel)
    channel.set("current_application_response", "FILE PLAYED" if played else "FILE NOT FOUND")


def _wait_for_silence(switch: Switch, channel: Channel, data: str) -> None:
    """switch_ivr_wait_for_silence, switch_ivr_play_say.c: here no leg is silent, and the time runs out."""
    _, _, _, milliseconds = data.split()
    calls.wait(switch, channel, lambda: False, int(milliseconds) / 1000)
    resampling.enter(channel)
    switch.changed(channel)


def play(switch: Switch, channel: Channel, sound: str, until_key: bool = False) -> None:
    """Play a sound to a leg until it ends, the leg leaves, or (`until_key`) a key is pressed."""
    channel.playing.append(sound)
    switch.changed(channel)
    length = switch.lengths.get(sound, seconds(sound))
    lasts = None if length is None else length / switch.tempo
    calls.wait(switch, channel, lambda: until_key and bool(channel.keys), lasts)
    if sound in channel.playing:
        channel.playing.remove(sound)


def _play_and_get_digits(switch: Switch, channel: Channel, data: str) -> None:
    """switch_play_and_get_digits, switch_ivr_play_say.c; times are in milliseconds."""
    low, high, tries, patience, ends, sound, wrong, variable, wanted, *rest = dialstring.words(data)
    between = int(rest[0]) if rest else int(patience)
    calls.open_media(switch, channel)
    for _ in range(int(tries)):
        channel.keys.clear()
        play(switch, channel, sound, until_key=True)
        digits = _collect(switch, channel, int(high), ends, int(patience) / 1000, between / 1000)
        if len(digits) >= int(low) and re.fullmatch(wanted, digits):
            channel.set(variable, digits)
            return
        if not channel.ready:
            return
        play(switch, channel, wrong, until_key=True)
    channel.set(variable, None)


def _collect(switch: Switch, channel: Channel, most: int, ends: str, first: float, between: float) -> str:
    digits = ""
    patience = first
    while len(digits) < most:
        if not calls.wait(switch, channel, lambda: bool(channel.keys), patience):
            break
        key = channel.keys.popleft()
        if key in ends:
            break
        digits += key
        patience = between
    return digits


def _bind_meta_app(switch: Switch, channel: Channel, data: str) -> None:
    """`KEY LISTEN-TO FLAGS APP::ARGUMENT`: bind an application to `*KEY` (bind_meta_app_function)."""
    key, listen, _, what = (*data.split(" ", 3), "", "", "")[:4]
    application, _, argument = what.partition("::")
    for side in listen:
        leg = channel if side == "a" else channel.link.other(channel) if channel.link else None
        if leg is not None:
            leg.meta_key = channel.text("bind_meta_key")[:1] or "*"
            leg.meta[key] = (application, argument)


def _unbind_meta_app(switch: Switch, channel: Channel, data: str) -> None:
    """Unbind one key, and the switch still takes the star; or unbind all, and the call gets the star."""
    if data.strip():
        channel.meta.pop(data.strip(), None)
    else:
        channel.meta.clear()
        channel.meta_key = ""


def press(switch: Switch, channel: Channel, key: str) -> None:
    """Press a key of the leg's phone (switch_channel_queue_dtmf, switch_channel.c).

    Once a key is bound, the switch takes a star and the next key, whether that key is bound or not
    (meta_on_dtmf, switch_ivr_async.c).
    """
    star = channel.meta_key and key == channel.meta_key
    if channel.meta_open or star:
        was_open, channel.meta_open = channel.meta_open, not channel.meta_open
        if not was_open:
            return
        if not star:
            if bound := channel.meta.get(key):
                calls.queue(channel, *bound)
            return
    channel.keys.append(key)
    switch.tell("DTMF", channel, after=[("DTMF-Digit", key), ("DTMF-Source", "RTP")])
    channel.poke()
    if channel.link:
        channel.link.other(channel).heard_keys.append(key)


APPS: Mapping[str, App] = MappingProxyType(
    {
        "playback": _playback,
        "wait_for_silence": _wait_for_silence,
        "play_and_get_digits": _play_and_get_digits,
        "bind_meta_app": _bind_meta_app,
        "unbind_meta_app": _unbind_meta_app,
    }
)
