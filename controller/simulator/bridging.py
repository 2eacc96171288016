"""Bridges of two legs, with and without media, and what each leg does when its bridge ends.

The originator's greenlet runs a bridge, and the peer's greenlet waits in it
(switch_ivr_multi_threaded_bridge, audio_bridge_thread and audio_bridge_on_exchange_media in
switch_ivr_bridge.c). A bridge ends when either leg hangs up or is sent elsewhere; each leg then runs its own
api_after_bridge* hooks.
"""

from __future__ import annotations

from functools import partial

from controller.simulator import calls, displays, resampling
from controller.simulator.channel import Channel, Link, State
from controller.simulator.switch import Switch

_PRE_BRIDGE = "execute_on_pre_bridge"
_BEFORE_BRIDGE = "api_before_bridge"
_AFTER_BRIDGE = "api_after_bridge"
#: Seconds of a bridge before its legs run anything: 10 packets of 20 ms (DEFAULT_LEAD_FRAMES).
LEAD = 0.2
#: Seconds until a loopback between two bridges removes itself (bowout_frame_count, mod_loopback.c).
BOWOUT = 2.0


def bridge(switch: Switch, channel: Channel, peer: Channel) -> None:
    """Bridge two legs until one of them leaves; runs in the greenlet of `channel`, the originator."""
    if channel.bypass:
        _signal_bridge(switch, channel, peer)
        return
    peer.set("call_uuid", channel.uuid)
    if peer.answered:
        calls.answer(switch, channel)
    if not channel.ready:
        calls.hang_up(switch, peer, channel.cause or "ORIGINATOR_CANCEL")
        return
    link = _join(switch, channel, peer)
    calls.send(peer, State.EXCHANGE_MEDIA)
    _tell(switch, "CHANNEL_BRIDGE", link)
    _note_partners(channel, peer)
    switch.changed(channel)
    _consider_bowout(switch, channel, peer)
    stay(switch, channel)
    peer.watchers.append(channel.wake)
    while peer.link is link:
        channel.wake.clear()
        switch.clock.wait(channel.wake, None)
    peer.watchers.remove(channel.wake)
    peer.set("call_uuid", peer.uuid)
    _tell(switch, "CHANNEL_UNBRIDGE", link)
    if channel.ready and channel.true("hangup_after_bridge"):
        calls.hang_up(switch, channel, peer.cause or "NORMAL_CLEARING")


def stay(switch: Switch, channel: Channel) -> None:
    """Stay in the leg's bridge until it ends (audio_bridge_thread)."""
    link = channel.link
    if link is None:
        return
    displays.introduce(switch, channel, link)
    other = link.other(channel)

    def over() -> bool:
        return not link.open or other.down or other.link is not link

    if not calls.wait(switch, channel, over, LEAD) and channel.ready:
        calls.execute_on(switch, channel, _PRE_BRIDGE)
        calls.api_on(switch, channel, _BEFORE_BRIDGE)
    calls.wait(switch, channel, over)
    link.open = False
    other.poke()
    calls.api_on(switch, channel, _AFTER_BRIDGE)
    for name in ("bridge_to", "bridge_uuid", "bridge_channel", "signal_bond"):
        channel.set(name, None)
    channel.link = None
    switch.changed(channel)
    other.poke()


def exchange(switch: Switch, peer: Channel) -> None:
    """Run the peer of a bridge, in the bridge and after it (audio_bridge_on_exchange_media)."""
    link = peer.link
    stay(switch, peer)
    if peer.ready:
        calls.hang_up(switch, peer)
    if link:
        link.originator.poke()


def uuid_bridge(switch: Switch, first: Channel, second: Channel) -> bool:
    """Interrupt two legs and bridge them (switch_ivr_uuid_bridge); False if neither has media."""
    originator, peer = (first, second) if first.media_up else (second, first)
    if not originator.media_up or first is second:
        return False
    originator.uuid_bridge_to, peer.uuid_bridge_to = peer.uuid, ""
    for leg, other in ((originator, peer), (peer, originator)):
        leg.set("bridge_channel", other.name)
        leg.set("bridge_uuid", other.uuid)
        leg.set("signal_bond", other.uuid)
        leg.playing.clear()
        calls.remember_transfer(switch, leg, f"uuid_br:{other.uuid}")
        calls.send(leg, State.RESET)
    return True


def soft_execute(switch: Switch, channel: Channel) -> None:
    """Bridge to the leg that uuid_bridge named, as soon as it is free (uuid_bridge_on_soft_execute)."""
    peer = switch.locate(channel.uuid_bridge_to)
    channel.uuid_bridge_to = ""
    if peer is None:
        calls.hang_up(switch, channel, "DESTINATION_OUT_OF_ORDER")
        return
    peer.watchers.append(channel.wake)
    free = calls.wait(switch, channel, lambda: peer.down or (peer.state is State.RESET and peer.ready), 20)
    peer.watchers.remove(channel.wake)
    if not free or peer.down:
        if channel.ready:
            calls.hang_up(switch, channel, "DESTINATION_OUT_OF_ORDER")
        return
    peer.state = State.SOFT_EXECUTE
    for leg, other in ((channel, peer), (peer, channel)):
        about = [("Application", "uuid_bridge"), ("Application-Data", other.uuid)]
        switch.tell("CHANNEL_EXECUTE", leg, after=about)
    channel.other, channel.other_type = peer, "originatee"
    peer.other, peer.other_type = channel, "originator"
    bridge(switch, channel, peer)
    if channel.ready:
        calls.send(channel, State.EXECUTE)


