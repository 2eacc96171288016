"""SIP between two switches: the outbound leg of one is the inbound leg of the other.

What the first switch puts into its INVITE arrives: the number, the Call-ID, and headers of its own
(`sip_h_`). The variables of its leg do not (sofia_glue_do_invite in sofia_glue.c,
sofia_handle_sip_i_invite in sofia.c).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from controller.simulator import calls, life
from controller.simulator.channel import Channel, Codec, Profile
from controller.simulator.phones import through_sip
from controller.simulator.switch import Switch

#: The first codec that a switch offers for a call of its own.
FIRST = Codec("PCMU", 8000)


@dataclass(frozen=True)
class Way:
    """How calls come to a switch from another one: at a profile of its, into a context, from an address."""

    caller: Switch
    switch: Switch
    profile: str
    context: str
    address: str

    def called(self, channel: Channel) -> None:
        """Take the INVITE of another switch's outbound leg."""
        channel.set("sip_call_id", channel.text("sip_call_id") or str(uuid4()))
        offered = channel.other.codec or channel.other.offered if channel.other else FIRST
        channel.offered = offered
        arrived = Channel(
            uuid=str(uuid4()),
            name=f"sofia/{self.profile}/{channel.profile.caller_number}@{self.address}",
            direction="inbound",
            profile=Profile(
                channel.profile.number,
                self.context,
                "XML",
                channel.profile.caller_name,
                channel.profile.caller_number,
                self.address,
            ),
            created=self.switch.date(),
            offered=offered,
        )
        arrived.set("sip_call_id", channel.text("sip_call_id"))
        arrived.set("sip_network_ip", self.address)
        for name in [name for name in channel.variables if name.startswith("sip_h_X-")]:
            arrived.set(name, channel.text(name))
        channel.wire, arrived.wire = arrived, channel
        arrived.endpoint = _In(self.caller, channel)
        channel.endpoint = _Out(self.switch, arrived)


class _Out:
    """The endpoint of the outbound leg: the other switch."""

    def __init__(self, there: Switch, arrived: Channel) -> None:
        self._there = there
        self._arrived = arrived

    def begin(self) -> None:
        """The INVITE goes out."""
        life.begin(self._there, self._arrived)

    def answered(self) -> None:
        """The switch does not answer its own call."""

    def progressed(self) -> None:
        """The switch opens no media towards who is called."""

    def rings(self) -> None:
        """The switch does not ring for who is called."""

    def hung_up(self, cause: str) -> None:
        """CANCEL or BYE."""
        calls.hang_up(self._there, self._arrived, cause)


class _In:
    """The endpoint of the inbound leg: the switch that has sent the call."""

    def __init__(self, there: Switch, sent: Channel) -> None:
        self._there = there
        self._sent = sent

    def begin(self) -> None:
        """The call comes from there."""

    def answered(self) -> None:
        """200 OK."""
        calls.mark_answered(self._there, self._sent)

    def progressed(self) -> None:
        """183 Session Progress."""
        calls.open_media(self._there, self._sent)

    def rings(self) -> None:
        """180 Ringing."""
        calls.mark_ringing(self._there, self._sent)

    def hung_up(self, cause: str) -> None:
        """A refusal, or BYE."""
        calls.hang_up(self._there, self._sent, cause if self._sent.answered else through_sip(cause))
