"""Loopback channels: two legs of one switch, each the far side of the other (mod_loopback.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from controller.simulator import calls
from controller.simulator.channel import Channel, Codec, Profile

if TYPE_CHECKING:
    from controller.simulator.switch import Switch

#: The codec of a loopback that no call creates (tech_init).
DEFAULT = Codec("L16", 8000)


class LoopbackEnd:
    """The endpoint of one end, which is the other end. `runs` is True for `-b`, which runs the dialplan."""

    def __init__(self, switch: Switch, other: Channel, runs: bool) -> None:
        self._switch = switch
        self._other = other
        self._runs = runs

    def begin(self) -> None:
        """Do nothing: the other end runs by itself."""

    def answered(self) -> None:
        """Mark the other end as answered when the end in the dialplan answers (channel_receive_message)."""
        if self._runs:
            calls.mark_answered(self._switch, self._other)

    def progressed(self) -> None:
        """Open the other end's media when the end in the dialplan opens its own."""
        if self._runs:
            calls.open_media(self._switch, self._other)

    def rings(self) -> None:
        """Mark the other end as ringing when the end in the dialplan rings."""
        if self._runs:
            calls.mark_ringing(self._switch, self._other)

    def hung_up(self, cause: str) -> None:
        """Hang up the other end, too (channel_on_hangup)."""
        calls.hang_up(self._switch, self._other, cause)


def make_other_end(switch: Switch, channel: Channel) -> Channel:
    """Make the end that runs in the dialplan, with copies of this end's variables (channel_on_init)."""
    number, context, dialplan = channel.loopback_to or ("", "default", "XML")
    other = Channel(
        uuid=str(uuid4()),
        name=f"loopback/{number}-b",
        direction="inbound",
        profile=Profile(number, context, dialplan, channel.profile.caller_name, source="mod_loopback"),
        created=switch.date(),
        codec=channel.codec,
        variables=dict(channel.originated_with),
    )
    channel.loopback, other.loopback = other, channel
    channel.endpoint = LoopbackEnd(switch, other, runs=False)
    other.endpoint = LoopbackEnd(switch, channel, runs=True)
    channel.set("other_loopback_leg_uuid", other.uuid)
    other.set("other_loopback_leg_uuid", channel.uuid)
    channel.set("loopback_leg", "A")
    other.set("loopback_leg", "B")
    return other