def bring_media_back(switch: Switch, channel: Channel) -> bool:
    """End bypass media: both legs' media goes through the switch again (switch_ivr_media, switch_ivr.c)."""
    link = channel.link
    if link is None or not link.originator.bypass:
        return False
    for leg in (link.originator, link.peer):
        leg.bypass = False
        leg.codec = leg.codec or leg.offered
        leg.set("signal_bridge_to", None)
        leg.set("bridge_to", None)
        leg.link = None
    link.open = False
    bridged = uuid_bridge(switch, link.originator, link.peer)
    switch.tell("CHANNEL_UNBRIDGE", link.originator)
    return bridged


def send_media_past(switch: Switch, channel: Channel) -> bool:
    """Make the phones of a bridged call exchange their media directly (switch_ivr_nomedia, switch_ivr.c)."""
    link = channel.link
    if link is None or link.originator.bypass:
        return False
    legs = (link.originator, link.peer)
    for leg in legs:
        calls.send(leg, State.PARK)
    while any(leg.link is link or leg.wanted for leg in legs):
        switch.clock.sleep(0.01)
    if link.peer.down:  # without a bridge nothing else hangs up the other leg: switch_ivr_signal_bridge
        calls.hang_up(switch, link.originator, link.peer.cause)
        return False
    if link.originator.down:
        calls.hang_up(switch, link.peer, "ORIGINATOR_CANCEL")
        return False
    for leg in legs:
        leg.offered, leg.codec = leg.codec, None
    _signal_bridge(switch, *legs)
    return True


def end_bypass(switch: Switch, channel: Channel) -> None:
    """Hang up the other leg of a call with bypass media (signal_bridge_on_hangup)."""
    link = channel.link
    if link is None or not link.open:
        return
    link.open = False
    other = link.other(channel)
    _tell(switch, "CHANNEL_UNBRIDGE", link)
    calls.hang_up(switch, other, channel.cause or "NORMAL_CLEARING")


def _signal_bridge(switch: Switch, channel: Channel, peer: Channel) -> None:
    """switch_ivr_signal_bridge: both legs hibernate, and their phones talk to each other."""
    calls.answer(switch, channel)
    peer.set("call_uuid", channel.uuid)
    link = _join(switch, channel, peer)
    for leg, other in ((channel, peer), (peer, channel)):
        leg.set("signal_bridge_to", other.uuid)
        about = [("Application", "signal_bridge"), ("Application-Data", other.uuid)]
        switch.tell("CHANNEL_EXECUTE", leg, after=about)
        leg.bypass = True
    link.originator.other, link.originator.other_type = peer, "originatee"
    calls.send(peer, State.HIBERNATE)
    calls.send(channel, State.HIBERNATE)


def begin_hibernation(switch: Switch, channel: Channel) -> None:
    """Report the bridge when the originator begins to hibernate (signal_bridge_on_hibernate)."""
    if channel.link and channel.link.originator is channel:
        _note_partners(channel, channel.link.peer)
        _tell(switch, "CHANNEL_BRIDGE", channel.link)


def _consider_bowout(switch: Switch, *legs: Channel) -> None:
    """Remove a loopback between two bridges from the call after BOWOUT seconds, unless either end forbids it.

    channel_write_frame, mod_loopback.c. A loopback with an end that eavesdrops stays: that end is in no
    bridge.
    """
    ends = [leg for leg in legs if leg.loopback and leg.loopback.link]
    for end in ends:
        switch.spawn(partial(_bow_out, switch, end))


def _bow_out(switch: Switch, end: Channel) -> None:
    switch.clock.sleep(BOWOUT)
    other = end.loopback
    if other is None or end.link is None or other.link is None:
        return
    if any(leg.text("loopback_bowout").lower() in ("false", "no", "off", "0") for leg in (end, other)):
        return
    if uuid_bridge(switch, end.link.other(end), other.link.other(other)):
        calls.hang_up(switch, end)


def _join(switch: Switch, channel: Channel, peer: Channel) -> Link:
    link = Link(channel, peer)
    channel.link = peer.link = link
    resampling.bridged(channel, peer)
    channel.bridged_at = peer.bridged_at = switch.date()
    return link


def _note_partners(channel: Channel, peer: Channel) -> None:
    for leg, other in ((channel, peer), (peer, channel)):
        leg.set("bridge_to", other.uuid)
        leg.set("last_bridge_to", other.uuid)
        leg.set("bridge_channel", other.name)
        leg.set("bridge_uuid", other.uuid)
        leg.set("signal_bond", other.uuid)


def _tell(switch: Switch, name: str, link: Link) -> None:
    about = [("Bridge-A-Unique-ID", link.originator.uuid), ("Bridge-B-Unique-ID", link.peer.uuid)]
    switch.tell(name, link.originator, before=about)
