"""The resampler of a loopback's end: it is made for the rate of a frame, and serves frames of any rate then.

A leg makes a resampler for the first frame that it is given at another rate than its own, and forgets it only
when it is reset, which the end of a playback does (switch_core_session_write_frame, switch_core_media.c;
switch_core_session_reset, switch_core_session.c). If the leg that it is bridged to changes its codec, the
bridge makes comfort noise of the old rate until that leg's phone is heard again (silence_frame,
switch_ivr_bridge.c). Measured: after 20 ms it is not heard yet, after 200 ms it is.

A conference takes what a leg says at the rate that the leg had as it entered. It notes another rate only
when the leg begins to resample what it is sent (conference_loop_input, conference_loop.c), and so not a rate
that is the conference's own. Measured: a pager that has changed from 16 to 8 kHz is heard at double pitch.
"""

from __future__ import annotations

from controller.simulator.channel import Channel, Codec
from controller.simulator.switch import Switch

#: Seconds after a change of its codec in which a phone is not heard.
UNHEARD = 0.15
#: The rate in Hz of a conference without a profile.
ROOM = 8000


def bridged(channel: Channel, other: Channel) -> None:
    """Begin a bridge: each leg is given the frames of the other."""
    for leg, giver in ((channel, other), (other, channel)):
        leg.resampled = 0
        _given(leg, _rate(giver))


def recode(switch: Switch, channel: Channel, codec: Codec) -> None:
    """Give a leg another codec."""
    channel.noise = _rate(channel), switch.clock.monotonic() + UNHEARD / switch.tempo
    channel.codec = codec
    if channel.conference and codec.rate != int(switch.configuration.rooms.get("rate", ROOM)):
        channel.taken = codec.rate
    if channel.link:
        _given(channel.link.other(channel), codec.rate)


def enter(channel: Channel) -> None:
    """Let a conference take what a leg says at the rate that the leg has now."""
    channel.taken = _rate(channel)


def reset(switch: Switch, channel: Channel) -> None:
    """Forget the resampler of a leg; what it is given now makes the next one."""
    channel.resampled = 0
    if channel.link:
        giver = channel.link.other(channel)
        rate, until = giver.noise
        if switch.clock.monotonic() < until and giver.text("bridge_generate_comfort_noise"):
            _given(channel, rate)
        _given(channel, _rate(giver))
    switch.changed(channel)


def _given(leg: Channel, rate: int) -> None:
    if leg.loopback and leg.codec and not leg.resampled and rate != leg.codec.rate:
        leg.resampled = rate


def _rate(channel: Channel) -> int:
    return channel.codec.rate if channel.codec else 0
